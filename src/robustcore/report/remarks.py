"""What a table of numbers cannot say: stresses without headroom, cases not scored or not run, texts not kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from robustcore.perturb.writing import NOT_RUN
from robustcore.report.failing import shown_measures
from robustcore.report.types import ConditionReport, ScenarioReport

WARN, NOTE = "yellow", "dim"
MOST_NAMES = 6  # conditions that are named before a remark; of more the first few and the number


def remarks(conditions: Sequence[ConditionReport], shown: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the remarks on ``conditions`` with their styles; one that holds of several is said once."""
    found: dict[tuple[str, str], list[str]] = {}
    for condition in conditions:
        for said in _of_condition(condition, shown):
            found.setdefault(said, []).append(_name(condition))
    for (text, style), names in found.items():
        yield f"{named(names, len(conditions))}: {text}", style
    yield from _changes(conditions)


def _name(condition: ConditionReport) -> str:
    return condition.label if condition.family == "clean" else f"{condition.label} {condition.severity:.3g}"


def named(names: Sequence[str], of: int) -> str:
    """Return ``names`` as a list, shortened where it is long, or their number if they are all ``of`` them."""
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    if len(names) == of:
        return f"all {of}"
    return f"{', '.join(names[: MOST_NAMES - 1])} and {len(names) - MOST_NAMES + 1} more"


def _of_condition(condition: ConditionReport, shown: Sequence[str]) -> Iterator[tuple[str, str]]:
    realised = condition.realised
    ran = bool(realised.kept or not realised.generated)
    if ran:  # else `below` says why
        yield from _headroom(condition, shown)
        if realised.gated and realised.kept == realised.generated:
            yield f"all {realised.kept} found valid", NOTE
        yield from _lost(condition, shown)
    yield from ((said, WARN) for said in _validity(condition, shown))


def _headroom(condition: ConditionReport, shown: Sequence[str]) -> Iterator[tuple[str, str]]:
    silent: dict[str, list[str]] = {}
    for cell in condition.measures:
        if cell.measure in shown and cell.headroom:
            silent.setdefault(cell.headroom, []).append(cell.measure)
    for reason, measures in silent.items():
        yield f"{reason} ({', '.join(measures)})", WARN


def _lost(condition: ConditionReport, shown: Sequence[str]) -> Iterator[tuple[str, str]]:
    lost = {
        reason: count
        for cell in condition.measures
        if cell.measure in shown
        for reason, count in cell.perturbed.unscored.items()
    }
    if lost:
        yield "not scored: " + ", ".join(f"{count} {reason}" for reason, count in sorted(lost.items())), NOTE


def _changes(conditions: Iterable[ConditionReport]) -> Iterator[tuple[str, str]]:
    """Yield how much each perturbation changed, in the mean over the cases that were kept."""
    changes = [
        f"{_name(condition)} {realised.change:.1%}"
        + (f" (similarity {realised.similarity:.2f})" if realised.similarity is not None else "")
        for condition in conditions
        if (realised := condition.realised).change and (realised.kept or not realised.generated)
    ]
    if changes:
        yield f"characters changed: {', '.join(changes)}", NOTE


def _validity(condition: ConditionReport, shown: Sequence[str]) -> Iterator[str]:
    """Yield what the gate did to the cases of a condition, and what the scores would be with those it took out."""
    realised = condition.realised
    if realised.not_run and realised.kept:  # where no case was run, a line of its own says so
        yield f"{realised.why_not_run} ({realised.not_run} of {realised.generated} cases)"
    if realised.gated and realised.kept < realised.generated:
        yield from _kept(condition, shown)
    if realised.below_gate:
        yield f"below_gate: {realised.below_gate} of {realised.kept} are the best of several tries, none similar enough"
    if realised.below_people:
        yield f"warning: {realised.below_people}"
    for pair, (same, both) in realised.agreement.items():
        yield f"{pair}: the same verdict on {same} of {both}"


def _kept(condition: ConditionReport, shown: Sequence[str]) -> Iterator[str]:
    realised = condition.realised
    counts = {"kept": realised.kept, "rejected": realised.rejected, "undecided": realised.undecided}
    counts |= {"no-op": realised.noop} if realised.noop else {}
    yield f"{realised.generated} generated: " + ", ".join(f"{count} {word}" for word, count in counts.items())
    ranges = [
        f"{cell.measure} {cell.if_rejected[0]:.2f} to {cell.if_rejected[1]:.2f}"
        for cell in condition.measures
        if cell.measure in shown and cell.if_rejected
    ]
    if ranges:
        yield f"with rejected and undecided ones, all failed to all passed: {', '.join(ranges)}"


def below(scenario: ScenarioReport) -> Iterator[tuple[str, str]]:
    """Yield, with styles, what was not run, which measures have no value and why, and the limits of it all."""
    yield from ((reason, WARN) for reason in _not_run(scenario))
    for name in shown_measures(scenario):
        if why := scenario.measures[name].unscored:
            yield f"{name}: no case is scored: {why}", WARN
    yield from ((f"limit: {limit}", NOTE) for limit in scenario.limits)


def _not_run(scenario: ScenarioReport) -> Iterator[str]:
    """Yield why no case could be run of some conditions: the reason most of their cases give, and the conditions."""
    reasons: dict[str, Counter[str]] = {}
    ran: set[str] = set()
    for case in scenario.cases:
        if case.outcome == "skipped":
            reasons.setdefault(case.condition, Counter())[case.reason] += 1
        else:
            ran.add(case.condition)
    found: dict[str, list[str]] = {}
    for condition, counts in reasons.items():
        if condition not in ran:
            reason = counts.most_common(1)[0][0]
            found.setdefault(reason if reason.startswith(NOT_RUN) else f"no case was run: {reason}", []).append(
                condition
            )
    for reason, names in found.items():
        yield f"{named(names, len({case.condition for case in scenario.cases}))}: {reason}"
