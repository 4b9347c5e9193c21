"""YAML text as documents: plain values that remember where in the file they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from robustcore.errors import InputError, Location, Problem
from robustcore.files import open_regular
from robustcore.scenario.yaml_nodes import MAX_DEPTH, Node, NodeReader, TooMuch

YamlPath: TypeAlias = tuple[str | int, ...]
MAX_BYTES = 1_000_000
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One YAML document whose top level is a mapping; paths are tuples of keys and indices."""

    file: str
    root: Node

    @property
    def value(self) -> dict[str, Any]:
        """Return the plain value: dicts, lists, str, int, float, bool and None."""
        value: dict[str, Any] = self.root.value
        return value

    def at(self, path: YamlPath = ()) -> Location:
        """Return where the value at ``path`` stands, or its nearest ancestor that is in the file."""
        node, _ = self._walk(path)
        return Location(file=self.file, line=node.line, column=node.column)

    def at_key(self, path: YamlPath) -> Location:
        """Return where the key that ends ``path`` stands, or as `at` if there is none."""
        node, rest = self._walk(path[:-1])
        mark = None if rest else node.keys.get(str(path[-1]))
        return Location(file=self.file, line=mark[0], column=mark[1]) if mark else self.at(path)

    def raw(self, path: YamlPath) -> str | None:
        """Return a plain scalar's text as written (``no`` for False), or None for anything else."""
        node, rest = self._walk(path)
        return None if rest else node.raw

    def existing(self, path: YamlPath) -> YamlPath:
        """Return the longest beginning of ``path`` that is in the file."""
        _, rest = self._walk(path)
        return path[: len(path) - len(rest)]

    def marks(self) -> Mapping[YamlPath, Location]:
        """Return every path of the document with its place."""
        return {path: Location(file=self.file, line=n.line, column=n.column) for path, n in _paths(self.root, ())}

    def scalars(self) -> set[Location]:
        """Return where the values stand that are neither mappings nor lists."""
        leaves = (node for _, node in _paths(self.root, ()) if not isinstance(node.value, dict | list))
        return {Location(file=self.file, line=node.line, column=node.column) for node in leaves}

    def _walk(self, path: YamlPath) -> tuple[Node, YamlPath]:
        node = self.root
        for depth, step in enumerate(path):
            child = node.children.get(step)
            if child is None:
                return node, path[depth:]
            node = child
        return node, ()


def _paths(node: Node, path: YamlPath) -> Iterator[tuple[YamlPath, Node]]:
    yield path, node
    for step, child in node.children.items():
        yield from _paths(child, (*path, step))


def read_text(path: Path, *, shown: str | None = None) -> str:
    """Return the text of a UTF-8 file; raise `InputError` if it cannot be read, is not UTF-8 or is absurdly big."""
    file = shown or str(path)
    try:
        with open_regular(path) as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(Problem(what=f"cannot read the file: {reason}", where=Location(file=file))) from error
    if len(data) > MAX_BYTES:
        what = f"the file is larger than {MAX_BYTES:,} bytes"
        raise InputError(Problem(what=what, where=Location(file=file), fix="keep data in files of their own"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        what = f"not UTF-8: byte 0x{data[error.start]:02x} cannot be read"
        raise InputError(Problem(what=what, where=_end_of(before, file), fix="save the file as UTF-8")) from error


def parse(text: str, file: str, *, loader: Any = LOADER) -> tuple[list[Document], list[Problem]]:
    """Return the documents of ``text`` and everything wrong with it as YAML.

    A syntax error ends the reading, so the documents before it are returned with it. A document with a problem
    that leaves no value (an empty one, a list at the top level) is left out.
    """
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        where = _end_of(text[: forbidden.start()], file)
        fix = "remove it; inside double quotes YAML spells it \\x.."
        return [], [Problem(what=f"control character U+{ord(forbidden[0]):04X}", where=where, fix=fix)]
    reader = NodeReader(file)
    try:
        reader.feed(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        reader.problems.append(_syntax_problem(error, text, file))
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an escape beyond Unicode, in the pure parser
        reader.problems.append(Problem(what=f"not valid YAML: {error}", where=Location(file=file)))
    except TooMuch as error:
        reader.problems.append(error.problem)
    if not reader.roots and not reader.problems:
        what = "the file holds no scenario: it is empty or only comments"
        where = Location(file=file, line=1, column=1)
        reader.problems.append(Problem(what=what, where=where, fix="start with 'robust: 1' and 'name: ...'"))
    documents = [Document(file=file, root=root) for root in reader.roots if reader.is_document(root)]
    return documents, reader.problems


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    where = Location(file=file, line=mark.line + 1, column=mark.column + 1) if mark else Location(file=file)
    words = ", ".join(part for part in (error.context, error.problem) if part)
    if "nesting depth" in words:  # libyaml 0.2.6 has a limit of its own, which it meets before it hands out an event
        return Problem(what=f"nested more than {MAX_DEPTH} levels deep", where=where)
    lines = text.split("\n")
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    fix = "indent with spaces, YAML does not accept tabs" if "\t" in line else ""
    if not fix and ": " in line.partition(": ")[2]:
        fix = "quote the text if it holds a colon followed by a space"
    return Problem(what=f"not valid YAML: {words}", where=where, fix=fix)


def _end_of(before: str, file: str) -> Location:
    line = before.count("\n") + 1
    return Location(file=file, line=line, column=len(before) - (before.rfind("\n") + 1) + 1)
