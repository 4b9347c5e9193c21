"""Reports and baselines with values that nobody wrote: shown, compared, or refused in words; never a traceback."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_world import hostile_report, small_report

from robustcore.cli import main
from robustcore.report.baseline import dump_baseline, snapshot_of
from robustcore.report.json_form import to_json

REMOVED = object()
INFINITE = float("inf")  # as JSON of Python writes it: no JSON
HOSTILE: tuple[Any, ...] = (None, [], {}, "", "\u202e<script>", -1, 1e300, True, [None], {"a": {}}, INFINITE, REMOVED)
PICKED = 60


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside of a JSON value; of a list, of its first two, which are like the others."""
    inner = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*path, key)
        yield from leaves(part, (*path, key))


def forged(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    copied = copy.deepcopy(value)
    place = copied
    for key in path[:-1]:
        place = place[key]
    if new is REMOVED:
        del place[path[-1]]
    else:
        place[path[-1]] = new
    return copied


def picked(value: Any, seed: int) -> Iterator[tuple[tuple[Any, ...], Any]]:
    draw = random.Random(seed)
    paths = list(leaves(value))
    for path in draw.sample(paths, min(PICKED, len(paths))):
        yield path, forged(value, path, draw.choice(HOSTILE))


@pytest.mark.parametrize("form", ["terminal", "html", "markdown", "sarif", "gitlab", "github"])
def test_a_forged_report_is_shown_or_refused(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "run.json"
    written = json.loads(json.dumps(to_json(hostile_report())))
    for path, data in picked(written, seed=11):
        file.write_text(json.dumps(data))
        target = [] if form == "terminal" else ["--to", f"{form}={tmp_path / 'out'}"]
        assert main(["report", str(file), *target]) in (0, 1), path
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert "\u202e" not in said.out


def test_a_forged_baseline_is_compared_or_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, file = tmp_path / "run.json", tmp_path / "base.json"
    run.write_text(json.dumps(to_json(small_report())))
    written = json.loads(dump_baseline(snapshot_of(small_report())))
    for path, data in picked(written, seed=12):
        file.write_text(json.dumps(data))
        assert main(["compare", str(file), str(run)]) in (0, 1), path
        assert "Traceback" not in capsys.readouterr().err


FOUND: tuple[tuple[tuple[Any, ...], Any], ...] = (  # by `make fuzz`: each ended in a traceback
    (("scenarios", 0, "measures", "answer_correct", "higher_is_better"), REMOVED),
    (("scenarios", 0, "data", "questions"), REMOVED),
    (("scenarios", 0, "cases", 0, "outcome"), "pased"),
    (("scenarios", 0, "cases", 0, "clean", "answer_correct", 0), INFINITE),
    (("calls", "failed"), REMOVED),
    (("calls", "unique"), INFINITE),
)


@pytest.mark.parametrize(("path", "new"), FOUND, ids=[".".join(map(str, path)) for path, _ in FOUND])
def test_what_every_report_has_is_asked_for(
    path: tuple[Any, ...], new: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, file = tmp_path / "run.json", tmp_path / "forged.json"
    written = json.loads(json.dumps(to_json(small_report())))
    run.write_text(json.dumps(written))
    file.write_text(json.dumps(forged(written, path, new)))
    for command in (["report", str(file)], ["compare", str(run), str(file)]):
        assert main(command) == 1
        assert "forged.json" in capsys.readouterr().err


def test_a_baseline_says_what_its_columns_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, file = tmp_path / "run.json", tmp_path / "base.json"
    run.write_text(json.dumps(to_json(small_report())))
    written = json.loads(dump_baseline(snapshot_of(small_report())))
    file.write_text(json.dumps(forged(written, ("scenarios", "rag", "columns", 0), "rate")))
    assert main(["compare", str(file), str(run)]) == 1
    assert "its columns are not pass_rate" in capsys.readouterr().err


@pytest.mark.parametrize("part", ["scores", "clean", "texts"])
def test_a_case_that_lacks_what_every_case_has_is_named(
    part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "run.json"
    written = json.loads(json.dumps(to_json(hostile_report())))
    case = next(case for scenario in written["scenarios"] for case in scenario["cases"] if case["texts"])
    case[part] = {"else": [1.0, ""]} if part != "texts" else {"else": ""}
    file.write_text(json.dumps(written))
    assert main(["report", str(file)]) == 1
    assert "lacks" in capsys.readouterr().err
