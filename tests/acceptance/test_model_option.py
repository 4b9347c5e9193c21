"""``--robust-model``: any scenario against a language model, with no Python written; what that costs, in the end."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

import models
import pytest
from acceptance.conftest import EACH, GATE, App
from servers.fault_server import FaultServer
from servers.faults import Asked

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger
from robustcore.case import CLEAN, Case
from robustcore.corpus.records import Corpus, Dataset, Doc, Example
from robustcore.systems.drive import drive
from robustcore.systems.model_rag import build

pytest.importorskip("sentence_transformers")
pytest.importorskip("langchain_openai")

SECRET = "planted-93aa-value"
FRUIT = {"apple": "1", "pear": "2", "plum": "3", "grape": "4", "lemon": "5"}


def knows(asked: Asked) -> str:
    """Answer from the passages of the prompt, as a model would: cite the one that speaks of the fruit."""
    passages, _, question = asked.prompt.rpartition("Question: ")
    fruit = next((word for word in FRUIT if word in question.lower()), "")
    found = re.search(rf"\[(\d+)\] [^\n]*\b{fruit}\b stands for (\d)", passages)
    return f"{found[2]} [{found[1]}]" if found else "I could not find this in the documents."


@pytest.fixture(name="server")
def _server() -> Iterator[FaultServer]:
    with FaultServer(answer=knows) as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Load what a run loads, once: pytester forgets modules, and those with C parts must not be imported twice."""
    data = Dataset(name="x", corpus=Corpus.of([Doc(id="d", text="The word apple stands for 1.")]), examples=())
    case = Case("clean-q", Example(id="q", question="Which digit is apple"), CLEAN)
    ledger = Ledger(None)
    engine = Engine(ledger, ledger.start_run())
    with FaultServer(answer=knows) as server:
        system = build(data, {"model": "openai:tiny", "base_url": server.url})
        engine.add_endpoints(system.endpoints)
        (trial,) = dict(engine.run([("q", drive(case, system, data.corpus))])).values()
    assert trial.answer is not None


def model(server: FaultServer, *arguments: str) -> list[str]:
    given = [f"base_url={server.url}", "retries=0", *arguments]
    return ["--robust-model=openai:tiny", *(f"--robust-model-arg={pair}" for pair in given)]


def test_a_scenario_runs_against_a_model_behind_a_service(app: App, server: FaultServer) -> None:
    body = "expect: [{each: {measure: citation_correct, at-least: 1}}]\n"
    app.scenario(body=body)
    result = app.run(*model(server), "--robust-report=out.json")
    result.assert_outcomes(passed=5)
    assert len(server.seen) == 10
    (scenario,) = json.loads((app.path / "out.json").read_text())["scenarios"]
    assert scenario["system"] == "openai:tiny as model-rag/1"
    texts = scenario["cases"][0]["texts"]
    assert (texts["answer"], texts["evidence"]) == ("1", "[d1] The word apple stands for 1.")


def test_the_yaml_may_name_the_model(app: App, server: FaultServer) -> None:
    options = f"{{model: 'openai:tiny', base_url: '{server.url}', retries: 0, k: 2}}"
    app.scenario(system=f"{{use: model, options: {options}}}", perturb="  - context.position_shuffle", body=EACH)
    app.run().assert_outcomes(passed=5)
    assert "[3]" not in server.seen[0].prompt


def test_summary_and_report_tell_calls_tokens_and_cost(app: App, server: FaultServer) -> None:
    app.scenario(body=EACH)
    result = app.run(*model(server, "price=1000/2000"), "--robust-report=out.json")
    report = json.loads((app.path / "out.json").read_text())
    (told,) = (endpoint for endpoint in report["endpoints"] if endpoint["name"].startswith("openai:tiny@"))
    assert (told["sent"], told["failed"], told["live"]) == (10, 0, False)
    assert told["input_tokens"] > told["output_tokens"] > 0
    assert told["cost"] == pytest.approx((told["input_tokens"] * 1000 + told["output_tokens"] * 2000) / 1e6)
    line = f"openai:tiny@*: 10 calls, {told['input_tokens']:,} tokens in, {told['output_tokens']:,} out, * s, "
    result.stdout.fnmatch_lines([f"  {line}cost {told['cost']:.4f}"])
    assert report["calls"]["sent"] == sum(endpoint["sent"] for endpoint in report["endpoints"])
    again = app.run(*model(server))
    again.stdout.fnmatch_lines(["*openai:tiny@*: 10 calls*"])
    assert "cost" not in again.stdout.str().partition("openai:tiny@")[2].partition("\n")[0]


