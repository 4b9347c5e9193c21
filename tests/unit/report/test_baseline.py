"""The baseline file: small, sorted, stable, and the same rows after a round trip."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from robustcore.errors import InputError
from robustcore.report.baseline import PASSED, dump_baseline, read_snapshot, scenario_rows
from robustcore.report.compare import compare
from robustcore.report.types import CaseRecord, DataReport, GateReport, MeasureReport, ScenarioReport
from robustcore.stats.rows import Estimate


def case(item: str, value: float | None, *, clean: float = 1.0, condition: str = "typos", **rest: Any) -> CaseRecord:
    given: dict[str, Any] = {"outcome": "passed" if value == 1 else "failed", "cluster": item, "severity": 1.0} | rest
    return CaseRecord(
        id=f"{condition}-s1-{item}",
        item=item,
        condition=condition,
        family=condition,
        replicate=0,
        reason="",
        changed=True,
        scores={"m": (value, "" if value is not None else "noop")},
        clean={"m": (clean, "")},
        **given,
    )


def gate(measure: str, **cell: str) -> GateReport:
    return GateReport(
        name=measure,
        measure=measure,
        cell=cell,
        threshold="≥ 0.5",
        confidence=0.95,
        status="passed",
        estimate=Estimate(value=1.0),
        sentence="",
        needed=None,
        where="",
    )


def scenario(*cases: CaseRecord, gates: tuple[GateReport, ...] = (), **options: Any) -> ScenarioReport:
    return ScenarioReport(
        name="s",
        where="s.yaml:1",
        claim="",
        system="x",
        data=DataReport(name="d", docs=1, questions=1, unanswerable=0, fingerprint="f"),
        measures={"m": MeasureReport(status="OURS", higher_is_better=True, binary=False, options=options)},
        conditions=(),
        gates=gates,
        cases=cases,
    )


def test_the_file_does_not_depend_on_the_order_of_cases_and_reads_back(tmp_path: Path) -> None:
    cases = [case(f"q{i}", float(i % 2), cluster=f"c{i // 2}", tags=("x",)) for i in range(6)]
    one, other = ({"s": scenario_rows(scenario(*given))} for given in (cases, cases[::-1]))
    assert dump_baseline(one) == dump_baseline(other)
    (tmp_path / "b.json").write_text(dump_baseline(one))
    back = read_snapshot(tmp_path / "b.json")
    assert dump_baseline(back) == dump_baseline(one)
    assert sorted(map(str, back["s"].rows("m"))) == sorted(map(str, one["s"].rows("m")))


def test_one_changed_case_is_one_changed_line() -> None:
    before = dump_baseline({"s": scenario_rows(scenario(*(case(f"q{i}", 1.0) for i in range(9))))}).splitlines()
    after = dump_baseline(
        {"s": scenario_rows(scenario(*(case(f"q{i}", float(i != 4)) for i in range(9))))}
    ).splitlines()
    assert [(a, b) for a, b in zip(before, after, strict=True) if a != b] == [('["q4", 0, 1, 1],', '["q4", 0, 0, 0],')]


def test_twenty_thousand_cases_stay_small() -> None:
    cases = [case(f"question-{i:05}", float(i % 3 == 0), condition=f"c{j}") for i in range(2000) for j in range(10)]
    assert len(dump_baseline({"s": scenario_rows(scenario(*cases))})) < 1_000_000


def test_an_unscored_case_keeps_its_reason() -> None:
    (row,) = scenario_rows(scenario(case("q", None, outcome="skipped", status="noop"))).rows("m")
    assert (row.value, row.reason) == (None, "noop")


def test_holm_counts_every_gate_of_the_session() -> None:
    gates = tuple(gate("m", perturbation=name) for name in ("a", "b", "c"))
    before = scenario(*(case(f"q{i}", 1.0, condition=c) for c in "abc" for i in range(30)), gates=gates)
    after = scenario(
        *(case(f"q{i}", float(c != "a" or i >= 5), condition=c) for c in "abc" for i in range(30)), gates=gates
    )
    found = compare({"s": scenario_rows(before)}, {"s": scenario_rows(after)})
    assert [one.p for one in found.comparisons] == [pytest.approx(1 / 32), 1.0, 1.0]
    assert found.comparisons[0].adjusted == pytest.approx(3 / 32)
    assert not found.regressed  # five of five would be significant alone, not as the best of three


def test_cases_of_one_question_are_no_independent_evidence() -> None:
    """Eight cases broke, all of one question: McNemar on cases would call that significant."""
    before = scenario(*(case(f"q{i}", 1.0, condition=f"c{j}") for i in range(30) for j in range(8)))
    after = scenario(*(case(f"q{i}", float(i > 0), condition=f"c{j}") for i in range(30) for j in range(8)))
    (one,) = compare({"s": scenario_rows(before)}, {"s": scenario_rows(after)}).comparisons
    assert (one.down, one.p, one.status) == (8, 0.5, "unchanged")
    assert "sign flips" in one.test


def test_values_with_other_options_are_not_compared() -> None:
    gates = (gate("m"),)
    rows = [scenario_rows(scenario(case("q", 1.0), gates=gates, matcher=name)) for name in ("one", "two")]
    (one,) = compare({"s": rows[0]}, {"s": rows[1]}).comparisons
    assert one.status == "error"
    assert "options_mismatch" in one.sentence


@pytest.mark.parametrize("measure", ["m", "drop_abs(m)", "union(m)", "worst_case(m)", PASSED])
def test_every_kind_of_gate_notices_a_collapse(measure: str) -> None:
    gates = (gate(measure),)
    rows = [
        scenario_rows(scenario(*(case(f"q{i}", value, condition=c) for i in range(30) for c in "ab"), gates=gates))
        for value in (1.0, 0.0)
    ]
    assert [c.status for c in compare({"s": rows[0]}, {"s": rows[1]}).comparisons] == ["regressed"]
    assert [c.status for c in compare({"s": rows[1]}, {"s": rows[0]}).comparisons] == ["improved"]


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": "x"}', '{"schema": "pytest-robust/baseline", "version": 2}'])
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(InputError):
        read_snapshot(tmp_path / "b.json")


def test_a_damaged_baseline_is_refused_in_words(tmp_path: Path) -> None:
    data = json.loads(dump_baseline({"s": scenario_rows(scenario(case("q", 1.0)))}))
    data["scenarios"]["s"]["conditions"]["typos-s1"]["rows"][0].pop()
    (tmp_path / "b.json").write_text(json.dumps(data))
    with pytest.raises(InputError, match="has not one value per column"):
        read_snapshot(tmp_path / "b.json")
