"""LOCK.json: the SHA-256 of every shipped file, so that a changed fixture or scenario is noticed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.formats.text import read_text
from robustcore.errors import InputError, Location, Problem, suggest
from robustcore.keys import file_sha256, read_json

LOCK_NAME = "LOCK.json"


def make_lock(folder: Path) -> dict[str, str]:
    """Return relative path with ``/`` → SHA-256 in hexadecimal, sorted by path.

    Left out: LOCK.json of ``folder`` itself, hidden files and folders, and compiled Python.
    """
    if not folder.is_dir():
        raise InputError(Problem(what="there is no such folder", where=Location(file=str(folder))))
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: file_sha256(paths[name]) for name in sorted(paths) if _is_shipped(name)}


def dump_lock(lock: dict[str, str]) -> str:
    """Return the text of a lock file: equal locks give equal text."""
    return json.dumps(lock, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def check_lock(folder: Path, lock_file: Path) -> list[Problem]:
    """Return a problem for each file that was changed, added or removed since ``lock_file`` was made."""
    faults = Faults(lock_file)
    locked = _read(lock_file, faults)
    if locked is None:
        return list(faults.problems)
    actual = make_lock(folder)
    if lock_file.resolve().is_relative_to(folder.resolve()):
        actual.pop(lock_file.resolve().relative_to(folder.resolve()).as_posix(), None)
    added = sorted(actual.keys() - locked.keys())
    problems: list[Problem] = []
    for name in sorted(actual.keys() | locked.keys()):
        where = Location(file=str(folder / name))
        if name not in actual:
            fix = suggest(name, added) or "restore it, or make a new lock"
            problems.append(Problem(what=f"listed in {lock_file.name}, but not there", where=where, fix=fix))
        elif name not in locked:
            problems.append(Problem(what=f"not listed in {lock_file.name}", where=where, fix="make a new lock"))
        elif actual[name] != locked[name]:
            what = f"changed: its SHA-256 is {actual[name]}, {lock_file.name} has {locked[name]}"
            fix = "restore it, or make a new lock if the change is meant (line ends count: check .gitattributes)"
            problems.append(Problem(what=what, where=where, fix=fix))
    return problems


def _is_shipped(name: str) -> bool:
    parts = name.split("/")
    hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
    return not hidden and name != LOCK_NAME


def _read(lock_file: Path, faults: Faults) -> dict[str, Any] | None:
    """Return the lock, or None after adding a fault."""
    text = read_text(lock_file, faults)
    if text is None:
        return None
    try:
        value = read_json(text)
    except json.JSONDecodeError as error:
        faults.add(f"not JSON: {error.msg}", line=error.lineno, column=error.colno, fix="make a new lock")
        return None
    except ValueError as error:
        faults.add(f"this JSON cannot be read: {error}", line=1, fix="make a new lock")
        return None
    if isinstance(value, dict) and all(isinstance(digest, str) for digest in value.values()):
        return value
    faults.add("a lock is an object of path to SHA-256", line=1, fix="make a new lock")
    return None
