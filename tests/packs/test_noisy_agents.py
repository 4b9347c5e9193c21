"""The tool-use items of the pack noisy, run by a real agent over the shipped toolset: every one can be done."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

pytest.importorskip("langchain", reason="needs the extra 'chat'")

from agent_world import Said, Scripted, engine_of
from item_facts import calculate
from langchain.agents import create_agent
from langchain_core.messages import ToolMessage

from robustcore.case import CLEAN, Case
from robustcore.corpus.bundled import shipped_folder
from robustcore.corpus.records import Corpus, Dataset, Example
from robustcore.measures.graders import passes
from robustcore.systems.adapt import adapt
from robustcore.systems.agents.toolset import PURE, noisy_tools
from robustcore.systems.drive import guarded
from robustcore.systems.langchain import LangChainAgent

PATH = shipped_folder("fixtures") / "packs" / "noisy" / "tool_use.jsonl"
ITEMS = {item["question"]: item for item in map(json.loads, PATH.read_text(encoding="utf-8").splitlines())}


def by_the_book(question: str, results: list[ToolMessage], tools: tuple[str, ...]) -> Said:
    """Make the expected calls one after another, then answer from their results."""
    item = ITEMS[question]
    values = [taken(call, result) for call, result in zip(item["expected_calls"], results, strict=False)]
    if len(results) < len(item["expected_calls"]):
        call = item["expected_calls"][len(results)]
        return call["tool"], {name: filled(text, values) for name, text in call["arguments"].items()}
    alone = re.fullmatch(r"\{\d+\}", item["answer_from"])
    answer = filled(item["answer_from"], values)
    return f"Answer: {answer if alone else calculate(answer)}"


def taken(call: dict[str, Any], result: ToolMessage) -> str:
    text = str(result.content)
    if call["tool"] == "sql":
        (row,) = json.loads(text)
        (text,) = (str(value) for value in row.values())
    return str(re.findall(call["takes"], text)[0]) if "takes" in call else text


def filled(text: str, values: list[str]) -> str:
    return re.sub(r"\{(\d+)\}", lambda match: values[int(match[1]) - 1], text)


def test_every_item_is_done_by_an_agent_that_makes_the_expected_calls() -> None:
    examples = tuple(Example(id=i["id"], question=i["question"], answers=tuple(i["answers"])) for i in ITEMS.values())
    dataset = Dataset(name="tool_use", corpus=Corpus(), examples=examples)
    agent = LangChainAgent(build=create_agent, model=Scripted(decide=by_the_book), tools=noisy_tools, pure=PURE)
    system = adapt(agent, name="noisy", dataset=dataset, options={"concurrency": 16})
    engine = engine_of(system)
    cases = [Case(f"clean-{example.id}", example, CLEAN) for example in examples]
    for case, trial in engine.run((case, guarded(case, system, dataset.corpus)) for case in cases):
        item = ITEMS[case.example.question]
        assert trial.answer is not None, trial.error
        assert passes(trial.answer.text, item["grader"], item["answers"]), (item["id"], trial.answer.text)
        assert trial.answer.trace is not None
        assert [use.tool for use in trial.answer.trace.uses] == [call["tool"] for call in item["expected_calls"]]
