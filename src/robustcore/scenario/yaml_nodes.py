"""YAML events folded into nodes, so that no input can blow up.

Values are built from parser events instead of a loader: nothing is ever constructed from a tag, aliases share the
value they name instead of copying it, and depth and size are limited before anything recurses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from robustcore.errors import Location, Problem
from robustcore.scenario.yaml_scalars import BadScalar, plain_value

MAX_NODES = 100_000
MAX_DEPTH = 50


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


class TooMuch(Exception):  # noqa: N818 - it ends the reading, it is never shown
    """The file is too deep or too big; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.what)


class NodeReader:
    """Folds parser events into nodes with an explicit stack.

    ``roots`` are the top nodes of the documents read so far, ``problems`` what was wrong in them.
    """

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

    def _too_much(self, what: str, node: Node) -> TooMuch:
        where = Location(file=self.file, line=node.line, column=node.column)
        return TooMuch(Problem(what=what, where=where))
