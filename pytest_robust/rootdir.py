"""pytest finds its root folder before it knows our options, and takes the value of one for a path to test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

_SETTINGS = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")


def check_rootdir(config: pytest.Config) -> None:
    """Refuse a run whose settings were looked for beside the value of an option: ``--robust-data /far/away.json``.

    The settings of the folder where pytest was started would be ignored without a word, and the ledger kept elsewhere.
    """
    here = config.invocation_params.dir.resolve()
    homes = (here, *here.parents)
    if config.rootpath in homes and (config.inipath is not None or not _has_settings(homes)):
        return
    for option, value in _given_apart([str(arg) for arg in config.invocation_params.args]):
        place = (here / value).resolve()
        if place.exists() and here not in (place, *place.parents):
            raise pytest.UsageError(
                f"pytest took the value of {option} for the place of the tests, and {config.rootpath} for their root. "
                f"Write {option}={value}"
            )


def _has_settings(folders: tuple[Path, ...]) -> bool:
    return any((folder / name).is_file() for folder in folders for name in _SETTINGS)


def _given_apart(args: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield our options whose value is an argument of its own."""
    for option, value in pairwise(args):
        if option.startswith("--robust-") and "=" not in option and not value.startswith("-"):
            yield option, value
