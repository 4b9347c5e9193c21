"""``use: rare`` and ``use: failsafe`` on an application's own data: what runs by rule, with a writer, with a judge."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from acceptance.conftest import WORDS, App
from servers.fault_server import FaultServer
from servers.faults import Asked

pytest.importorskip("sentence_transformers")
pytest.importorskip("langchain_openai")

NEEDS = "not run: needs a chat model (--robust-writer) or a stored variant"
RAG = '''
"""A reader that answers with the digit beside the fruit of the question, and refuses where there is none."""
import re

WORDS = ("apple", "pear", "plum", "grape", "lemon")

class Rag:
    def __init__(self, corpus):
        self.docs = list(corpus.docs.values())

    def retrieve(self, question):
        asked = set(re.findall("[a-z]+", question.lower()))
        ranked = sorted(self.docs, key=lambda doc: -len(asked & set(re.findall("[a-z]+", doc.text.lower()))))
        return [{"id": doc.id, "text": doc.text} for doc in ranked[:2]]

    def read(self, question, passages):
        fruit = next((word for word in WORDS if word in question.lower()), "none")
        text = " ".join(passage.text for passage in passages)
        found = re.search(rf"{fruit} \\w+ \\w+ (\\d)", text)
        return {"answer": found[1] if found else "I could not find this in the documents."}

def build(corpus):
    return Rag(corpus)
'''


@pytest.fixture(name="own")
def _own(app: App) -> App:
    """Return an application with documents of two sentences and a transparent system."""
    app.pytester.makepyfile(rag=RAG)
    app.jsonl(
        "docs.jsonl",
        [
            {"id": f"d{i}", "text": f"The word {word} stands for {i}. It is sold at the market on most mornings."}
            for i, word in enumerate(WORDS, 1)
        ],
    )
    app.jsonl(
        "questions.jsonl",
        [
            {
                "id": f"q{i}",
                "question": f"Which digit does the word {word} stand for here?",
                "answers": [str(i)],
                "gold_doc_ids": [f"d{i}"],
                "wrong_answers": ["9"],
            }
            for i, word in enumerate(WORDS, 1)
        ],
    )
    return app


def scenario(app: App, use: str, *more: str) -> None:
    lines = ["robust: 1", "name: own", "system: rag:build", "data: {corpus: docs.jsonl, questions: questions.jsonl}"]
    (app.path / "own.robust.yaml").write_text("\n".join([*lines, f"use: {use}", "axis: none", *more, ""]))


def run(app: App, *options: str) -> tuple[pytest.RunResult, dict[str, Any]]:
    result = app.run("--robust-report=out.json", *options)
    (told,) = json.loads((app.path / "out.json").read_text())["scenarios"]
    return result, told


def statuses(told: dict[str, Any]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for case in told["cases"]:
        found.setdefault(case["condition"], Counter())[case["status"]] += 1
    return found


def values(told: dict[str, Any]) -> dict[str, float | None]:
    return {suite["name"]: suite["estimate"]["value"] for suite in told["suites"]}


def writes(asked: Asked) -> str:
    """Write each kind of variant as a careful model would, the fruit and the digit kept."""
    word = next(word for word in WORDS if word in asked.prompt)
    digit = str(WORDS.index(word) + 1)
    if "market" in asked.prompt:
        return f"The word {word} stands for {digit}. On most mornings it can be bought at the market."
    if "irrelevant" in asked.prompt.lower() or "not bear" in asked.prompt.lower():
        return f"Which digit does the word {word} stand for here? My neighbour repaired his boat in autumn."
    return f"Here, which digit does the word {word} stand for?"


@pytest.fixture(name="server")
def _server() -> Iterator[FaultServer]:
    with FaultServer(answer=writes) as server:
        yield server


def served(role: str, server: FaultServer, name: str = "openai:tiny") -> list[str]:
    given = [f"base_url={server.url}", "retries=0"]
    return [f"--robust-{role}={name}", *(f"--robust-{role}-arg={pair}" for pair in given)]


def test_rare_without_a_writer_runs_what_rules_make_and_names_the_rest(own: App) -> None:
    scenario(own, "rare")
    result, told = run(own)
    unwritten = {name for name, found in statuses(told).items() if found["not_run"]}
    kept = {f"{query}-answer_kept" for query in ("original", "character", "word")}
    rewritten = {f"{query}-{d}" for query in ("grammar", "irrelevant") for d in ("gold", "answer_removed", "retrieved")}
    assert unwritten == kept | rewritten | {"grammar-answer_kept", "irrelevant-answer_kept"}
    printed = " ".join(result.stdout.str().split())
    named = printed.partition(": not run: needs a chat model (--robust-writer)")[0]
    assert unwritten <= set(named.replace(",", " ").split())
    assert (values(told)["rare_met.knowledge_rate"], values(told)["rare_met.real_world"]) == (0, 1)
    query = next(suite for suite in told["suites"] if suite["name"] == "rare_met.query")
    assert not query["complete"]
    assert "without" in query["covers"]
    assert query["estimate"]["unscored"]["not_applicable"] == 10
    assert values(told)["rare_met.cell[original,answer_removed]"] == 1
    assert values(told)["rare_met.cell[grammar,gold]"] is None


def test_rare_with_a_writer_fills_the_grid(own: App, server: FaultServer) -> None:
    scenario(own, "rare")
    result, told = run(own, *served("writer", server))
    assert [name for name, found in statuses(told).items() if found["not_run"]] == []
    assert server.seen != []
    assert NEEDS not in result.stdout.str()
    assert values(told)["rare_met.cell[grammar,gold]"] == 1
    assert values(told)["rare_met.cell[original,answer_kept]"] == 1


def test_failsafe_without_a_writer_has_no_r_and_no_llmc_and_says_why(own: App) -> None:
    scenario(own, "failsafe")
    result, told = run(own)
    assert {name for name, found in statuses(told).items() if found["not_run"]} == {"out_of_domain"}
    result.stdout.fnmatch_lines(["*out_of_domain: not run: needs a chat model (--robust-writer)*"])
    result.stdout.fnmatch_lines(["*not run: ratings 1 to 6, and R, G and LLMC over them*", "*(--robust-judge)*"])
    found = values(told)
    assert (found["failsafe.robustness(scored_by=rules)"], found["failsafe.llmc(scored_by=rules)"]) == (None, None)
    assert found["failsafe.grounding(scored_by=rules)"] == 1
    assert found["failsafe.compliant[baseline](scored_by=rules)"] == 1
    gates = {gate["measure"]: gate["status"] for gate in told["gates"]}
    assert gates["failsafe.robustness(scored_by=rules)"] == "inconclusive"
    assert gates["failsafe.grounding(scored_by=rules)"] == "passed"


def test_failsafe_with_a_writer_has_all_three_scores(own: App, server: FaultServer) -> None:
    scenario(own, "{failsafe: {scored_by: rules}}")
    with FaultServer(answer=lambda asked: "yes") as other:
        _, told = run(own, *served("writer", server), *served("judge", other, "openai:other"))
    assert [name for name, found in statuses(told).items() if found["not_run"]] == []
    assert values(told)["failsafe.llmc(scored_by=rules)"] is not None


def rates(asked: Asked) -> str:
    """Rate digits 6 and refusals 4; of the pear only when asked again, of the plum never. Find every variant valid."""
    if not any("<reply>" in str(message["content"]) for message in asked.body["messages"]):
        return "yes"
    text = "\n".join(str(message["content"]) for message in asked.body["messages"])
    reply = text.partition("<reply>\n")[2].partition("\n</reply>")[0]
    if "plum" in text or ("pear" in text and "could not read" not in text):
        return "It deserves a good mark."
    return "It is right. [6]" if reply.strip().isdigit() else "It declines. [4]"


def test_failsafe_with_a_judge_reports_ratings_and_rules_apart(own: App) -> None:
    scenario(own, "failsafe")
    with FaultServer(answer=rates) as judge:
        result, told = run(own, *served("judge", judge, "openai:strict"))
        asked_again = [seen for seen in judge.seen if "could not read" in seen.prompt]
    scores = {(case["condition"], case["item"]): case["scores"]["failsafe.rating"] for case in told["cases"]}
    assert scores["baseline", "q1"] == [6, ""]
    assert scores["missing_context", "q1"] == [4, ""]
    assert scores["baseline", "q2"] == [6, ""]  # read at the second try
    assert scores["baseline", "q3"] == [None, "judge_error"]  # never read, and no grade
    assert asked_again != []
    assert result.parseoutcomes()["errors"] == 3  # the gates, which lost more than is allowed
    result.stdout.fnmatch_lines(["ERROR*own_gate*failsafe.grounding*"])
    found = values(told)
    for threshold, grounded in ((4, 1), (5, 0), (6, 0)):
        name = "failsafe.grounding" if threshold == 4 else f"failsafe.grounding(threshold={threshold})"
        assert found[name] == grounded
    assert found["failsafe.grounding(scored_by=rules)"] == 1
    assert found["failsafe.compliant[baseline]"] == 1
    baseline = next(s for s in told["suites"] if s["name"] == "failsafe.compliant[baseline]")
    assert baseline["estimate"]["unscored"] == {"judge_error": 1}


def test_a_judge_of_the_family_it_judges_is_named(own: App) -> None:
    scenario(own, "failsafe")
    with FaultServer(answer=lambda asked: "[4]") as both:
        model = ["--robust-model=openai:wren-small", f"--robust-model-arg=base_url={both.url}"]
        result, _ = run(own, *model, *served("judge", both, "openai:wren-large"))
        result.stdout.fnmatch_lines(["note: own: the judge openai:wren-large rates openai:wren-small, a model of*"])
        other, _ = run(own, *model, *served("judge", both, "openai:finch"))
    assert "note: own: the judge" not in other.stdout.str()
