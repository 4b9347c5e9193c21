"""The bar of a run: whole at 80 columns, however large the numbers; more where there is room."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from robustcore.calls.progress import Counters, RichProgress, Spent, told_in

LARGE = Counters(asked=17746, unique=7746, hits=1200, sent=4650, under_way=1896)


@pytest.mark.parametrize("width", [80, 120])
def test_nothing_of_the_bar_is_cut_off(width: int) -> None:
    screen = io.StringIO()
    with RichProgress(Console(file=screen, width=width, force_terminal=True, color_system=None)) as bar:
        bar.update(LARGE, 365, 6331)
    shown = screen.getvalue()
    assert "5850/7746 calls, 365/6331 cases, 1896 under way" in shown
    assert "…" not in shown


def test_what_has_no_room_is_left_out_whole() -> None:
    counters = Counters(asked=90, unique=70, hits=5, sent=65, spent={"model": Spent(input_tokens=1234)})
    assert told_in(0, counters, 70, "3/9") == "70/70 calls, 3/9 cases"
    assert told_in(200, counters, 70, "3/9") == (
        "70/70 calls, 3/9 cases, 1,234 tokens, 5 from the ledger, 90 asked for"
    )
