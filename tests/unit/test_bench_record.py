"""Every benchmark has its place on the page of performance, and what it prints goes there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from benchmarks.__main__ import REPEATS
from benchmarks.record import PAGE, renewed
from benchmarks.timing import verdict


@pytest.mark.parametrize("letter", sorted(REPEATS))
def test_a_benchmark_has_its_place_on_the_page(letter: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    after = renewed(page, letter, "(x) figures\n  12.5 times\n")
    assert "```text\n(x) figures\n  12.5 times\n```" in after
    assert renewed(after, letter, "again").count("12.5 times") == 0
    rest = [other for other in REPEATS if other != letter]
    assert all(f"<!-- bench {other} -->" in after for other in rest)


def test_goals_of_all_blocks_stand_in_one_table_and_a_run_renews_its_own() -> None:
    page = "<!-- goals -->\nold\n<!-- end goals -->\n" + "".join(
        f"<!-- bench {letter} -->\n| a table | met (1, at most 2) |\n<!-- end {letter} -->\n" for letter in "ab"
    )
    lines = [
        "some processor, load 2.5, 1.0, 0.5",
        "(b) many cases; 3 repeats",
        "          wall  times peer  target  bare  target",
        "  of one  1.5 s  " + verdict(1.234, at_most=1.5),
        "  of two  2 s  ",
    ]
    lines[4] += f"{verdict(4.0, at_least=5)}  3  {verdict(0.5, at_most=9)}"
    after = renewed(page, "b", "\n".join(lines))
    today = datetime.now(UTC).date().isoformat()
    assert after.partition("<!-- end goals -->")[0].splitlines()[3:] == [
        f"| b | many cases | of one | 1.23 | at most 1.5 | {today} | 2.5 |",
        f"| b | many cases | of two, times peer | **4, missed** | at least 5 | {today} | 2.5 |",
        f"| b | many cases | of two, bare | 0.5 | at most 9 | {today} | 2.5 |",
    ]
    again = renewed(after, "a", "(a) idle; 15 repeats\n  a run  " + verdict(3, at_most=20))
    assert again.count("| a | idle | a run | 3 | at most 20 |") == 1
    assert again.count("| b | many cases |") == 3


def test_a_benchmark_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place for benchmark z"):
        renewed("# Performance\n", "z", "printed")
