"""Answers and values in documents: where they stand, and what else of the same type could; no operator."""
