"""``drift.*``: signed and absolute drift, flips, Cohen's h, equivalence, per scenario and framing (spec metrics 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar, Final

from robustcore.corpus.framings import INTENSITIES, NARRATIVES, WHO
from robustcore.errors import InputError, Problem
from robustcore.measures.answers import check_choice
from robustcore.measures.base import Status
from robustcore.measures.drift import DriftByRule, DriftFavourable
from robustcore.measures.suite import Suite, check_selector
from robustcore.stats.drift import (
    CONTROL,
    EMOTION,
    OUTLYING,
    Pair,
    by_cell,
    by_repeat,
    by_scenario,
    change,
    drift_rows,
    equivalence,
    outlying,
    pairs_of,
    scored,
    shift,
)
from robustcore.stats.drift_cells import PERMUTATIONS, abs_excess, cells_of, h_of, mean_of_cells, pooled_h
from robustcore.stats.equivalent import MARGIN
from robustcore.stats.means import empty, mean_estimate
from robustcore.stats.rows import Estimate, Row

KINDS: Final = (*NARRATIVES, *WHO, *INTENSITIES)
FRAMINGS: Final = ("neutral", "emotional")
DIRECTIONS: Final = ("up", "down")
_CELLS: Final = ("drift", "abs_drift", "cohens_h", "by_rule")
_SEVERITY: Final[Mapping[str, float]] = MappingProxyType({"mild": 0.5, "strong": 1.0})
_POINT: Final = "no interval: one number over scenarios"


@dataclass(frozen=True, kw_only=True)
class Drift(Suite):
    """An aggregate over decisions under emotional framings and their neutral control (after arXiv 2601.21439).

    ``signed``: p emotional - p neutral, pooled; ``flip_rate[up]``: changed decisions over matched pairs, by direction;
    ``mean_abs``, ``max_abs``: of the drift of each scenario and framing (``per=scenario``: framings pooled). A kind in
    brackets (a narrative, who suffers, the intensity) keeps its framings. ``decision`` is the favourable one, or with
    ``correct`` the right one, where questions name no favourable; ``control`` the text of matched length, or
    ``minimal``: the facts alone. Null without a neutral cell. [REPORTED for drift].
    """

    status: ClassVar[Status] = "REPORTED"
    decision: str = "favourable"
    control: str = "length_matched"
    per: str = "cell"
    margin: float = MARGIN
    beyond: float = OUTLYING

    def __post_init__(self) -> None:
        """Refuse options and selectors that do not exist."""
        check_choice(self.base, "decision", self.decision, ("favourable", "correct"))
        check_choice(self.base, "control", self.control, ("length_matched", "minimal"))
        check_choice(self.base, "per", self.per, ("cell", "scenario"))
        for name in ("margin", "beyond"):
            if not 0 < getattr(self, name) < 1:
                what = f"{self.base}: {name} must lie between 0 and 1, not {getattr(self, name):g}"
                raise InputError(Problem(what=what))
        if self.part == "scenario":
            check_selector(self, ((), _CELLS), least=0, most=2)
        elif self.part == "rule_accuracy":
            check_selector(self, (FRAMINGS,), least=0, most=1)
        elif self.part == "flip_rate":
            check_selector(self, ((*DIRECTIONS, *KINDS),), least=0, most=1)
        else:
            check_selector(self, (KINDS,), least=0, most=0 if self.part == "outlying" else 1)

    @property
    def options(self) -> dict[str, Any]:
        """Return the options that this aggregate depends on, and what the definition fixes."""
        kept = {"tag", "decision", "control"}
        kept |= {"per"} if self.part in ("mean_abs", "max_abs", "abs_excess") else set()
        kept |= {"margin"} if self.part == "equivalence" else set()
        kept |= {"beyond"} if self.part == "outlying" else set()
        fixed = {"permutations": PERMUTATIONS} if self.part == "abs_excess" else {}
        return {key: value for key, value in super().options.items() if key in kept} | fixed

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the measure of a decision, and where it is needed that of the rule."""
        rule, favourable = DriftByRule().name, DriftFavourable().name
        if self.part == "rule_accuracy" or (self.part == "scenario" and self.selector[1:] == ("by_rule",)):
            return (rule,)
        own = favourable if self.decision == "favourable" else rule
        return tuple(dict.fromkeys((own, rule))) if self.part == "scenario" else (own,)

    @property
    def is_mean(self) -> bool:
        """Say whether it is a mean over pairs, of more than just these scenarios."""
        return self.part in ("signed", "flip_rate")

    def reads(self, family: str) -> bool:
        """Say whether a condition is an emotional framing, or its control."""
        steps = family.split("+")
        return EMOTION in steps or CONTROL in steps

    def parts(self) -> tuple[str, ...]:
        """Return what is covered."""
        return (self.selector[0] if self.selector else "all framings",)

    def fold(self, rows: Iterable[Row]) -> list[Row]:
        """Return one row per pair that is averaged."""
        covered = self.parts()[0]
        return [replace(row, condition=covered) for row in self._folded(list(rows))]

    def _folded(self, rows: Sequence[Row]) -> list[Row]:
        if self.part == "rule_accuracy" or (self.part == "scenario" and self.measures == (DriftByRule().name,)):
            return self._by_rule(rows)
        return drift_rows(self._pairs(rows), self._value())

    def estimate(self, rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
        """Return the aggregate with limits over scenarios."""
        rows = list(rows)
        pairs = self._pairs(rows)
        match self.part:
            case "signed":
                return shift(pairs, confidence, sampled=sampled)
            case "equivalence":
                return equivalence(pairs, margin=self.margin)[1]
            case "outlying":
                return self._outlying(pairs)
            case "mean_abs" | "max_abs" | "abs_excess" | "cohens_h":
                return self._over_cells(pairs, confidence, sampled=sampled)
            case "rule_accuracy":
                return _of_these(mean_estimate(self._folded(rows), confidence, sampled=False))
            case "scenario":
                return self._of_scenario(rows, pairs, confidence)
            case _:
                return mean_estimate(self._folded(rows), confidence, sampled=sampled)

    def spread(self, rows: Sequence[Row]) -> tuple[Suite, ...]:
        """Return the numbers of each scenario there is, for ``drift.scenario`` without brackets."""
        if self.part != "scenario" or self.selector:
            return (self,)
        names = dict.fromkeys(row.cluster for row in rows)
        return tuple(replace(self, selector=(name, part)) for name in names for part in _CELLS)

    def _pairs(self, rows: Iterable[Row]) -> list[Pair]:
        name = self.measures[0]
        kept = [row for row in self.tagged(rows) if row.measure == name]
        pairs = pairs_of(kept, minimal=self.control == "minimal")
        if self.part == "scenario":
            return [pair for pair in pairs if not self.selector or pair.scenario == self.selector[0]]
        kind = next((one for one in self.selector if one in KINDS), "")
        return [pair for pair in pairs if not kind or _is_kind(pair.row, kind)]

    def _by_rule(self, rows: Sequence[Row]) -> list[Row]:
        emotional = self.part == "scenario" or self.selector[:1] != ("neutral",)
        minimal = self.control == "minimal"
        own = [row for row in self.tagged(rows) if row.measure == DriftByRule().name]
        if self.part == "scenario":
            own = [row for row in own if row.cluster == self.selector[0]]
        if emotional:
            return [row for row in own if EMOTION in row.family.split("+")]
        if not minimal:
            return [row for row in own if CONTROL in row.family.split("+")]
        first = {(row.item, row.replicate): row for row in own}
        return [replace(row, value=row.clean, reason=row.clean_reason) for row in first.values()]

    def _value(self) -> Callable[[Pair], float]:
        if self.part == "flip_rate":
            sign = {"up": 1, "down": -1}.get(self.selector[0] if self.selector else "", 0)
            return lambda pair: float(change(pair) * sign > 0 if sign else change(pair) != 0)
        return change

    def _over_cells(self, pairs: Sequence[Pair], confidence: float, *, sampled: bool) -> Estimate:
        by = by_scenario if self.per == "scenario" else by_cell
        cells, kept = cells_of(pairs, by), scored(pairs)
        made = replace(shift(pairs, confidence, sampled=False), method=_POINT, reason="no_sampling_plan")
        if not cells:
            return made
        if self.part == "max_abs":
            name = max(cells, key=lambda one: abs(cells[one]))
            return replace(made, value=abs(cells[name]), method=f"{name}: {cells[name]:+.3f}; {_POINT}")
        if self.part == "cohens_h":
            limits = pooled_h(kept, confidence) if sampled else made
            low, high = (limits.low, limits.high) if sampled else (None, None)
            return replace(made, value=h_of(kept), low=low, high=high, method=limits.method, reason=limits.reason)
        values = {name: abs(cell) for name, cell in cells.items()} if self.part == "mean_abs" else abs_excess(pairs, by)
        if sampled:
            return mean_of_cells(made, values, kept, by, confidence)
        return replace(made, value=sum(values.values()) / len(values))

    def _outlying(self, pairs: Sequence[Pair]) -> Estimate:
        found = outlying(pairs, self.beyond)
        names = {pair.scenario for pair in scored(pairs)}
        made = shift(pairs, sampled=False)
        if not names:
            return made
        told = ", ".join(f"{name} [{low:+.2f}, {high:+.2f}]" for name, (low, high) in sorted(found.items()))
        share = len(found) / len(names)
        text = f"scenarios whose 95% interval lies outside +-{self.beyond:g}: {told or 'none'}"
        return replace(made, value=share, low=share, high=share, method=text, reason="")

    def _of_scenario(self, rows: Sequence[Row], pairs: Sequence[Pair], confidence: float) -> Estimate:
        part = self.selector[1] if len(self.selector) > 1 else ""
        if not part:
            return empty({}, confidence)
        if part == "by_rule":
            return _of_these(mean_estimate(self._by_rule(rows), confidence, sampled=False))
        inner = {"drift": "signed", "abs_drift": "mean_abs", "cohens_h": "cohens_h"}[part]
        if inner == "signed":
            return shift(pairs, confidence, cluster=by_repeat)
        return replace(self, base=f"drift.{inner}", selector=())._over_cells(pairs, confidence, sampled=False)


class DriftOurs(Drift):
    """The aggregates whose definition is ours or of textbooks. [OURS].

    ``cohens_h``: of p emotional and p neutral, pooled; ``abs_excess``: mean_abs less what permutation of labels within
    scenarios leaves of it; ``rule_accuracy[neutral]``: share of decisions by the rule (emotional
    without brackets); ``equivalence``: 1 if the 90 %
    interval lies inside ``margin``; ``outlying``: share of scenarios whose 95 % interval lies outside ``beyond``;
    ``scenario``: the numbers of each scenario.
    """

    status: ClassVar[Status] = "OURS"


def _of_these(found: Estimate) -> Estimate:
    """Return a share of these scenarios alone as its own limits: in each of them a rule is kept, or it is not."""
    return replace(found, low=found.value, high=found.value, method="of these scenarios alone", reason="")


def _is_kind(row: Row, kind: str) -> bool:
    """Say whether a condition is of that kind: its severity tells the intensity, its label all else."""
    if kind in _SEVERITY:
        return abs(row.severity - _SEVERITY[kind]) < 0.005
    return kind in row.condition.replace("=", "-").replace(",", "-").split("-")
