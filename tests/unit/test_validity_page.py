"""The page of validity tells what was recorded: planted systems from weak to strong, false alarms, misses, labels."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from recorder import Recorder

from robustcore.stats.rows import Estimate

ROOT = Path(__file__).resolve().parents[2]
LABELS = "<!-- labels:begin -->\nSeen on 2001-02-03.\n<!-- labels:end -->\n"


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Return a function that records, writes the page from the file, and gives its text."""
    made = importlib.import_module("docs.validity")
    monkeypatch.setattr(made, "PAGE", tmp_path / "validity.md")

    def once(recorder: Recorder, before: str = "") -> str:
        (tmp_path / "validity.md").write_text(before, encoding="utf-8")
        recorder.write(tmp_path / "made" / "rows.json")
        assert made.main([str(tmp_path / "made" / "rows.json")]) == 0
        return (tmp_path / "validity.md").read_text(encoding="utf-8")

    return once


def recorded() -> Recorder:
    recorder = Recorder()
    recorder.verdicts("evidence", "first", {"position": "failed", "memory": "passed"}, own=("position",), strength=1.0)
    recorder.verdicts("rare", "sound", {"query 1": ("passed", 0.9)})
    recorder.verdicts("evidence", "first", {"position": ("inconclusive", 0.5)}, own=("position",), strength=0.35)
    recorder.verdicts("evidence", "sound", {"position": "passed", "memory": ("failed", 0.25)})
    recorder.verdicts("rare", "shy", {"query 1": ("failed", 0.1), "querying": "failed"}, own=("query",), strength=1.0)
    found = Estimate(value=0.4, n=20, clusters=20, low=0.31, high=0.52, method="")
    recorder.parameter("parrot", "follows", "parrot.follow", 0.35, found)
    recorder.parameter("parrot", "follows", "parrot.resistance", 0.25, found)
    recorder.interval("share", "20 questions", 400, (0.02, 0.055))
    return recorder


def test_each_group_stands_once_its_sound_system_first_and_a_planted_one_from_weak_to_strong(write: Any) -> None:
    lines = write(recorded()).splitlines()
    assert [line for line in lines if line.startswith("###")] == ["### evidence", "### rare"]
    start = lines.index("### evidence") + 4
    assert lines[start : start + 3] == [
        "| sound |  | none | `memory` **failed** (0.25) |",
        "| first | 0.35 | `position` undecided (0.5) |  |",
        "| first | 1 | `position` **failed** | all 1 passed |",
    ]


def test_a_gate_is_its_own_by_its_whole_name_and_all_are_counted(write: Any) -> None:
    page = write(recorded())
    assert "| shy | 1 | `query 1` **failed** (0.1) | `querying` **failed** |" in page
    assert "On sound systems 2 of 3 gates passed. Of 3 own gates\n2 failed, as they should, 1 stayed undecided" in page
    assert "Of 2 gates beside them 1 failed and 0 stayed undecided." in page


def test_parameters_outside_their_interval_are_not_counted_as_recovered(write: Any) -> None:
    page = write(recorded())
    assert "\n1 of 2 lie in their intervals.\n" in page
    assert "| parrot | follows | `parrot.follow` | 0.35 | 0.400 | [0.310, 0.520] |" in page


def test_misses_are_shares_and_labels_of_an_earlier_run_stay(write: Any) -> None:
    page = write(recorded(), before=f"an old line\n{LABELS}")
    assert "| share | 20 questions | 400 | 2.0% | 5.5% |" in page
    assert LABELS in page
    assert "an old line" not in page


def test_what_is_written_is_json_of_all_rows(tmp_path: Path) -> None:
    recorded().write(tmp_path / "rows.json")
    rows = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert {kind: len(found) for kind, found in rows.items() if kind != "made"} == {
        "judged": 8,
        "recovered": 2,
        "missed": 1,
        "agreed": 0,
    }
    assert rows["made"]["day"] == datetime.now(UTC).date().isoformat()


def test_the_shipped_page_holds_every_group_that_is_recorded() -> None:
    page = (ROOT / "docs" / "validity.md").read_text(encoding="utf-8")
    for group in ("quickstart", "rare", "failsafe", "parrot", "emotion", "der2", "retrievers"):
        assert f"\n### {group}\n" in page
