"""``perturb`` and ``severity`` as conditions: operators resolved, options checked, levels kept, labels made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from robustcore.case import CLEAN, Condition, Step
from robustcore.errors import InputError, UnknownNameError
from robustcore.perturb.base import Operator
from robustcore.perturb.options import check_options
from robustcore.registry import Registry
from robustcore.scenario.labels import label_all
from robustcore.scenario.named import Named, read_named
from robustcore.scenario.notes import WORDS, Notes, shown
from robustcore.scenario.yaml_marks import YamlPath

_EXAMPLES = {"severity": "[0.5, 1]", "label": "short-name"}
BESIDE = frozenset(_EXAMPLES)
OF_A_LINK = frozenset({"severity"})
Item: TypeAlias = tuple[Any, YamlPath]
STRONGEST = 1.0
_NAMING = frozenset({"op", "operator", "name", "perturbation", "type"})  # keys that other tools give a name under
_SNAP = 0.005  # 0.33 in a file means the level 1/3


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One item of ``perturb``: its chain of steps, the severities it is asked at, and a label if one was given."""

    path: YamlPath
    steps: tuple[Step, ...]
    severities: tuple[float, ...]
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionReader:
    """Reads the items of one document's ``perturb``; problems go to ``notes``."""

    operators: Registry[Operator]
    notes: Notes
    severity: tuple[float, ...] | None

    def read(self, items: Sequence[Item]) -> tuple[Condition, ...]:
        """Return the conditions of all items, each given with its place in the document, in order."""
        self._check_distinct(self.severity or (), ("severity",))
        found = [self._alternative(item, path) for item, path in items]
        alternatives = [alternative for alternative in found if alternative is not None]
        labels = label_all([(a.label, a.steps) for a in alternatives])
        self._check_labels(alternatives, labels)
        return tuple(
            Condition(label, severity, alternative.steps) if alternative.steps else CLEAN
            for label, alternative in zip(labels, alternatives, strict=True)
            for severity in alternative.severities
        )

    def _alternative(self, item: Any, path: YamlPath) -> Alternative | None:
        before = len(self.notes.problems)
        try:
            named = read_named(item, siblings=BESIDE, lists=("chain",))
        except InputError as error:
            self.notes.take(path, error)
            return None
        beside = {key: item[key] for key in BESIDE & item.keys()} if isinstance(item, Mapping) else {}
        if named.name == CLEAN.label:
            return self._clean(named, beside, path)
        label, own = self._beside(beside, path) if beside else ("", None)
        steps = self._chain(named.value, (*path, "chain")) if named.form == "list" else self._single(named, path)
        if len(self.notes.problems) > before:
            return None
        severities = self._levels(steps, own, path)
        return Alternative(path=path, steps=steps, severities=severities, label=label)

    def _clean(self, named: Named, beside: dict[str, Any], path: YamlPath) -> Alternative | None:
        if named.form != "name" or beside:
            what = "'clean' is the question as it is: it takes no value, severity or label"
            self.notes.add(path, what, fix="write - clean")
            return None
        return Alternative(path=path, steps=(), severities=(0.0,))

    def _beside(self, beside: dict[str, Any], path: YamlPath) -> tuple[str, tuple[float, ...] | None]:
        from robustcore.scenario.wording import read_beside

        read = read_beside(beside, self.notes, path)
        if read is None:
            return "", None
        own = None if read.severity is None else tuple(read.severity)
        self._check_distinct(own or (), (*path, "severity"))
        return read.label or "", own

    def _chain(self, items: list[Any], path: YamlPath) -> tuple[Step, ...]:
        steps: list[Step] = []
        for index, item in enumerate(items):
            try:
                named = read_named(item, siblings=OF_A_LINK)
            except InputError as error:
                self.notes.take((*path, index), error)
                continue
            if named.name in (CLEAN.label, "chain"):
                what = f"{named.name!r} cannot be a link of a chain"
                self.notes.add((*path, index), what, fix="list perturbations only")
                continue
            found = self._single(named, (*path, index))
            if isinstance(item, Mapping) and "severity" in item:
                found = self._at_own(found, item["severity"], (*path, index, "severity"))
            steps += found
        return tuple(steps)

    def _at_own(self, steps: tuple[Step, ...], given: Any, path: YamlPath) -> tuple[Step, ...]:
        """Return the step of a link at its own severity: one number above 0, and a level where the operator has any."""
        if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= 1:
            self.notes.add(path, f"the severity of a link is one number above 0 and up to 1, not {shown(given)}")
            return steps
        return tuple(replace(step, severity=self._nearest(step.operator, float(given), path)) for step in steps)

    def _nearest(self, operator: Operator, severity: float, path: YamlPath) -> float:
        near = [level for level in operator.levels if abs(level - severity) <= _SNAP]
        if operator.levels and not near:
            levels = tuple(f"{level:.3g}" for level in operator.levels)
            self.notes.add(path, f"{operator.name} has no severity {severity:g}", choices=levels)
        return near[0] if near else severity

    def _single(self, named: Named, path: YamlPath) -> tuple[Step, ...]:
        spot = path if named.form == "name" else (*path, named.name)
        try:
            operator = self.operators.get(named.name)
        except UnknownNameError as error:
            if named.name in _NAMING and isinstance(named.value, str):
                what = f"the name of a perturbation is the key itself, not the value of {named.name!r}"
                fix = f"write {named.value}, or {{{named.value}: {{options}}, severity: [0.5, 1]}}"
                self.notes.add(spot, what, fix=fix, key=True)
            else:
                self.notes.take(spot, error, key=named.form != "name")
            return ()
        try:
            given = named.options(operator.main, tuple(operator.options))
        except InputError as error:
            self.notes.take(spot, error)
            return ()
        try:
            return (Step(operator, check_options(operator, given)),)
        except InputError:
            for key, value in given.items():
                self._check_option(operator, key, value, (*spot, key) if named.form == "options" else spot)
            return ()

    def _check_option(self, operator: Operator, key: str, value: Any, path: YamlPath) -> None:
        """Note what is wrong with one option at its own place: checked alone, since the error names no place."""
        option = operator.options.get(key)
        if option is None and key in BESIDE:
            fix = f"write {{{operator.name}: {{options}}, {key}: {_EXAMPLES[key]}}}"
            self.notes.add(path, f"{key!r} stands beside the name, not among its options", fix=fix, key=True)
            return
        try:
            check_options(operator, {key: value})
        except InputError as error:
            whole_for_float = option is not None and option.type is float and type(value) is int
            if option is None or type(value) is option.type or whole_for_float:
                self.notes.take(path, error, key=option is None)
                return
            what = (
                f"{operator.name}: {key!r} must be {WORDS.get(option.type, option.type.__name__)}, not {shown(value)}"
            )
            choices = tuple(str(choice) for choice in option.choices)
            fix = self.notes.quote_hint(path, value) if option.type is str else ""
            self.notes.add(path, what, choices=choices, fix=fix)

    def _levels(self, steps: tuple[Step, ...], own: tuple[float, ...] | None, path: YamlPath) -> tuple[float, ...]:
        discrete = [step.operator for step in steps if step.operator.levels and step.severity is None]
        strongest = max(discrete[0].levels) if discrete else STRONGEST
        wanted = own or self.severity or (strongest,)
        chosen = list(wanted)
        for operator in discrete:
            for position, severity in enumerate(wanted):
                nearest = min(operator.levels, key=lambda level, s=severity: abs(level - s))  # type: ignore[misc]
                if abs(nearest - severity) <= _SNAP:
                    chosen[position] = nearest
                else:
                    self._off_level(operator, severity, position, path, own is not None)
        if len(set(chosen)) < len(set(wanted)):
            self.notes.add(path, "two severities stand for the same level", fix="remove one")
        return tuple(chosen)

    def _off_level(self, operator: Operator, severity: float, position: int, path: YamlPath, own: bool) -> None:
        levels = tuple(f"{level:.3g}" for level in operator.levels)
        what = f"{operator.name} has no severity {severity:g}"
        fix = "" if own else f"give this item its own: {{{operator.name}: {{}}, severity: [{', '.join(levels)}]}}"
        self.notes.add((*path, "severity", position) if own else path, what, choices=levels, fix=fix)

    def _check_distinct(self, severities: Sequence[float], path: YamlPath) -> None:
        for position, severity in enumerate(severities):
            if f"{severity:g}" in [f"{earlier:g}" for earlier in severities[:position]]:
                self.notes.add((*path, position), f"severity {severity:g} is listed twice", fix="remove one")

    def _check_labels(self, alternatives: Sequence[Alternative], labels: Sequence[str]) -> None:
        first: dict[str, YamlPath] = {}
        for alternative, label in zip(alternatives, labels, strict=True):
            if label in first:
                where = self.notes.where(*first[label])
                what = f"two alternatives are called {label!r}; the first is on line {where.line}"
                self.notes.add(alternative.path, what, fix="remove one, or give this one a 'label'")
            first.setdefault(label, alternative.path)
