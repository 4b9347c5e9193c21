"""``measures`` and ``expect``: measures resolved by name, one `Each` at most, and the gates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import TYPE_CHECKING

from robustcore.errors import InputError, Location, MissingExtraError
from robustcore.gates.expression import FUNCTIONS, Expression, parse_expression
from robustcore.gates.types import Gate
from robustcore.measures.base import Measure
from robustcore.measures.suite import Suite, is_suite, parse_suite
from robustcore.scenario.notes import Notes
from robustcore.scenario.types import Each
from robustcore.scenario.yaml_marks import YamlPath

if TYPE_CHECKING:
    from robustcore.scenario import wire

_SHARES = frozenset({"pass_rate", "union", "suite"})


@dataclass(slots=True, eq=False, kw_only=True)
class ExpectationReader:
    """Reads one document's ``measures`` and ``expect``; problems go to ``notes``.

    ``measures`` fills with everything the scenario needs, by canonical name, listed ones first; ``suites`` likewise
    with the aggregates over several conditions.
    """

    lookup: Callable[[str], Measure]
    notes: Notes
    sampled: bool
    measures: dict[str, Measure] = field(default_factory=dict)
    suites: dict[str, Suite] = field(default_factory=dict)

    def read(
        self, listed: Sequence[tuple[str, YamlPath]], expect: Sequence[tuple[wire.Expectation, YamlPath]]
    ) -> tuple[Each | None, tuple[Gate, ...]]:
        """Return the expectation of single cases, if any, and the gates in order; each part comes with its place."""
        for name, path in listed:
            self._listed(name, path)
        each: Each | None = None
        for item, path in expect:
            if item.each is not None and each is None:
                each = self._each(item.each, (*path, "each"))
            elif item.each is not None and each is not None:
                what = f"only one 'each' is possible; the first is on line {(each.where or Location(file='')).line}"
                self.notes.add((*path, "each"), what, fix="write further expectations as 'group'")
        gates = [self._gate(item.group, (*path, "group")) for item, path in expect if item.group is not None]
        return each, tuple(_named_apart([gate for gate in gates if gate is not None]))

    def _each(self, each: wire.Each, path: YamlPath) -> Each:
        invariant = each.invariant is not None
        written = each.invariant or each.measure or ""
        measure = self._measure(written, (*path, "invariant" if invariant else "measure"))
        return Each(
            measure=measure.name if measure else written,
            invariant=invariant,
            at_least=each.at_least,
            at_most=each.at_most,
            where=self.notes.where(*path),
        )

    def _gate(self, group: wire.Group, path: YamlPath) -> Gate | None:
        try:
            expression = parse_expression(group.measure)
        except InputError as error:
            self.notes.take((*path, "measure"), error)
            return None
        canonical = self._canonical(expression, (*path, "measure"))
        if canonical is None:
            return None
        bound = "at-least" if group.at_least is not None else "at-most"
        threshold = group.at_least if group.at_least is not None else group.at_most
        unit = expression.kind in _SHARES and (expression.suite is None or expression.suite.share)
        low, high = expression.suite.span if expression.suite else (0.0, 1.0)
        if unit and threshold is not None and not low <= threshold <= high:
            kind = "share" if (low, high) == (0, 1) else "number"
            what = f"{canonical} is a {kind} from {low:g} to {high:g}, so {threshold:g} cannot be its threshold"
            self.notes.add((*path, bound), what, fix=f"write {threshold / 100:g}" if 1 < threshold <= 100 else "")
        by = tuple(str(name) for name in group.by)
        if by and expression.kind == "suite":
            what = f"{canonical} is one number over several conditions and cannot be split"
            self.notes.add((*path, "by"), what, fix="remove 'by'")
        return Gate(
            name=str(canonical),
            measure=str(canonical),
            by=by,
            at_least=group.at_least,
            at_most=group.at_most,
            confidence=group.confidence,
            max_unscored=group.max_unscored,
            inconclusive=group.inconclusive,
            sampled=self.sampled,
            where=self.notes.where(*path),
        )

    def _canonical(self, expression: Expression, path: YamlPath) -> Expression | None:
        """Return ``expression`` with its measure's canonical name, and keep the measure; None if it is unknown.

        ``pass_rate`` folds the ``each`` expectation, whose measure is kept anyway.
        """
        if expression.kind == "pass_rate":
            return expression
        if expression.kind == "suite":
            return expression if self._suite(expression.measure_name, path) else None
        measure = self._measure(expression.measure_name, path)
        return None if measure is None else Expression(kind=expression.kind, measure_name=measure.name)

    def _listed(self, name: str, path: YamlPath) -> None:
        if is_suite(name):
            self._suite(name, path)
        else:
            self._measure(name, path)

    def _suite(self, name: str, path: YamlPath) -> Suite | None:
        """Return the suite aggregate called ``name``, kept with the measures that it folds; None if it cannot be."""
        try:
            suite = parse_suite(name)
        except InputError as error:
            self.notes.take(path, error)
            return None
        for measure in suite.measures:
            self._measure(measure, path)
        return self.suites.setdefault(suite.name, suite)

    def _measure(self, name: str, path: YamlPath) -> Measure | None:
        if name.partition("(")[0].strip() in (*FUNCTIONS, "pass_rate"):
            self.notes.add(path, f"{name!r} is what a gate computes", fix="use it in expect: group: {measure: ...}")
            return None
        try:
            measure = self.lookup(name)
        except InputError as error:
            self.notes.take(path, error)
        except MissingExtraError as error:
            self.notes.add(path, str(error))
        else:
            return self.measures.setdefault(measure.name, measure)
        return None


def _named_apart(gates: Sequence[Gate]) -> list[Gate]:
    """Return the gates with names that are unique in the scenario; the first of a name keeps it."""
    taken: set[str] = set()
    named = []
    for gate in gates:
        by = f"{gate.name} by {', '.join(gate.by)}" if gate.by else gate.name
        numbered = (f"{by} ({number})" for number in count(2))
        name = next(name for name in chain((gate.name, by), numbered) if name not in taken)
        taken.add(name)
        named.append(gate if name == gate.name else replace(gate, name=name))
    return named
