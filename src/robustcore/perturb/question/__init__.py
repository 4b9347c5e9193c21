"""Operators on the question."""
