"""Where something stands in a file, as systems that mark lines of a repository want it."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from robustcore.report.types import Report

_PLACE = re.compile(r"(.*?)(?::(\d+))?(?::(\d+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file below the root of the repository (empty: it stands outside), with line and column from 1, 0 if unknown."""

    path: str
    line: int
    column: int


def place_of(report: Report, where: str) -> Place:
    """Return the place that ``where``, ``file:line:column`` as the report has it, means in the repository."""
    found = _PLACE.fullmatch(where)
    file, line, column = found.groups() if found else (where, None, None)
    path = posixpath.normpath(posixpath.join(report.folder, (file or "").replace("\\", "/")))
    outside = not file or posixpath.isabs(path) or path.startswith("..")
    return Place(path="" if outside else path, line=int(line or 0), column=int(column or 0))
