"""Every benchmark has its place on the page of performance, and what it prints goes there."""

from __future__ import annotations

import pytest

from benchmarks.__main__ import REPEATS
from benchmarks.record import PAGE, renewed


@pytest.mark.parametrize("letter", sorted(REPEATS))
def test_a_benchmark_has_its_place_on_the_page(letter: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    after = renewed(page, letter, "(x) figures\n  12.5 times\n")
    assert "```text\n(x) figures\n  12.5 times\n```" in after
    assert renewed(after, letter, "again").count("12.5 times") == 0
    rest = [other for other in REPEATS if other != letter]
    assert all(f"<!-- bench {other} -->" in after for other in rest)


def test_a_benchmark_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place for benchmark z"):
        renewed("# Performance\n", "z", "printed")
