"""``pytest-robust perturb``: operators listed, what they do shown, what a model writes stored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.fault_server import FaultServer
from servers.faults import Asked

from robustcore.cli import main

QUESTION = "Which port does the Aurelia leave from in the winter of 1987?"
PARAPHRASE = "From which port does the Aurelia leave in winter 1987?"
QUICK = "--no-encoder"
ROWS: list[dict[str, Any]] = [
    {"id": "q1", "question": QUESTION, "answers": ["Bergen"], "gold_doc_ids": ["d1"], "note": None},
    {"id": "q2", "question": "Who tends the lighthouse lamp at night?", "answers": ["Ada"], "gold_doc_ids": ["d2"]},
]
DOCS = [
    {"id": "d1", "text": "In the winter of 1987 the Aurelia leaves from Bergen. She carries salt."},
    {"id": "d2", "text": "Ada tends the lamp of the lighthouse at night."},
]


@pytest.fixture(name="file")
def _file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = [{key: value for key, value in row.items() if value is not None} for row in ROWS]
    (tmp_path / "docs.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in DOCS), encoding="utf-8")
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def _shown(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    assert main(["perturb", "show", *argv, QUICK, "--json"]) == 0
    (part,) = json.loads(capsys.readouterr().out)
    assert isinstance(part, dict)
    return part


@pytest.mark.parametrize("width", ["80", "120"])
def test_list_tells_of_every_operator_what_it_edits_keeps_and_needs(
    width: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert main(["perturb", "list"]) == 0
    out = capsys.readouterr().out
    for word in ("question.qwerty_swap", "layout=qwerty", "context.empty", "evidence removing", "writer, gate"):
        assert word in out
    assert max(map(len, out.splitlines())) <= int(width)


def test_list_can_be_narrowed_and_read_by_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["perturb", "list", "paraphrase", "corpus", "--json"]) == 0
    first, *rest = json.loads(capsys.readouterr().out)
    assert (first["name"], first["injects"], first["preserves"]) == ("question.paraphrase", "question", "meaning")
    assert (first["levels"], first["gated"], first["needs"]) == ([1.0], True, ["writer"])
    assert rest
    assert {operator["injects"] for operator in rest} == {"corpus"}


@pytest.mark.parametrize("width", ["80", "120"])
def test_show_prints_each_text_with_its_changes_marked_and_what_is_known_of_it(
    width: str, file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    chosen = ["--operator=stopword_removal", "--operator=lay_rewording", "--operator=context.empty", "--limit=1"]
    assert main(["perturb", "show", str(file), *chosen, QUICK]) == 0
    out = capsys.readouterr().out
    assert "1 of 2 questions" in out
    assert "Which port [-does the-] Aurelia leave from [-in the-] winter [-of-] 1987?" in out
    assert re.search(r"\d+% changed", out)
    assert "not run: needs a chat model (--robust-writer) or a stored variant: lay_rewording" in " ".join(out.split())
    assert "- [d1]" in out
    assert max(map(len, out.splitlines())) <= int(width)
    assert "\x1b" not in out  # no colour where nobody sees it


def test_show_gives_the_texts_that_a_run_would_use(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = file.with_name("typos.robust.yaml")
    text = "robust: 1\nname: typos\ndata: {corpus: docs.jsonl, questions: questions.jsonl}\nseverity: [0.5, 1]\n"
    scenario.write_text(f"{text}perturb: [question.typos]\nmeasures: [answer_correct]\naxis: none\n", encoding="utf-8")
    of_scenario = _shown(capsys, str(scenario))["variants"]
    assert [(v["item"], v["severity"]) for v in of_scenario] == [("q1", 0.5), ("q1", 1), ("q2", 0.5), ("q2", 1)]
    alone = _shown(capsys, str(file), "--operator=typos", "--severity=1")["variants"]
    assert [v["question"] for v in alone] == [v["question"] for v in of_scenario if v["severity"] == 1]


def test_show_takes_the_nearest_level_of_a_discrete_operator(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = _shown(capsys, str(file), "--operator=context.empty", "--operator=question.casing", "--severity=.4")[
        "variants"
    ]
    assert {(v["condition"], v["severity"]) for v in found if v["status"] == "applied"} >= {("empty", 1.0)}


def test_a_rejected_text_is_shown_with_the_reason(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {**ROWS[1], "variants": {"question.paraphrase": "When is the lamp lit?"}}
    file.write_text(f"{json.dumps(row)}\n", encoding="utf-8")
    part = _shown(capsys, str(file), "--operator=paraphrase")
    (variant,) = part["variants"]
    assert (variant["status"], variant["validity"]) == ("invalid_case", "invalid")
    assert variant["question"] == "When is the lamp lit?"
    assert variant["note"] == "it asks for time instead of person"
    (tally,) = part["tallies"]
    assert (tally["generated"], tally["kept"], tally["rejected"]) == (1, 0, 1)
    assert "0% valid (0 of 1), more than 10 points below the 85%" in tally["warning"]


def test_questions_without_documents_run_what_edits_questions(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.with_name("docs.jsonl").unlink()
    found = _shown(capsys, str(file), "--operator=qwerty_swap", "--operator=context.empty", "--limit=1")["variants"]
    assert [(v["condition"], v["status"]) for v in found] == [("qwerty_swap", "applied"), ("empty", "not_run")]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["show", "none.jsonl"], "none.jsonl: there is no such file"),
        (["show", "questions.jsonl", "--operator=paraprase"], "did you mean 'question.paraphrase'"),
        (["show", "questions.jsonl", "--severity=1.5"], "a severity is above 0 and up to 1, not 1.5"),
        (["show", "questions.jsonl", "--limit=0"], "--limit must be 1 or more"),
        (["show", "questions.jsonl", "--robust-writer=openai:x"], "allow it with --robust-live"),
        (["show", "questions.jsonl", "--robust-writer-arg=a=b"], "goes with --robust-writer"),
        (["write", "questions.jsonl", "-o", "x.jsonl"], "name one with --robust-writer"),
        (["write", "questions.jsonl", "-o", "docs.jsonl", "--robust-writer=m"], "this file exists already"),
        (["write", "none.jsonl", "-o", "x.jsonl", "--robust-writer=m"], "there is no such file"),
        (["write", "docs.jsonl", "-o", "x.jsonl", "--robust-writer=m", "--operator=typos"], "needs no writer"),
    ],
)
@pytest.mark.usefixtures("file")
def test_what_cannot_be_done_is_told(argv: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["perturb", *argv]) == 1
    assert said in capsys.readouterr().err


def _reworded(asked: Asked) -> str:
    return PARAPHRASE if "Aurelia" in asked.prompt else "Who won the war?"


@pytest.fixture(name="server")
def _server() -> Iterator[FaultServer]:
    pytest.importorskip("langchain_openai")
    pytest.importorskip("sentence_transformers")
    with FaultServer(answer=_reworded) as server:
        yield server


def _write(server: FaultServer, file: Path, out: Path, *more: str) -> int:
    given = [f"base_url={server.url}", "retries=0", "version=1"]
    asked = ["--robust-writer=openai:tiny", *(f"--robust-writer-arg={pair}" for pair in given)]
    return main(["perturb", "write", str(file), "-o", str(out), *asked, *more])


def test_what_a_model_writes_is_stored_with_its_origin_and_verdict_and_asked_for_once(
    server: FaultServer, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = file.with_name("written.jsonl")
    assert _write(server, file, out, "--operator=paraphrase") == 0
    said = capsys.readouterr().out
    assert "question.paraphrase: 1 written, valid" in said
    assert re.search("question.paraphrase: 1 written, (invalid|undecided)", said)
    first, second = (json.loads(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert {key: first[key] for key in ROWS[0] if key in first} == {k: v for k, v in ROWS[0].items() if v is not None}
    assert first["variants"] == {"question.paraphrase": PARAPHRASE}
    origin = first["origins"]["question.paraphrase"]
    assert (origin["writer"].partition("@")[0], origin["validity"]) == ("openai:tiny", "valid")
    assert second["origins"]["question.paraphrase"]["validity"] in ("invalid", "undecided")
    sent = len(server.seen)
    assert _write(server, file, file.with_name("again.jsonl"), "--operator=paraphrase") == 0
    assert file.with_name("again.jsonl").read_bytes() == out.read_bytes()
    assert len(server.seen) == sent


def test_a_run_on_the_copy_needs_no_model_and_counts_what_the_gate_rejected(
    server: FaultServer, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = file.with_name("written.jsonl")
    assert _write(server, file, out, "--operator=paraphrase") == 0
    capsys.readouterr()
    first, second = _shown(capsys, str(out), "--operator=paraphrase")["variants"]
    assert (first["status"], first["oracles"]) == ("applied", {"rules": "undecided", "stored": "valid"})
    assert first["writer"].startswith("openai:tiny")
    assert second["status"] in ("invalid_case", "undecided_case")
    assert second["question"] == "Who won the war?"


def test_documents_are_translated_and_back_and_what_is_stored_stays(
    server: FaultServer, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    docs = file.with_name("docs.jsonl")
    stored = {**DOCS[1], "variants": {"context.back_translation": "At night it is Ada who tends the lamp."}}
    docs.write_text(f"{json.dumps(DOCS[0])}\n{json.dumps(stored)}\n", encoding="utf-8")
    out = file.with_name("docs-written.jsonl")
    assert _write(server, docs, out) == 0
    assert len(server.seen) == 2
    first, second = (json.loads(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert first["variants"] == {"context.back_translation": PARAPHRASE}
    assert set(first["origins"]["context.back_translation"]) == {"writer", "prompt"}
    assert second == stored
    assert "context.back_translation: 1 written" in capsys.readouterr().out


def test_a_service_that_fails_is_told_and_exits_1(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("langchain_openai")
    with FaultServer(answer=_reworded) as server:
        url = server.url
    given = [f"--robust-writer-arg={pair}" for pair in (f"base_url={url}", "retries=0", "timeout=2")]
    chosen = ["--robust-writer=openai:tiny", *given, "--operator=paraphrase", "--limit=1"]
    assert main(["perturb", "write", str(file), "-o", "out.jsonl", *chosen]) == 1
    assert "question.paraphrase: 1 failed: " in capsys.readouterr().out
    assert "variants" not in Path("out.jsonl").read_text(encoding="utf-8")
