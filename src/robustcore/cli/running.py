"""``pytest-robust run`` and ``plan``: pytest with the option that a scenario needs, and nothing else of their own."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

RUN_HELP = "run scenarios: pytest --robust with every argument passed on; exits as pytest does"
PLAN_HELP = "say what a run would call and cost, and which gates cannot pass with these questions; nothing is sent"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take everything that follows as arguments of pytest."""
    parser.usage = f"{parser.prog} [PYTEST ARGUMENTS ...]"
    parser.epilog = "arguments: paths, -k, -m, -n, --robust-pack NAME, ...: see pytest --help"


def _pytest(option: str, arguments: argparse.Namespace, words: Callable[[], Any]) -> int:
    """Return the exit status of pytest: 0 passed, 1 failed, 2 interrupted, 3 and 4 errors, 5 nothing was collected."""
    del words
    return subprocess.run([sys.executable, "-m", "pytest", option, *arguments.rest], check=False).returncode


run = partial(_pytest, "--robust")
plan = partial(_pytest, "--robust-plan")
