"""The tool-use items of the pack noisy, run by a real agent over the shipped toolset: every one can be done."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("langchain", reason="needs the extra 'chat'")

from agent_world import Said, Scripted, engine_of
from langchain.agents import create_agent
from langchain_core.messages import ToolMessage
from noisy_policy import next_step

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
    return next_step(ITEMS[question], [str(result.content) for result in results])


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
