"""Which format a file or folder has, told from its names and its first lines."""

from __future__ import annotations

import re
from pathlib import Path

from robustcore.corpus.formats.faults import Faults, raise_faults
from robustcore.corpus.formats.markdown import SUFFIXES, text_files
from robustcore.corpus.formats.text import read_bytes
from robustcore.errors import InputError, Location, Problem, UnknownNameError, suggest
from robustcore.keys import read_json

FORMATS = ("folder", "jsonl", "csv", "markdown", "squad", "beir", "closed")
"""``folder`` is docs.jsonl + questions.jsonl (+ calibration.jsonl), the layout of the bundled corpora; ``closed`` is a
JSONL file of questions with options, which need no documents."""

_HEAD = 1 << 16
_SQUAD = re.compile(r'"(data|version)"\s*:')
_COLUMNS = frozenset({"id", "_id"})


def resolve_format(source: Path, given: str) -> tuple[str, str]:
    """Return (format, split) for ``given``: ``auto``, one of `FORMATS`, or ``beir:<split>``."""
    name, _, split = given.partition(":")
    if name == "auto" and not split:
        return detect(source), ""
    if name not in FORMATS:
        choices = ("auto", *FORMATS, "beir:<split>")
        raise UnknownNameError(Problem(what=f"unknown format {given!r}", choices=choices, fix=suggest(name, choices)))
    if split and name != "beir":
        raise InputError(Problem(what=f"format {given!r}: only beir has splits", fix=f"write {name!r}"))
    return name, split


def detect(source: Path) -> str:
    """Return one of `FORMATS`; raise `InputError` saying what the source seems to be instead."""
    return _of_folder(source) if source.is_dir() else _of_file(source)


def _of_folder(folder: Path) -> str:
    own, beir = (folder / "docs.jsonl").exists(), (folder / "corpus.jsonl").exists()
    if own and beir:
        what = "the folder has docs.jsonl and corpus.jsonl: two corpora"
        fix = "say which one with the format, or name the file"
        raise InputError(Problem(what=what, where=Location(file=str(folder)), choices=("folder", "beir"), fix=fix))
    if own or beir:
        return "folder" if own else "beir"
    if text_files(folder):
        return "markdown"
    names = sorted(entry.name for entry in folder.iterdir())
    shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
    what = f"this folder holds no corpus; it has: {shown}" if names else "this folder is empty"
    fix = f"put docs.jsonl, a BEIR corpus.jsonl or files named {', '.join('*' + s for s in SUFFIXES)} into it"
    raise InputError(Problem(what=what, where=Location(file=str(folder)), fix=fix))


def _of_file(path: Path) -> str:
    faults = Faults(path)
    head = read_bytes(path, faults, size=_HEAD)
    raise_faults([faults])
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv", ".jsonl", ".ndjson"):
        if suffix in (".csv", ".tsv"):
            return "csv"
        return "closed" if _is_closed(head or b"") else "jsonl"
    if suffix in SUFFIXES:
        fix = f"name its folder ({path.parent}), or the format if it is something else"
        what = "this is one text file; a Markdown corpus is a folder"
        raise InputError(Problem(what=what, where=Location(file=str(path)), choices=FORMATS, fix=fix))
    first, _, rest = (head or b"").decode("utf-8", "replace").removeprefix("\ufeff").lstrip().partition("\n")
    if first.startswith(("{", "[")):
        return "squad" if not _is_record(first) and _SQUAD.search(first + rest) else "jsonl"
    if _COLUMNS & {name.strip(' "\r') for name in first.split(",")} and "," in first:
        return "csv"
    what = "the format of this file cannot be told from its name or content"
    raise InputError(Problem(what=what, where=Location(file=str(path)), choices=FORMATS, fix="name the format"))


def _is_record(line: str) -> bool:
    """Say whether a first line is one object of JSONL rather than (the start of) a SQuAD file."""
    try:
        value = read_json(line)
    except ValueError:
        return False
    return isinstance(value, dict) and "data" not in value


def _is_closed(head: bytes) -> bool:
    """Say whether the first line is a question with options."""
    first = head.decode("utf-8", "replace").lstrip().partition("\n")[0]
    try:
        value = read_json(first)
    except ValueError:
        return False
    return isinstance(value, dict) and ("options" in value or isinstance(value.get("base"), dict))
