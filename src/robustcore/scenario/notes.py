"""Notes: the problems found in one document, each put at its place in the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from robustcore.errors import InputError, Location, Problem
from robustcore.scenario.yaml_marks import Document, YamlPath

WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def shown(value: Any) -> str:
    """Return ``value`` as YAML people know it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    return repr(value)


@dataclass(slots=True, eq=False)
class Notes:
    """Collects problems. ``moved`` maps a list's key to the original index of each item still in it.

    Items that are structurally wrong are taken out before the rest is checked, so that one run reports everything;
    ``moved`` keeps the places of the others true.
    """

    document: Document
    problems: list[Problem] = field(default_factory=list)
    moved: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def where(self, *path: str | int) -> Location:
        """Return the place of the value at ``path``."""
        return self.document.at(self.original(path))

    def original(self, path: YamlPath) -> YamlPath:
        """Return ``path`` with its list index as it is in the file."""
        if len(path) > 1 and isinstance(path[1], int) and path[0] in self.moved:
            return (path[0], self.moved[str(path[0])][path[1]], *path[2:])
        return path

    def existing(self, path: YamlPath) -> YamlPath:
        """Return the longest beginning of ``path`` that is in the file."""
        return path[: len(self.document.existing(self.original(path)))]

    def add(self, path: YamlPath, what: str, *, choices: Sequence[str] = (), fix: str = "", key: bool = False) -> None:
        """Note a problem with the value at ``path``, or with its key."""
        path = self.original(path)
        where = self.document.at_key(path) if key else self.document.at(path)
        self.problems.append(Problem(what=what, where=where, choices=tuple(choices), fix=fix))

    def take(self, path: YamlPath, error: InputError, *, key: bool = False) -> None:
        """Note the problems of an error raised by someone who knows no file."""
        path = self.original(path)
        where = self.document.at_key(path) if key else self.document.at(path)
        self.problems.extend(replace(problem, where=where) for problem in error.problems)

    def quote_hint(self, path: YamlPath, value: Any) -> str:
        """Return how to write ``value`` as text, if YAML made something else of an unquoted word."""
        raw = self.document.raw(self.original(path))
        return f"quote it if it is text: '{raw}'" if raw and not isinstance(value, str) else ""
