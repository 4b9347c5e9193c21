"""The ``pytest-robust`` command: what can be done without running a test."""

from robustcore.cli.main import main

__all__ = ["main"]
