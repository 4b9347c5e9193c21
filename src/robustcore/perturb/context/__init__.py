"""Operators on the passages between retrieval and reading, some at the index, too; ``ending`` is how they end."""
