"""``-n``: each unique call is sent once, each model loaded once, and all that is told equals a run in one process."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from acceptance.conftest import EACH, GATE, App

TWO = ("-p", "xdist", "-n", "2")

CRASHES = """
import os
import toy
from pathlib import Path

FLAG = Path(os.environ["TOY_LOG"]).with_name("crashed")

def answer(question):
    reply = toy.answer(question)
    if "lemon" in question and not FLAG.exists():
        FLAG.touch()
        os._exit(1)
    return reply
"""
LOADS = """
import os
from pathlib import Path

def pytest_configure(config):
    from robustcore.endpoints.local import encoder_model
    load = encoder_model.LoadedModel.__init__
    log = Path(os.environ["TOY_LOG"]).with_name("loads.log")

    def logged(self, *args, **options):
        with log.open("a") as stream:
            stream.write(f"{os.getpid()}\\n")
        load(self, *args, **options)

    encoder_model.LoadedModel.__init__ = logged
"""


def told(result: pytest.RunResult) -> list[str]:
    """Return the summary: what stands between its heading and pytest's last line."""
    lines = result.outlines
    start = next(index for index, line in enumerate(lines) if "robustness summary" in line)
    end = next(index for index, line in enumerate(lines) if index > start and re.match(r"=+ ", line))
    return [line for line in lines[start + 1 : end] if not line.startswith("report: ")]


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {case["id"]: case["outcome"] for scenario in report["scenarios"] for case in scenario["cases"]}


def report_of(app: App, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((app.path / name).read_text(encoding="utf-8"))
    return found


@dataclass
class Both:
    """A run in one process and the same in two workers, each with a ledger of its own, and the calls of each."""

    alone: pytest.RunResult
    alone_calls: Counter[str]
    two: pytest.RunResult
    two_calls: Counter[str]


def both(app: App, *options: str) -> Both:
    alone = app.run_apart("--robust-report=one.json", "--robust-ledger=one.sqlite", *options)
    alone_calls = Counter(app.calls)
    app.forget_calls()
    two = app.run_apart(*TWO, "--robust-report=two.json", "--robust-ledger=two.sqlite", *options)
    return Both(alone, alone_calls, two, Counter(app.calls))


def test_each_call_is_sent_once_and_the_summary_is_that_of_one_process(app: App) -> None:
    app.scenario("upper", body=EACH)
    app.scenario("typos", perturb="  - question.typos", body="severity: [0.5, 1]\n" + GATE)
    runs = both(app)
    assert runs.two_calls == runs.alone_calls
    assert set(runs.two_calls.values()) == {1}
    assert told(runs.two) == told(runs.alone)
    one, other = report_of(app, "one.json"), report_of(app, "two.json")
    assert outcomes(one) == outcomes(other)
    assert {**one["calls"], "seconds": 0} == {**other["calls"], "seconds": 0}


def test_everything_stands_in_the_order_of_the_files(app: App) -> None:
    """Conditions, severities, questions and files whose order is not that of their names."""
    rows = (app.path / "questions.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (app.path / "questions.jsonl").write_text("".join(rows[::-1]), encoding="utf-8")
    body = "expect: [{group: {measure: answer_correct, by: [perturbation, severity], at-least: 0.5}}]\n"
    modes = ", ".join(f"{{question.casing: {{mode: {mode}}}}}" for mode in ("upper", "title", "alternating"))
    for name in ("upper", "again"):
        app.scenario(name, perturb=f"  [{modes}, clean]", body="severity: [1, 0.5]\n" + body)
    both(app, "upper.robust.yaml", "again.robust.yaml")
    one, other = report_of(app, "one.json"), report_of(app, "two.json")
    assert [found["name"] for found in one["scenarios"]] == ["upper", "again"]
    labels = [found["label"] for found in one["scenarios"][0]["conditions"]]
    assert labels != sorted(labels)
    assert other["scenarios"] == one["scenarios"]


@pytest.mark.parametrize("system", ["raises_on_upper", "raises_always", "times_out", "times_out_on_upper"])
def test_errors_are_retried_told_and_counted_as_by_one_process(app: App, system: str) -> None:
    app.scenario(system=system, body=EACH)
    runs = both(app)
    assert runs.two_calls == runs.alone_calls
    assert runs.two.parseoutcomes() == runs.alone.parseoutcomes()
    assert told(runs.two) == told(runs.alone)


def test_a_second_run_is_answered_by_the_ledger_only_where_that_is_allowed(app: App) -> None:
    app.scenario(body="system: {use: answer, version: '1'}\n" + EACH, system="answer")
    path = app.path / "upper.robust.yaml"
    text = path.read_text(encoding="utf-8").replace("system: answer\n", "", 1)
    path.write_text(text, encoding="utf-8")
    app.run_apart(*TWO)
    app.forget_calls()
    again = app.run_apart(*TWO)
    assert app.calls == []
    again.stdout.fnmatch_lines(["*10 asked, 10 unique, 10 from the ledger, 0 sent*"])


def test_nothing_is_kept_where_nothing_is_to_be_kept(app: App) -> None:
    app.scenario(body=EACH)
    app.run_apart(*TWO, "--robust-ledger=none")
    assert max(Counter(app.calls).values()) == 1
    assert not list(app.path.rglob("*.sqlite"))


def test_a_worker_that_crashes_loses_nothing(app: App) -> None:
    app.pytester.makepyfile(crashes=CRASHES)
    app.scenario(system="crashes:answer", body=EACH)
    result = app.run_apart(*TWO)
    assert (app.path / "crashed").exists()
    counts = Counter(app.calls)
    again = {question for question, times in counts.items() if times > 1}
    assert len(counts) == 10
    assert again == {question for question in again if "lemon" in question}, "only what was under way is sent again"
    result.stdout.fnmatch_lines(["*crashed*"])


def test_stopping_early_sends_few_calls_and_each_once(app: App) -> None:
    app.scenario(body=EACH)
    app.run_apart(*TWO, "-x")
    assert max(Counter(app.calls).values()) == 1


@pytest.mark.slow
def test_a_model_is_loaded_by_one_process_for_all(app: App) -> None:
    pytest.importorskip("sentence_transformers", reason="needs the extra 'local'")
    app.pytester.makepyfile(loads=LOADS)
    app.scenario(system="embedded", body="expect: [{group: {measure: abstained, at-most: 1}}]\n")
    runs = both(app, "-p", "loads")
    assert told(runs.two) == told(runs.alone)
    loads = (app.path / "loads.log").read_text(encoding="utf-8").split()
    assert len(loads) == 2, "one by the run alone, one by the run in two workers"
    one, other = report_of(app, "one.json"), report_of(app, "two.json")
    assert outcomes(one) == outcomes(other)
    assert [(e["name"], e["sent"]) for e in one["endpoints"]] == [(e["name"], e["sent"]) for e in other["endpoints"]]