def test_what_the_ledger_answers_costs_nothing(app: App, server: FaultServer) -> None:
    app.scenario(body=EACH)
    for _ in range(2):
        result = app.run(*model(server, "version=7", "price=1/1"), "--robust-report=out.json")
        result.assert_outcomes(passed=5)
    assert len(server.seen) == 10
    assert json.loads((app.path / "out.json").read_text())["endpoints"] == []


def test_the_plan_estimates_tokens_and_cost_without_asking(app: App, server: FaultServer) -> None:
    app.scenario(body=EACH)
    result = app.run(*model(server, "price=1000/2000", "max_tokens=50"), "--robust-plan")
    text = result.stdout.str()
    found = re.search(
        r"at most 10 calls, about ([\d,]+) input and at most 500 output tokens, cost about ([\d.]+)", text
    )
    assert found is not None, text
    tokens = int(found[1].replace(",", ""))
    assert float(found[2]) == pytest.approx((tokens * 1000 + 500 * 2000) / 1e6)
    assert server.seen == []
    unpriced = app.run("--robust-model=openai:gpt-x", "--robust-plan")
    unpriced.stdout.fnmatch_lines(
        ["*openai:gpt-x@*live: needs --robust-live*", "*cost unknown (give price: INPUT/OUTPUT per million tokens)*"]
    )


def test_the_estimate_is_not_below_what_is_used(app: App, server: FaultServer) -> None:
    app.scenario(body=EACH)
    plan = app.run(*model(server), "--robust-plan").stdout.str()
    found = re.search(r"about ([\d,]+) input", plan)
    assert found is not None
    app.run(*model(server), "--robust-report=out.json")
    used = json.loads((app.path / "out.json").read_text())["endpoints"]
    assert int(found[1].replace(",", "")) >= sum(endpoint["input_tokens"] for endpoint in used)


def test_a_fault_of_the_service_is_an_error_and_no_failure(app: App, server: FaultServer) -> None:
    app.jsonl(
        "questions.jsonl",
        [{"id": "q1", "question": "Which digit is apple please [fault: server_error]", "answers": ["1"]}],
    )
    app.scenario(perturb="  - context.position_shuffle", body=EACH)
    app.run(*model(server)).assert_outcomes(errors=1)


