"""Scenario files: YAML → wire models → Scenario → Cases, every error of a file at once with its place."""
