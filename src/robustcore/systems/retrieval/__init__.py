"""Retrieval as a system of its own: exact search over an index and small edits of it, no reader, no language model."""
