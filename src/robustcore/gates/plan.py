"""How many questions a gate needs: told before the run where it can be known, and after an inconclusive one."""

from __future__ import annotations

import math

from robustcore.gates.expression import parse_expression
from robustcore.gates.types import Gate
from robustcore.stats.bootstrap import MIN_CLUSTERS
from robustcore.stats.plan import rate_decides, sample_size, scaled
from robustcore.stats.rows import Estimate


def unreachable(gate: Gate, questions: int, *, per_question: int = 1) -> float | None:
    """Return how many questions the gate needs if ``questions`` cannot make it pass, else None.

    Assumed is the best that can happen: no failure, or for drops no pair changed (for "at least": every pair lost).
    ``per_question`` is the number of cases of a question in one cell; where there are several the interval needs 20
    questions. ``math.inf`` means that no number would do (a rate of 1 can be seen but never shown).
    """
    suite = parse_expression(gate.measure).suite
    if not gate.sampled or (suite is not None and not suite.foreseen):
        return None
    least = _least(gate)
    if least is not None and per_question > 1 and parse_expression(gate.measure).kind not in ("union", "worst_case"):
        least = max(least, MIN_CLUSTERS)
    return least if least is not None and questions < least else None


def unreachable_text(gate: Gate, questions: int, *, per_question: int = 1) -> str:
    """Return `unreachable` as a sentence for the plan, or an empty string."""
    least = unreachable(gate, questions, per_question=per_question)
    if least is None:
        return ""
    if math.isinf(least):
        return f"gate_unreachable: {gate.name} cannot be shown by any number of questions; loosen the threshold"
    return f"gate_unreachable: {gate.name}: {least} needed, {questions} planned"


def needed(gate: Gate, estimate: Estimate) -> int | None:
    """Return about how many questions would decide, if the value stays what it is; None if that cannot be said."""
    target = gate.at_least if gate.at_least is not None else gate.at_most
    if estimate.value is None or target is None:
        return None
    limit = estimate.low if target < estimate.value else estimate.high
    if limit is None:
        return MIN_CLUSTERS if estimate.clusters < MIN_CLUSTERS else None
    if estimate.method == "Clopper-Pearson":
        return rate_decides(estimate.value, target, 1 - gate.confidence)
    return scaled(estimate.clusters, estimate.value, limit, target)


def _least(gate: Gate) -> float | None:
    """Return the smallest number of questions with which the gate could pass, infinity if there is none."""
    delta = 1 - gate.confidence
    expression = parse_expression(gate.measure)
    low, high = expression.suite.span if expression.suite else (0.0, 1.0)
    drop = expression.kind in ("drop_abs", "drop_rel") or low < 0
    if gate.at_least is not None:
        best = (1 + gate.at_least / high) / 2 if drop else gate.at_least / high
    else:
        best = 1 - gate.at_most / high if gate.at_most is not None else 0.0
    if best <= 0:
        return 1
    return sample_size(best, delta / 2 if drop else delta) if best < 1 else math.inf
