"""YAML text as plain values that remember where they stand, read event by event so that no input can blow up.

Values are built from parser events instead of a loader: nothing is ever constructed from a tag, aliases share the
value they name instead of copying it, and depth and size are limited before anything recurses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from robustcore.errors import InputError, Location, Problem
from robustcore.scenario.yaml_scalars import BadScalar, plain_value

YamlPath: TypeAlias = tuple[str | int, ...]
MAX_BYTES = 1_000_000
MAX_NODES = 100_000
MAX_DEPTH = 50
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True, eq=False)
class Node:
    """A value with its place. ``children`` by key or index; ``keys`` where each key stands; ``raw`` a scalar's text."""

    value: Any
    line: int
    column: int
    raw: str | None = None
    size: int = 1
    children: dict[str | int, Node] = field(default_factory=dict)
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    open: bool = False
    pending: Node | None = None


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
        with path.open("rb") as stream:
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
    reader = _Reader(file)
    try:
        reader.feed(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        reader.problems.append(_syntax_problem(error, text, file))
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an escape beyond Unicode, in the pure parser
        reader.problems.append(Problem(what=f"not valid YAML: {error}", where=Location(file=file)))
    except _TooMuch as error:
        reader.problems.append(error.problem)
    if not reader.roots and not reader.problems:
        what = "the file holds no scenario: it is empty or only comments"
        where = Location(file=file, line=1, column=1)
        reader.problems.append(Problem(what=what, where=where, fix="start with 'robust: 1' and 'name: ...'"))
    documents = [Document(file=file, root=root) for root in reader.roots if reader.is_document(root)]
    return documents, reader.problems


class _TooMuch(Exception):  # noqa: N818 - it ends the reading, it is never shown
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.what)


class _Reader:
    """Folds parser events into nodes with an explicit stack."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.roots: list[Node] = []
        self.problems: list[Problem] = []
        self._stack: list[Node] = []
        self._anchors: dict[str, Node] = {}

    def feed(self, events: Iterator[Any]) -> None:
        """Take all events of a stream."""
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._place(self._scalar(event), event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._start(event, {} if kind is yaml.MappingStartEvent else [])
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                node = self._stack.pop()
                node.open = False
                self._place(node, event)
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                self._anchors.clear()

    def is_document(self, root: Node) -> bool:
        """Say whether ``root`` is a mapping; note the problem if not."""
        if isinstance(root.value, dict):
            return True
        fix = "start with 'robust: 1' and 'name: ...', one key a line"
        if root.value is None:
            self._problem("the document is empty", root, fix)
        else:
            kind = "a list" if isinstance(root.value, list) else f"a single value ({str(root.value)[:40]!r})"
            self._problem(f"the top level must be a mapping of keys to values, not {kind}", root, fix)
        return False

    def _scalar(self, event: Any) -> Node:
        mark = event.start_mark
        node = Node(event.value, mark.line + 1, mark.column + 1, event.value if event.implicit[0] else None)
        try:
            node.value = plain_value(event.value, event.tag, plain=event.implicit[0])
        except BadScalar as bad:
            self._problem(bad.what, node, bad.fix)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _start(self, event: Any, value: Any) -> None:
        mark = event.start_mark
        node = Node(value, mark.line + 1, mark.column + 1, open=True)
        usual = "tag:yaml.org,2002:map" if isinstance(value, dict) else "tag:yaml.org,2002:seq"
        if event.tag not in (None, "!", usual):
            self._problem(f"the tag {event.tag!r} is not accepted", node, "write plain values without tags")
        if len(self._stack) >= MAX_DEPTH:
            raise self._too_much(f"nested more than {MAX_DEPTH} levels deep", node)
        if event.anchor:
            self._anchors[event.anchor] = node
        self._stack.append(node)

    def _alias(self, event: Any) -> None:
        here = Node(None, event.start_mark.line + 1, event.start_mark.column + 1)
        target = self._anchors.get(event.anchor)
        if target is None:
            self._problem(f"alias *{event.anchor} names no anchor of this document", here)
        elif target.open:
            raise self._too_much(f"alias *{event.anchor} contains itself", here)
        self._place(target or here, event)

    def _place(self, node: Node, event: Any) -> None:
        """Hang a finished node into the innermost open one, as its next key, value or item."""
        if not self._stack:
            self.roots.append(node)
            return
        parent = self._stack[-1]
        parent.size += node.size
        if parent.size > MAX_NODES:
            here = Node(None, event.start_mark.line + 1, event.start_mark.column + 1)
            raise self._too_much(f"more than {MAX_NODES:,} values once aliases are expanded", here)
        if isinstance(parent.value, list):
            parent.children[len(parent.value)] = node
            parent.value.append(node.value)
        elif parent.pending is None:
            parent.pending = node
        else:
            key, parent.pending = parent.pending, None
            self._entry(parent, key, node)

    def _entry(self, parent: Node, key: Node, node: Node) -> None:
        name = key.value
        if not isinstance(name, str):
            if key.raw is None:
                self._problem("a key must be text", key)
                return
            fix = f"quote it: '{key.raw}'"
            self._problem(f"a key must be text, and YAML reads {key.raw or 'nothing'!r} as {name!r}", key, fix)
            name = key.raw
        if name in parent.keys:
            first = parent.keys[name][0]
            self._problem(f"the key {name!r} is given twice", key, f"remove one; the first is on line {first}")
            return
        parent.keys[name] = (key.line, key.column)
        parent.children[name] = node
        parent.value[name] = node.value

    def _problem(self, what: str, node: Node, fix: str = "") -> None:
        where = Location(file=self.file, line=node.line, column=node.column)
        self.problems.append(Problem(what=what, where=where, fix=fix))

    def _too_much(self, what: str, node: Node) -> _TooMuch:
        where = Location(file=self.file, line=node.line, column=node.column)
        return _TooMuch(Problem(what=what, where=where))


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    where = Location(file=file, line=mark.line + 1, column=mark.column + 1) if mark else Location(file=file)
    words = ", ".join(part for part in (error.context, error.problem) if part)
    lines = text.split("\n")
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    fix = "indent with spaces, YAML does not accept tabs" if "\t" in line else ""
    if not fix and ": " in line.partition(": ")[2]:
        fix = "quote the text if it holds a colon followed by a space"
    return Problem(what=f"not valid YAML: {words}", where=where, fix=fix)


def _end_of(before: str, file: str) -> Location:
    line = before.count("\n") + 1
    return Location(file=file, line=line, column=len(before) - (before.rfind("\n") + 1) + 1)