def test_no_key_is_found_in_what_is_written_or_told(
    app: App, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_KEY", SECRET)
    app.scenario(body=EACH)
    options = [*model(server, "api_key_env=TINY_KEY"), "--robust-report=out.json", "--log-file=log.txt"]
    result = app.run_apart(*options, "--log-file-level=DEBUG", "-vv", "--showlocals")
    result.assert_outcomes(passed=5)
    assert {seen.headers["authorization"] for seen in server.seen} == {f"Bearer {SECRET}"}
    files = {path.name: path.read_bytes() for path in app.path.rglob("*") if path.is_file()}
    assert {"out.json", "log.txt", "ledger.sqlite"} <= set(files)
    assert [name for name, content in files.items() if SECRET.encode() in content] == []
    assert SECRET not in result.stdout.str() + result.stderr.str()


def test_a_key_that_is_not_set_is_told_before_anything_is_sent(
    app: App, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TINY_KEY", raising=False)
    app.scenario(body=EACH)
    result = app.run(*model(server, "api_key_env=TINY_KEY"))
    result.stderr.fnmatch_lines(["*openai:tiny needs the environment variable TINY_KEY, which is not set*"])
    assert server.seen == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--robust-model=gpt-4o"], "'gpt-4o' names no model"),
        (["--robust-model=openai:x", "--robust-model-arg=bse_url=y"], "did you mean 'base_url'?"),
        (["--robust-model=openai:x", "--robust-model-arg=rpm"], "'rpm' is not KEY=VALUE"),
        (["--robust-model=openai:x", "--robust-model-arg=k=1", "--robust-model-arg=k=2"], "'k' is given twice"),
        (["--robust-model-arg=k=1"], "goes with --robust-model, which is not given"),
        (["--robust-model=openai:x", "--robust-system=sturdy"], "give one of them"),
    ],
)
def test_a_wrong_option_stops_the_run_with_one_message(app: App, options: list[str], said: str) -> None:
    app.scenario(body=EACH)
    result = app.run(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{said}*"])


def test_a_system_of_the_application_cannot_be_called_model(app: App) -> None:
    app.pytester.makeconftest("def pytest_robust_systems(config): return {'model': len}")
    app.scenario(body=GATE)
    result = app.run()
    assert "'model' is a system of ours" in result.stdout.str() + result.stderr.str()


def test_a_failure_names_the_command_that_asks_the_same_model_again(app: App, server: FaultServer) -> None:
    app.jsonl("questions.jsonl", [{"id": "q1", "question": "Which digit is cherry please", "answers": ["9"]}])
    app.scenario(body=EACH)
    result = app.run(*model(server))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*run again*--robust-model=openai:tiny --robust-model-arg=base_url={server.url}*"])


def test_a_shipped_pack_runs_against_a_local_model_in_a_folder(app: App, tmp_path: Path) -> None:
    folder = models.causal_model(tmp_path / "tiny", positions=4096)
    arguments = ["max_tokens=8", "context_chars=1200", "k=2", "dtype=fp32", "device_map=cpu", "threads=1"]
    options = [f"--robust-model={folder}", *(f"--robust-model-arg={pair}" for pair in arguments)]
    pack = ["--robust-pack=quickstart/typos.robust.yaml", "--robust-data=handbook", "--robust-sample=2"]
    pack.append("--robust-items=group")
    result = app.run_apart(*options, *pack, "--robust-report=out.json")
    report = json.loads((app.path / "out.json").read_text())
    (told,) = (endpoint for endpoint in report["endpoints"] if endpoint["name"].startswith("tiny@"))
    assert told["sent"] >= 2
    assert (told["failed"], told["live"], told["cost"]) == (0, False, None)
    assert told["output_tokens"] > 0
    assert result.parseoutcomes().get("errors", 0) == 0
    sent = told["sent"]
    app.run_apart(*options, *pack, "--robust-report=out.json")
    again = json.loads((app.path / "out.json").read_text())
    assert (again["endpoints"], again["calls"]["hits"] >= sent) == ([], True)


CLOSED = [
    {
        "id": f"c{n}",
        "question": f"Which letter stands for {n}?",
        "options": dict(zip("ABCD", "wxyz", strict=True)),
        "gold": "B",
    }
    for n in range(3)
]


def test_closed_questions_ask_a_service_for_log_probabilities(app: App) -> None:
    """The service keeps its answer and is as sure of it under pressure: nothing moves, and confidence is known."""
    app.jsonl("closed.jsonl", CLOSED)
    use = "{parrot: {grid: false, further: false, turns: false}}"
    (app.path / "pressed.robust.yaml").write_text(
        f"robust: 1\nname: pressed\ndata: closed.jsonl\nuse: {use}\nitems: group\n", encoding="utf-8"
    )
    with FaultServer(answer=lambda asked: '{ "final": "B" }') as served:
        app.run(*model(served), "--robust-report=out.json")
        asked = [(seen.body["logprobs"], seen.body["top_logprobs"]) for seen in served.seen]
    assert asked == [(True, 20)] * 12  # neutral, pressed, and two controls of each
    (scenario,) = json.loads((app.path / "out.json").read_text())["scenarios"]
    found = {suite["name"]: suite["estimate"] for suite in scenario["suites"]}
    moved = next(found[name] for name in found if name.startswith("parrot.delta_conf"))
    assert (found["parrot.follow"]["value"], moved["value"], moved["n"]) == (0, 0, 3)
    scores = [(name, score) for case in scenario["cases"] for name, (score, _) in case["scores"].items()]
    sure = [score for name, score in scores if name.startswith("parrot.confidence")]
    assert sure == [pytest.approx(1 / (1 + 3 * math.exp(-5 / 3)))] * 12  # three letters unseen, 5 nats below; tau is 3
