"""The mutants of a package: one small change of one file each, made by mutmut's operators.

mutmut itself is not run: it leaves out every decorated function, properties among them, asks for all tests in one
process at its start, and knows no sample.
"""

from __future__ import annotations

import difflib
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNMUTATED_CALLS = frozenset(("len", "isinstance", "cast", "Literal", "TypeVar", "TypeAdapter", "NewType"))
GUARDS = frozenset(("strict", "slots", "frozen", "kw_only"))  # keyword arguments that only guard against misuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed file: ``path`` from the root, the ``lines`` of the statement changed, ``source`` of the whole."""

    path: str
    lines: tuple[int, ...]
    line: int
    operator: str
    before: str
    after: str
    source: str

    @property
    def module(self) -> str:
        """Return the dotted name of the module that is changed."""
        return self.path.removeprefix("src/").removesuffix(".py").replace("/", ".")


def drawn(root: Path, package: str, count: int, seed: int) -> list[Mutant]:
    """Return ``count`` mutants of ``package``: a line each, drawn at random, and one of the mutants of that line."""
    files = [file for file in sorted((root / package).rglob("*.py")) if file.name != "__init__.py"]
    places = [(file, line) for file in files for line in sorted(_Module(file).lines)]
    dice = random.Random(f"{package} {seed}")
    chosen = dice.sample(places, min(count, len(places)))
    by_file: dict[Path, list[int]] = defaultdict(list)
    for file, line in chosen:
        by_file[file].append(line)
    return [
        mutant for file in sorted(by_file) for mutant in _Module(file).drawn(root, sorted(by_file[file]), dice)
    ]  # files are parsed anew: all trees at once would take gigabytes


class _Module:
    """A parsed file and the changes mutmut's operators make of it, by line."""

    def __init__(self, file: Path) -> None:
        from libcst import parse_module
        from libcst.metadata import MetadataWrapper, PositionProvider

        self._file = file
        wrapper = MetadataWrapper(parse_module(file.read_text(encoding="utf-8")))
        self._module = wrapper.module
        self._positions = wrapper.resolve(PositionProvider)
        self.lines: dict[int, list[tuple[Any, Any, str, tuple[int, ...]]]] = defaultdict(list)
        for node, spanned in _mutable(self._module, self._positions, (1,)):
            for changed, operator in _changes(node):
                self.lines[self._positions[node].start.line].append((node, changed, operator, spanned))

    def drawn(self, root: Path, lines: Iterable[int], dice: random.Random) -> Iterator[Mutant]:
        """Yield one mutant of each of ``lines``."""
        for line in lines:
            node, changed, operator, spanned = dice.choice(self.lines[line])
            source = self._module.deep_replace(node, changed).code
            before, after = _differing(self._module.code, source)
            yield Mutant(
                path=self._file.relative_to(root).as_posix(),
                lines=spanned,
                line=line,
                operator=operator,
                before=before,
                after=after,
                source=source,
            )


def _differing(old: str, new: str) -> tuple[str, str]:
    """Return the lines that differ, before and after."""
    lines = list(difflib.ndiff(old.splitlines(), new.splitlines()))
    parts = ([line[2:].strip() for line in lines if line.startswith(sign)] for sign in "-+")
    before, after = (" / ".join(part) for part in parts)
    return before, after


def _changes(node: Any) -> Iterator[tuple[Any, str]]:
    from mutmut.mutation.mutators import mutation_operators

    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            for changed in operator(node):
                yield changed, operator.__name__.removeprefix("operator_")


def _mutable(node: Any, positions: Any, spanned: tuple[int, ...]) -> Iterator[tuple[Any, tuple[int, ...]]]:
    """Yield each node that may change, with the lines of the smallest statement around it."""
    import libcst as cst

    if _left_alone(node):
        return
    if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement, cst.MatchCase)):
        body = getattr(node, "body", None) if not isinstance(node, cst.SimpleStatementLine) else None
        last = positions[body].start.line if body else positions[node].end.line
        spanned = tuple(range(positions[node].start.line, last + 1))
    if node in positions:
        yield node, spanned
    for child in node.children:
        yield from _mutable(child, positions, spanned)


def _left_alone(node: Any) -> bool:
    """Say whether a node is text for the reader or a type, or a guard whose loss no right program shows."""
    import libcst as cst

    match node:
        case cst.Annotation() | cst.Decorator() | cst.Import() | cst.ImportFrom():
            return True
        case cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString()):  # a docstring
            return True
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value="__all__"))]):
            return True
        case cst.AnnAssign(annotation=cst.Annotation(annotation=cst.Name(value="TypeAlias"))):
            return True
        case cst.Call(func=cst.Name(value=name)):
            return name in UNMUTATED_CALLS
        case cst.Arg(keyword=cst.Name(value=name)):
            return name in GUARDS
        case cst.If(test=cst.Name(value="TYPE_CHECKING")):
            return True
    return False
