"""Operators that need a model: stored variants, ``--robust-writer``, the validity filter, and what is said of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from acceptance.conftest import EACH, WORDS, App
from servers.fault_server import FaultServer
from servers.faults import Asked

pytest.importorskip("sentence_transformers")
pytest.importorskip("langchain_openai")

NEEDS = "not run: needs a chat model (--robust-writer) or a stored variant"
PARAPHRASE = "  - question.paraphrase"


def rewords(asked: Asked) -> str:
    """Reword as a careful model would, but ask about something else where the question is about plums."""
    word = next(word for word in WORDS if word in asked.prompt)
    return "When does the train leave?" if word == "plum" else f"Please, which digit is {word}?"


@pytest.fixture(name="server")
def _server() -> Iterator[FaultServer]:
    with FaultServer(answer=rewords) as server:
        yield server


def writer(server: FaultServer, *more: str) -> list[str]:
    given = [f"base_url={server.url}", "retries=0", "version=1", *more]
    return ["--robust-writer=openai:tiny", *(f"--robust-writer-arg={pair}" for pair in given)]


def report(app: App) -> dict[str, Any]:
    (scenario,) = json.loads((app.path / "out.json").read_text())["scenarios"]
    assert isinstance(scenario, dict)
    return scenario


def store(app: App, name: str, *texts: str) -> None:
    """Give the first questions a stored variant each."""
    rows = [json.loads(line) for line in (app.path / "questions.jsonl").read_text().splitlines()]
    for row, text in zip(rows, texts, strict=False):
        row["variants"] = {name: text}
    app.jsonl("questions.jsonl", rows)


def test_without_a_writer_the_cases_are_skipped_and_the_summary_says_what_is_missing(app: App) -> None:
    app.scenario(perturb=PARAPHRASE, body=EACH)
    result = app.run("--robust-report=out.json")
    result.assert_outcomes(skipped=5)
    result.stdout.fnmatch_lines([f"*SKIPPED*{NEEDS}*"])
    result.stdout.fnmatch_lines(["*paraphrase: not run: needs a chat model*"])
    assert {case["status"] for case in report(app)["cases"]} == {"not_run"}
    assert report(app)["conditions"][0]["realised"]["not_run"] == 5


def test_the_plan_lists_what_will_not_run(app: App) -> None:
    store(app, "question.paraphrase", "Which digit stands for apple?")
    app.scenario(perturb=PARAPHRASE, body=EACH)
    app.run("--robust-plan").stdout.fnmatch_lines([f"question.paraphrase: {NEEDS} (4 cases)"])


def test_stored_variants_run_without_any_model(app: App) -> None:
    store(app, "question.paraphrase", *(f"What digit goes with {word}?" for word in WORDS))
    app.scenario(perturb=PARAPHRASE, body=EACH)
    result = app.run("--robust-report=out.json")
    result.assert_outcomes(passed=5)
    assert "What digit goes with apple?" in app.calls
    (case, *_) = report(app)["cases"]
    assert (case["validity"], case["oracles"], case["similarity"]) == ("valid", {"rules": "valid"}, None)
    assert 0 < case["change"] < 1


def test_a_writer_writes_the_gate_judges_and_the_ledger_keeps_both(app: App, server: FaultServer) -> None:
    app.scenario(perturb=PARAPHRASE, body=EACH)
    result = app.run(*writer(server), "--robust-report=out.json")
    result.assert_outcomes(passed=4, skipped=1)
    result.stdout.fnmatch_lines(["*5 generated: 4 kept, 1 rejected, 0 undecided*", "*SKIPPED*invalid_case: *"])
    result.stdout.fnmatch_lines(["*answer_correct 0.80 to 1.00*"])
    assert not any("train" in asked for asked in app.calls)
    (condition,) = report(app)["conditions"]
    assert condition["measures"][0]["if_rejected"] == [0.8, 1.0]
    assert condition["realised"]["similarity"] > 0.8
    plum = next(case for case in report(app)["cases"] if case["item"] == "q3")
    assert (plum["validity"], plum["texts"]["perturbed"]) == ("invalid", "When does the train leave?")
    assert plum["origins"]["question.paraphrase"]["writer"].startswith("openai:tiny")
    assert re.fullmatch("[0-9a-f]{12}", plum["origins"]["question.paraphrase"]["prompt"])
    app.run(*writer(server)).assert_outcomes(passed=4, skipped=1)
    assert len(server.seen) == 5


def test_a_judge_overrules_the_encoder_and_their_agreement_is_told(app: App, server: FaultServer) -> None:
    app.scenario(perturb=PARAPHRASE, body=EACH)
    with FaultServer(answer=lambda asked: "no" if re.search("apple|train", asked.prompt) else "yes") as other:
        judge = ["--robust-judge=openai:judge", f"--robust-judge-arg=base_url={other.url}"]
        result = app.run(*writer(server), *judge, "--robust-report=out.json")
    result.assert_outcomes(passed=3, skipped=2)
    result.stdout.fnmatch_lines(["*warning: 60% valid (3 of 5), more than 10 points below the 85%*"])
    result.stdout.fnmatch_lines(["*encoder, judge: the same verdict on 4 of 5*"])
    apple = next(case for case in report(app)["cases"] if case["item"] == "q1")
    assert apple["validity"] == "invalid"
    assert apple["oracles"] == {"rules": "undecided", "encoder": "valid", "judge": "invalid"}


def test_a_scenario_that_asks_no_writer_is_not_held_back_by_its_price(app: App) -> None:
    app.scenario(body="")
    app.run("--robust-writer=openai:gpt-x").assert_outcomes(xfailed=5)


def test_a_live_writer_needs_to_be_allowed(app: App) -> None:
    app.scenario(perturb=PARAPHRASE, body=EACH)
    result = app.run("--robust-writer=openai:gpt-x")
    result.assert_outcomes(skipped=5)
    result.stdout.fnmatch_lines(["*SKIPPED*not asked: writer openai:gpt-x*--robust-live*"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--robust-writer=gpt"], "--robust-writer: 'gpt' names no model"),
        (["--robust-writer=openai:x", "--robust-writer-arg=temprature=1"], "has no option 'temprature'"),
        (["--robust-writer-arg=rpm=1"], "--robust-writer-arg goes with --robust-writer"),
        (["--robust-writer=entailment:."], "judges and cannot write"),
        (["--robust-judge=entailment:openai:x"], "an entailment model runs here"),
    ],
)
def test_a_wrong_writer_or_judge_is_told_before_anything_runs(app: App, given: list[str], said: str) -> None:
    app.scenario(perturb=PARAPHRASE, body=EACH)
    result = app.run(*given)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{said}*"])
