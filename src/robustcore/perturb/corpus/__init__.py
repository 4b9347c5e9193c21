"""Operators on what is indexed. The value is a `CorpusEdit`."""
