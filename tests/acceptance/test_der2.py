"""DeR2 as a user runs it: the pack, ``use: der2`` on own data with its gates, a judge, a language model in a folder."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import models
import pytest
from acceptance.conftest import App
from servers.fault_server import FaultServer
from servers.faults import Asked

from robustcore.stats.der2 import LABELS, REGIMES

pytest.importorskip("sentence_transformers")
pytest.importorskip("langchain_openai")

NEEDS = "not run: needs a language model (--robust-model)"
NOISE, RLOSS, SWITCH, LEAK = "noise_loss", "rloss", "mode_switch_fragile", "knowledge_loss"
READERS = '''
"""Readers of a library of depots: they take two rates from what they are shown and work out a levy."""
import re
import zlib

ASKED = re.compile(r"levy of (\\w+) for a weight of (\\d+)")
STATED = re.compile(r"The levy of (\\w+) is (\\d+) times the weight, plus (\\d+)")
PROSE = re.compile(r"Who weighs in at (\\w+) pays (\\d+) for each unit, and (\\d+) on top")
MANY = 3  # passages


class Reader:
    forms = (STATED, PROSE)

    def __init__(self, corpus):
        self.docs = list(corpus.docs.values())

    def retrieve(self, question):
        name = ASKED.search(question)[1]
        return [{"id": doc.id, "text": doc.text} for doc in self.docs if name in doc.text][:2]

    def read(self, question, passages):
        name, weight = ASKED.search(question).groups()
        found = self.rates(name, [passage.text for passage in passages])
        if found is None:
            return {"answer": "I could not find this in the documents."}
        each, more = found
        return {"answer": f"{each} for each of {weight}, then {more}.\\nAnswer: {each * int(weight) + more}"}

    def rates(self, name, texts):
        told = [form.search(text) for form in self.forms for text in texts]
        return next(((int(one[2]), int(one[3])) for one in told if one and one[1] == name), None)


class Remembers(Reader):
    """Has the library by heart."""
    def rates(self, name, texts):
        return super().rates(name, [doc.text for doc in self.docs])


class Distracted(Reader):
    """Among many passages it takes the first rates that it sees, for some of the depots."""
    def rates(self, name, texts):
        if len(texts) > MANY and zlib.crc32(f"fresh {name}".encode()) % 100 < 15:
            other = next(one[1] for one in map(PROSE.search, texts) if one[1] != name)
            return super().rates(other, texts)
        return super().rates(name, texts)


class Literal(Reader):
    """Understands a rule that is stated, and none in prose."""
    forms = (STATED,)
'''


def name_of(number: int) -> str:
    return "Depot" + "".join(chr(ord("a") + digit) for digit in (number // 676, number // 26 % 26, number % 26))


def own(app: App, items: int, body: str = "", use: str = "{der2: {noise_load: false}}", system: str = "") -> None:
    """Write a library of depots, an item for each, and a scenario that uses the recipe."""
    app.pytester.makepyfile(readers=READERS)
    docs, questions = [], []
    for number in range(items):
        name, each, more = (
            name_of(number),
            3 + zlib.crc32(b"e%d" % number) % 40,
            101 + zlib.crc32(b"m%d" % number) % 400,
        )
        docs.append(
            {"id": f"d{number}", "text": f"Who weighs in at {name} pays {each} for each unit, and {more} on top."}
        )
        questions.append(
            {
                "id": f"i{number}",
                "instruction": f"What is the levy of {name} for a weight of 12?",
                "answer": str(12 * each + more),
                "concepts": [f"The levy of {name} is {each} times the weight, plus {more}."],
                "related_docs": [f"d{number}"],
                "noise_docs": [f"d{(number + step) % items}" for step in (1, 2, 3, 4)],
            }
        )
    app.jsonl("library.jsonl", docs)
    app.jsonl("items.jsonl", questions)
    data = "data: {corpus: library.jsonl, questions: items.jsonl}"
    lines = ["robust: 1", "name: own", "items: group", data, f"use: {use}", *([f"system: {system}"] if system else [])]
    (app.path / "own.robust.yaml").write_text("\n".join([*lines, body, ""]), encoding="utf-8")


def told(app: App) -> dict[str, Any]:
    (scenario,) = json.loads((app.path / "out.json").read_text())["scenarios"]
    return dict(scenario)


def values(scenario: Mapping[str, Any]) -> dict[str, float | None]:
    return {suite["name"]: suite["estimate"]["value"] for suite in scenario["suites"]}


@pytest.mark.parametrize(
    ("reader", "failed"), [("Reader", set()), ("Remembers", {LEAK}), ("Distracted", {NOISE}), ("Literal", {RLOSS})]
)
def test_each_weakness_fails_its_own_gate_in_pytest(app: App, reader: str, failed: set[str]) -> None:
    own(app, 450, system=f"readers:{reader}")
    result = app.run("--robust-report=out.json")
    scenario = told(app)
    for gate in scenario["gates"]:
        print(reader, gate["sentence"])
    statuses = {gate["measure"].partition("(")[0].removeprefix("der2."): gate["status"] for gate in scenario["gates"]}
    assert {name for name, status in statuses.items() if status != "passed"} == failed
    assert result.parseoutcomes().get("failed", 0) == len(failed)
    for name in failed:
        result.stdout.fnmatch_lines([f"FAILED own.robust.yaml::own_gate*{name}*"])
    assert values(scenario)["der2.identity(scored_by=grader)"] == 0


def test_the_pack_lists_every_regime_as_not_run_where_answers_are_only_quoted(app: App) -> None:
    result = app.run("--robust-pack=der2", "--robust-items=group", "--robust-report=out.json")
    scenario = told(app)
    printed = " ".join(result.stdout.str().split())
    assert set(REGIMES) <= set(printed.partition(f": {NEEDS}")[0].replace(",", " ").split())
    assert "not run: the five levels of a judge, concept precision and recall, and error labels" in printed
    assert set(values(scenario).values()) == {None}
    assert {gate["status"] for gate in scenario["gates"]} == {"not_run"}
    assert all(gate["sentence"].endswith("own that works on a task") for gate in scenario["gates"])
    assert result.ret == 0
    assert printed.count("44 not_applicable") == 1
    assert {case["status"] for case in scenario["cases"]} == {"not_run"}
    assert "calls: 0 asked" in printed


def test_the_pack_runs_on_a_language_model_in_a_folder(app: App, tmp_path: Path) -> None:
    folder = models.causal_model(tmp_path / "tiny", positions=4096)
    given = ["max_tokens=8", "temperature=1", "top_p=0.7", "seed=7", "context_chars=1200", "k=2"]
    local = ["dtype=fp32", "device_map=cpu", "threads=1"]
    arguments = [f"--robust-model-arg={pair}" for pair in (*given, *local)]
    app.run(
        *("--robust-pack=der2", "--robust-items=group", "--robust-sample=2", "--robust-report=out.json"),
        *(f"--robust-model={folder}", *arguments),
    )
    scenario = told(app)
    assert scenario["system"].startswith("tiny as model-rag")
    assert {case["status"] for case in scenario["cases"]} == {"applied"}
    for name, value in values(scenario).items():
        assert value is not None, name
    assert values(scenario)["der2.score[full_set](scored_by=grader)"] == 0  # two layers of noise solve nothing
    assert {suite["estimate"]["n"] for suite in scenario["suites"]} == {2}


def solves(asked: Asked) -> str:
    """Answer as a model that adds up right with the concept, slips with documents, and breaks off among noise."""
    passages = asked.prompt.count("Who weighs in") + asked.prompt.count("The levy of Depot")
    return {0: "I cannot tell.", 1: "Answer: right"}.get(passages, "Answer: lost")


def judges(asked: Asked) -> str:
    """Judge on five levels; the reply of item i1 only when asked again, that of item i2 never."""
    text = "\n".join(str(message["content"]) for message in asked.body["messages"])
    never, later = name_of(2) in text, name_of(1) in text and "could not read" not in text
    if never or later:
        return "A fair reply."
    right, lost = "<reply>\nAnswer: right" in text, "<reply>\nAnswer: lost" in text
    errors = [] if right else ["R"] if lost else ["MC", "NF"]
    score, used = 1 if right else 0.25 if lost else 0, [1] if right or lost else []
    return f"I see. {json.dumps({'score': score, 'used': used, 'other': int(lost), 'errors': errors})}"


def test_a_judge_gives_levels_concepts_and_error_labels(app: App) -> None:
    own(app, 5, "axis: none", use="der2")
    with FaultServer(answer=solves) as model, FaultServer(answer=judges) as judge:
        served = [f"--robust-model-arg={pair}" for pair in (f"base_url={model.url}", "retries=0")]
        judged = [f"--robust-judge-arg={pair}" for pair in (f"base_url={judge.url}", "retries=0")]
        result = app.run(
            *("--robust-report=out.json", "--robust-model=openai:wren-small", "--robust-judge=openai:wren-large"),
            *(*served, *judged),
        )
        sent = len(judge.seen)
    scenario, found = told(app), values(told(app))
    regimes = {regime: found[f"der2.score[{regime}]"] for regime in REGIMES}
    assert regimes == {"instruction_only": 0, "concepts_only": 1, "related_only": 1, "full_set": 0.25}
    assert (found["der2.noise_loss"], found["der2.rloss"], found["der2.mode_switch_fragile"]) == (0.75, 0.75, 0)
    assert found["der2.concept_precision[full_set]"] == 0.5
    assert found["der2.concept_recall[instruction_only]"] == 0
    labels = {label: found[f"der2.error_rate[{label},instruction_only]"] for label in LABELS}
    assert labels == {"MC": 1, "UC": 0, "R": 0, "NF": 1}
    assert found["der2.error_rate[R,full_set]"] == 1
    assert found["der2.score[full_set](scored_by=grader)"] == 0
    scores = {(case["condition"], case["item"]): case["scores"]["der2.rating"] for case in scenario["cases"]}
    assert scores["concepts_only", "i1"] == [1, ""]  # read at the second try
    assert scores["concepts_only", "i2"] == [None, "judge_error"]  # never read, and no grade
    assert result.parseoutcomes()["errors"] == 4  # the gates, which lost more than is allowed
    replies = 1 + len({case["condition"] for case in scenario["cases"]}) + 3  # per item: clean, regimes, loads
    assert sent <= 5 * 2 * replies  # one verdict serves every measure
    result.stdout.fnmatch_lines(["note: own: the judge openai:wren-large rates openai:wren-small, a model of*"])
