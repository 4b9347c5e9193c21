"""Findings as a few lines under a scenario's tables: what a table of means does not show."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from robustcore.report.findings import CalibrationFinding, DoseFinding, Findings
from robustcore.report.numbers import number

SHOWN_FAMILIES = 4
SHOWN_CALIBRATIONS = 2


def of_measures(found: Findings, measures: Collection[str]) -> Findings:
    """Return the findings on ``measures``, without ladders that reach no breaking point: what a terminal can show."""
    return replace(
        found,
        unions=tuple(one for one in found.unions if one.measure in measures),
        risks=tuple(one for one in found.risks if one.measure in measures),
        doses=tuple(one for one in found.doses if one.measure in measures and one.breaking.value is not None),
        ratings=tuple(one for one in found.ratings if one.measure in measures),
        flaky=tuple(one for one in found.flaky if one.measure in measures),
    )


def finding_lines(found: Findings) -> Iterator[str]:
    """Yield the lines, most telling first; nothing for a scenario that has nothing of the kind."""
    yield from (text for _, text in named_lines(found))


def named_lines(found: Findings) -> Iterator[tuple[str, str]]:
    """Yield each line with a name of what it tells, which holds no figure: the same in the next run."""
    yield from (("union " + measure, text) for measure, text in _unions(found))
    yield from (("worst " + measure, text) for measure, text in _risks(found))
    yield from ((f"ladder {dose.measure} {dose.label}", _dose(dose)) for dose in found.doses)
    yield from (("grade " + measure, text) for measure, text in _grades(found))
    yield from (("confidence " + where, text) for where, text in _calibrations(found))
    yield from (("replicates " + measure, text) for measure, text in _flaky(found))


def _unions(found: Findings) -> Iterator[tuple[str, str]]:
    for union in found.unions:
        if union.estimate.value is None:
            continue
        costs = sorted(union.marginal.items(), key=lambda pair: (-pair[1], pair[0]))
        costly = [f"{name} {loss:.2f}" for name, loss in costs if loss > 0][:SHOWN_FAMILIES]
        alone = f"; each alone costs: {', '.join(costly)}" if costly else "; no family alone costs a question"
        limits = f", at best {union.frechet[1]:.2f}" if union.frechet else ""
        low, high = number(union.estimate.low), number(union.estimate.high)
        text = f"{union.measure} under all at once: {number(union.estimate.value)} [{low}, {high}]{limits}{alone}"
        yield union.measure, text


def _risks(found: Findings) -> Iterator[tuple[str, str]]:
    for risk in found.risks:
        if risk.worst_case.value is not None:
            tail = f"worst {risk.tail:.0%} are {number(risk.cvar)} off the best"
            yield risk.measure, f"{risk.measure} at a question's worst: {number(risk.worst_case.value)}; {tail}"


def _grades(found: Findings) -> Iterator[tuple[str, str]]:
    for rating in found.ratings:
        graded = [one for one in found.effects if one.measure == rating.measure and one.grade]
        if graded:
            worst = max(graded, key=lambda one: (one.grade, one.ape or 0.0))
            shown = f"{worst.label} {worst.severity:.3g}"
            cost = number(worst.signed.value, signed=True)
            yield rating.measure, f"{rating.measure}: grade {rating.grade} ({shown}, {cost})"


def _calibrations(found: Findings) -> Iterator[tuple[str, str]]:
    for one in sorted(found.calibration, key=_lost_of_the_sure, reverse=True)[:SHOWN_CALIBRATIONS]:
        if one.clean.accuracy is not None and one.perturbed.accuracy is not None:
            moved = f"{number(one.clean.accuracy)} → {number(one.perturbed.accuracy)}"
            eces = f"; ECE {number(one.clean.ece)} → {number(one.perturbed.ece)}" if one.clean.ece is not None else ""
            cover = f"{number(one.clean.coverage)} → {number(one.perturbed.coverage)}"
            what = f"right among the sure ones {moved} (share kept {cover}){eces}"
            where = f"{one.label} {one.severity:.3g}"
            yield where, f"confidence under {where}: {what}"


def _flaky(found: Findings) -> Iterator[tuple[str, str]]:
    for flaky in found.flaky:
        share = "–" if flaky.reliability is None else f"{flaky.reliability:.0%}"
        differ = f"{flaky.unstable:.0%} of {flaky.cases} cases differ between replicates"
        yield flaky.measure, f"{flaky.measure}: {differ}; {share} of the spread is between questions"


def _lost_of_the_sure(one: CalibrationFinding) -> float:
    """Return how much selective accuracy a condition costs: the costliest are worth a line."""
    return (one.clean.accuracy or 0.0) - (one.perturbed.accuracy or 0.0)


def _dose(dose: DoseFinding) -> str:
    point = dose.breaking
    level = f"{dose.measure} under {dose.label} falls below {point.level:.2f} ({dose.stated})"
    if point.low is None and point.value is None:
        return f"{level}: not reached up to severity {dose.severities[-1]:.3g}"
    low = f"{point.low:.2f}" if point.low is not None else f"past {dose.severities[-1]:.3g}"
    high = f"{point.high:.2f}" if point.high is not None else f"past {dose.severities[-1]:.3g}"
    value = "not reached" if point.value is None else f"at severity {point.value:.2f}"
    return f"{level}: {value} [{low}, {high}]"
