"""Does a single case meet the `each` expectation? The one place that knows; gates on ``pass_rate`` count it."""

from __future__ import annotations

from robustcore.measures.base import Measure, Score
from robustcore.scenario.types import Each

DEFAULT = Each(measure="passes", at_least=1.0)
MET, NOT_MET = Score(value=1.0), Score(value=0.0)
INFRASTRUCTURE = frozenset({"missing_reply", "judge_error", "infra_error"})


def meets(each: Each, measure: Measure, score: Score, clean: Score) -> Score:
    """Return 1 or 0, or the reason why the question does not arise (spec metrics 0.11).

    An invariant holds iff the perturbed value is at least as good as the clean one; where the clean twin is already at
    the worst value there is nothing left to keep: ``not_applicable``.
    """
    if score.value is None:
        return score
    sign = 1 if measure.higher_is_better else -1
    if each.invariant:
        if clean.value is None:
            reason = clean.reason if clean.reason in INFRASTRUCTURE else "not_applicable"
            return Score(value=None, reason=reason, note="the clean twin is unscored")
        if clean.value == (0 if measure.higher_is_better else 1):
            return Score(value=None, reason="not_applicable", note=f"the clean twin already fails {each.measure}")
        return MET if sign * score.value >= sign * clean.value else NOT_MET
    enough = each.at_least is None or score.value >= each.at_least
    return MET if enough and (each.at_most is None or score.value <= each.at_most) else NOT_MET
