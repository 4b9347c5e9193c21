"""Suite aggregates in the summary: a line each, grids of cells, and what is missing of them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console, Group

from robustcore.report.aggregates import aggregate_tables
from robustcore.report.types import SuiteReport
from robustcore.stats.rows import Estimate

RULES = "scored_by=rules"


def suite(name: str, value: float | None = 0.5, *, complete: bool = True, **rest: Any) -> SuiteReport:
    interval = {"low": 0.4, "high": 0.6} if value is not None else {}
    estimate = Estimate(value=value, n=0 if value is None else 131, **{**interval, **rest})
    return SuiteReport(
        name=name, status="PAPER", options={}, estimate=estimate, covers="2 of 5 parts; without ocr", complete=complete
    )


def shown(*suites: SuiteReport, width: int = 80) -> list[str]:
    console = Console(file=(out := io.StringIO()), width=width)
    console.print(Group(*aggregate_tables(suites, width)))
    return [line.rstrip() for line in out.getvalue().splitlines() if line.strip()]


def test_options_that_all_share_stand_in_the_heading() -> None:
    lines = shown(suite(f"failsafe.robustness({RULES})"), suite(f"failsafe.llmc({RULES}, tag=qa)"))
    assert lines[0].split()[0] == f"aggregate({RULES})"
    assert [line.split()[0] for line in lines[2:]] == ["failsafe.robustness", "failsafe.llmc(tag=qa)"]


def test_unscored_cases_are_counted_and_bound_the_value_where_there_is_room() -> None:
    one = suite("failsafe.robustness", unscored={"noop": 20}, if_zero=0.43, if_one=0.56)
    assert shown(one)[2].split() == ["failsafe.robustness", "0.50", "[0.40,", "0.60]", "131/151"]
    assert shown(one, width=100)[2].endswith("131/151  0.43 to 0.56")


def test_an_incomplete_aggregate_says_what_it_rests_on_and_an_empty_split_nothing() -> None:
    without = suite("failsafe.robustness", complete=False, unscored={"not_applicable": 3})
    lines = shown(without, suite("rare_met.query(known=yes)", None, complete=False))
    assert lines[-1] == "  failsafe.robustness: 2 of 5 parts; without ocr; not scored: 3 not_applicable"
    assert lines[3].split() == ["rare_met.query(known=yes)", "–", "0"]


def test_what_holds_of_every_aggregate_without_a_value_is_said_once() -> None:
    lost = {"not_applicable": 44}
    gaps = [suite(f"der2.{name}", None, complete=False, unscored=lost) for name in ("rloss", "identity")]
    other = suite("der2.noise_loss", None, complete=False, unscored={"judge_error": 2})
    lines = shown(*gaps, other)
    assert lines[2].split() == ["der2.rloss", "–", "0/44"]
    assert lines[-2:] == [
        "  der2.rloss, der2.identity: nothing scored: 44 not_applicable",
        "  der2.noise_loss: nothing scored: 2 judge_error",
    ]
    many = [suite(f"der2.score[{name}]", None, complete=False, unscored=lost) for name in "abcdefg"]
    assert shown(*many)[-1] == "  all 7: nothing scored: 44 not_applicable"


@pytest.mark.parametrize("width", [80, 120])
def test_cells_form_a_grid_that_fits(width: int) -> None:
    queries, documents = ("original", "irrelevant"), ("gold", "answer_removed", "answer_kept", "retrieved")
    cells = [suite(f"rare_met.cell[{query},{document}]") for query in queries for document in documents]
    lines = shown(*cells, width=width)
    assert lines[0].split() == ["rare_met.cell", *documents]
    assert max(map(len, lines)) <= width
    assert [line.split()[0] for line in lines[2:] if not line.startswith("   ")] == list(queries)
    assert "\n".join(lines).count("[0.40, 0.60]") == len(cells)
    assert len(lines) == 2 + len(queries) * (1 if width == 120 else 2)
