"""A run against an earlier one: every case fixed, broken, still failing or new, and what of it is more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from robustcore.errors import RobustError
from robustcore.gates.cells import cell_of_row, words_of
from robustcore.gates.expression import parse_expression
from robustcore.gates.types import Gate
from robustcore.gates.units import lower_is_worse, unit_rows
from robustcore.report.baseline import PASSED, ScenarioRows, Snapshot, Split
from robustcore.report.comparison import KINDS, BaselineReport, CaseChanges, Comparison, TestStatus
from robustcore.stats.compared import PairedTest, paired_test
from robustcore.stats.drops import drop_abs
from robustcore.stats.equivalent import MARGIN, Equivalence, equivalence
from robustcore.stats.paired import holm
from robustcore.stats.rows import Row
from robustcore.stats.samples import pairs_of

ALPHA = 0.05


def compare(
    before: Snapshot,
    after: Snapshot,
    *,
    source: str = "",
    alpha: float = ALPHA,
    wanted: Mapping[str, Sequence[Split]] | None = None,
) -> BaselineReport:
    """Return how ``after`` differs from ``before``.

    Tested is each gate cell of a scenario, or its pass rate where it has no gate (``wanted`` says otherwise), on the
    cases that both have a value for, one-sided, with Holm over all tests at ``alpha``. (ours, tests of spec 12)
    """
    found: list[tuple[Comparison, PairedTest | None]] = []
    for name, now in after.items():
        splits = (wanted or {}).get(name) or now.gates or ((PASSED, ()),)
        found += [_compared(name, split, before.get(name), now, alpha) for split in splits]
    tested = {index: test for index, (_, test) in enumerate(found) if test is not None and test.p_down is not None}
    down = holm([_known(test.p_down) for test in tested.values()])
    up = holm([_known(test.p_up) for test in tested.values()])
    results = [one for one, _ in found]
    for index, worse, better in zip(tested, down, up, strict=True):
        results[index] = _judged(results[index], worse, better, alpha)
    names = (*after, *(name for name in before if name not in after))
    cases = {name: _changes(before.get(name), after.get(name)) for name in names}
    return BaselineReport(source=source, alpha=alpha, comparisons=tuple(results), cases=cases)


def _known(p: float | None) -> float:
    return 1.0 if p is None else p


def _compared(
    name: str, split: Split, before: ScenarioRows | None, now: ScenarioRows, alpha: float
) -> tuple[Comparison, PairedTest | None]:
    measure, cell = split
    base = Comparison(scenario=name, measure=measure, cell=dict(cell), status="new", sentence="")
    subject = f"{measure} {words_of(cell)}"
    try:
        pairs, lower_worse = _pairs(split, before, now)
    except (RobustError, _CannotCompareError) as error:
        return replace(base, status="error", sentence=f"{subject} cannot be compared: {error}"), None
    sample = pairs_of(pairs)
    if not sample.n:
        return replace(base, sentence=f"{subject}: no case of it is in the baseline"), None
    oriented = pairs if lower_worse else [_turned(row) for row in pairs]
    worse = drop_abs(oriented, 1 - alpha, display=True)
    test = paired_test(pairs_of(oriented))
    values = [(row.clean, row.value) for row in pairs if row.clean is not None and row.value is not None]
    return replace(
        base,
        status="unchanged",
        before=sum(a for a, _ in values) / len(values),
        after=sum(b for _, b in values) / len(values),
        worse=worse,
        down=test.down,
        up=test.up,
        p=test.p_down,
        test=test.test,
        equivalence=_equivalence(oriented),
    ), test


class _CannotCompareError(Exception):
    """Values of one measure that mean different things (spec metrics 0.9)."""


def _pairs(split: Split, before: ScenarioRows | None, now: ScenarioRows) -> tuple[list[Row], bool]:
    """Return the unit rows of now with the values of before as ``clean``, and whether lower is worse."""
    measure, cell = split
    expression = parse_expression(measure)
    suite = expression.suite
    names = suite.measures if suite else (expression.measure_name or PASSED,)
    known = [name for name in names if before is not None and name in before.columns]
    if before is None or len(known) < len(names):
        return [], True
    changed = [name for name in names if name != PASSED and before.options.get(name) != now.options.get(name)]
    if changed:
        raise _CannotCompareError(f"options_mismatch: {', '.join(changed)} has other options than in the baseline")
    higher = now.higher.get(names[0], True)
    gate = Gate(name=measure, measure=measure, by=tuple(key for key, _ in cell), at_least=0.0)

    def units(rows: ScenarioRows) -> dict[tuple[object, ...], Row]:
        chosen = [
            row
            for name in names
            for row in rows.rows(name)
            if (suite.reads(row.family) if suite else cell_of_row(gate, row) == tuple(cell))
        ]
        made = unit_rows(expression, chosen, higher_is_better=higher)
        return {(row.measure, row.condition, row.severity, row.cluster, row.item, row.replicate): row for row in made}

    earlier = units(before)
    pairs = [
        replace(row, clean=old.value, clean_reason=old.reason)
        for key, row in units(now).items()
        if (old := earlier.get(key)) is not None
    ]
    return pairs, lower_is_worse(expression, higher_is_better=higher)


def _turned(row: Row) -> Row:
    """Return ``row`` with signs changed, so that a fall is for the worse."""
    value = None if row.value is None else 1.0 - row.value
    return replace(row, value=value, clean=None if row.clean is None else 1.0 - row.clean)


def _equivalence(rows: Sequence[Row]) -> Equivalence | str:
    """Return the verdict within the margin; empty where there are no limits (too few questions)."""
    inner, outer = (drop_abs(rows, confidence, display=True) for confidence in (0.95, 0.975))
    if inner.low is None or inner.high is None or outer.low is None or outer.high is None:
        return ""
    return equivalence((inner.low, inner.high), (outer.low, outer.high), MARGIN)


def _judged(one: Comparison, adjusted: float, better: float, alpha: float) -> Comparison:
    status: TestStatus = "regressed" if adjusted <= alpha else "improved" if better <= alpha else "unchanged"
    subject = f"{one.measure} {words_of(tuple(one.cell.items()))}"
    move = f"{one.before:.3f} → {one.after:.3f} on {one.worse.n} cases of both runs"
    counts = f"{one.down} worse, {one.up} better"
    tested = f"p {_p_text(one.p)}, {_p_text(adjusted)} after Holm ({one.test})"
    said = {"regressed": "worse than the baseline", "improved": "better than the baseline"}
    within = f"; {one.equivalence.replace('_', ' ')} within {MARGIN:g}" if "equivalent" in one.equivalence else ""
    verdict = said.get(status, "no worse than chance explains") + (within if status == "unchanged" else "")
    return replace(one, status=status, adjusted=adjusted, sentence=f"{subject}: {move} ({counts}; {tested}): {verdict}")


def _p_text(p: float | None) -> str:
    return "–" if p is None else f"{p:.3g}"


def _changes(before: ScenarioRows | None, now: ScenarioRows | None) -> CaseChanges:
    earlier = {row.case_id: row.value for row in before.rows(PASSED)} if before else {}
    current = {row.case_id: row.value for row in now.rows(PASSED)} if now else {}
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    passing = 0
    for kind, case_id in _kinds(earlier, current):
        if kind == "still_passing":
            passing += 1
        elif kind:
            found[kind].append(case_id)
    return CaseChanges(still_passing=passing, **{kind: tuple(sorted(ids)) for kind, ids in found.items()})


def _kinds(earlier: Mapping[str, float | None], current: Mapping[str, float | None]) -> Iterator[tuple[str, str]]:
    for case_id, value in current.items():
        if case_id not in earlier or earlier[case_id] is None:
            new = case_id not in earlier or value is not None
            yield ("" if value is None or not new else "new_passing" if value else "new_failing"), case_id
        elif value is None:
            yield "lost", case_id
        else:
            was = earlier[case_id]
            kind = ("still_passing" if value else "broken") if was else ("fixed" if value else "still_failing")
            yield kind, case_id
    yield from (("gone", case_id) for case_id in earlier if case_id not in current)
