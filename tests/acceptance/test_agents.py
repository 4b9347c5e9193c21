"""An agent in an application repo: named in YAML, collected, planned, judged, shown where it fails, on workers too."""

from __future__ import annotations

from pathlib import Path

import pytest
from acceptance.conftest import App

pytest.importorskip("langchain", reason="needs the extra 'chat'")

AGENT = '''
import os
from pathlib import Path
from langchain.agents import create_agent
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool

LOG = Path(os.environ.get("TOY_LOG", "calls.log")).absolute()

class Model(BaseChatModel):
    """Asks for a number and repeats what comes; one that is patient asks again after a failure."""
    patient: bool = False

    @property
    def _llm_type(self):
        return "toy"

    def bind_tools(self, tools, **kwargs):
        return self

    def _generate(self, messages, *args, **kwargs):
        last, done = messages[-1], sum(isinstance(m, ToolMessage) for m in messages)
        if done and not (self.patient and last.status == "error" and done < 3):
            message = AIMessage(f"It is {last.content}")
        else:
            word = messages[0].content.split()[-1].strip("?")
            call = {"name": "number_of", "args": {"fruit": word}, "id": f"c{done}"}
            message = AIMessage("", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=message)])

def make_model():
    return Model()

def patient_model():
    return Model(patient=True)

def make_tools():
    @tool
    def number_of(fruit: str) -> str:
        """Return the number of a fruit."""
        with LOG.open("a", encoding="utf-8") as log:
            log.write(fruit + "\\n")
        return {"apple": "11", "pear": "12", "plum": "13"}[fruit]
    return [number_of]

def build(model, tools, middleware=()):
    return create_agent(model, tools, middleware=middleware)

def graph():
    return build(Model(patient=True), make_tools())
'''
QUESTIONS = [
    {"id": word, "question": f"What is the number of the {word}?", "answers": [number]}
    for word, number in (("apple", "11"), ("pear", "12"), ("plum", "13"))
]
HEAD = "robust: 1\nname: agent\ndata: {corpus: docs.jsonl, questions: questions.jsonl}\naxis: none\n"
PARTS = "system: {use: 'fruit:build', options: {model: 'fruit:MODEL', tools: 'fruit:make_tools'}}\n"
BODY = "perturb:\n  - {tools.error: 503, severity: 0.5}\nmeasures: [task_success, tool_fault_recovery]\n"
EACH = "expect: [{each: {invariant: task_success}}]\n"


@pytest.fixture
def fruit(app: App) -> App:
    (app.path / "fruit.py").write_text(AGENT, encoding="utf-8")
    app.jsonl("questions.jsonl", QUESTIONS)
    return app


def write(app: App, text: str) -> None:
    (app.path / "agent.robust.yaml").write_text(text, encoding="utf-8")


def calls(app: App) -> int:
    log = Path(app.path / "calls.log")
    return len(log.read_text(encoding="utf-8").splitlines()) if log.exists() else 0


def test_an_agent_that_asks_again_passes(fruit: App) -> None:
    write(fruit, HEAD + PARTS.replace("MODEL", "patient_model") + BODY + EACH)
    fruit.run().assert_outcomes(passed=3)
    assert calls(fruit) == 6  # three clean, three after a failure that was none of the tool's


def test_one_that_does_not_fails_and_its_way_is_shown(fruit: App) -> None:
    write(fruit, HEAD + PARTS.replace("MODEL", "make_model") + BODY + EACH)
    result = fruit.run()
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*way *number_of(fruit='apple') [[]error]: HTTP 503 Service Unavailable*"])


def test_a_function_that_makes_a_graph_is_run_as_it_is(fruit: App) -> None:
    write(fruit, HEAD + "system: 'fruit:graph'\n" + BODY + EACH)
    fruit.run().assert_outcomes(passed=3)


def test_workers_share_the_calls_of_an_agent(fruit: App) -> None:
    pytest.importorskip("xdist")
    write(fruit, HEAD + PARTS.replace("MODEL", "patient_model") + BODY + EACH)
    fruit.run("-n2").assert_outcomes(passed=3)
    assert calls(fruit) >= 6


def test_a_mistake_in_the_options_is_told_with_its_place(fruit: App) -> None:
    text = HEAD + "system: {use: 'fruit:build', options: {model: 'fruit:make_model'}}\n" + BODY + EACH
    write(fruit, text)
    result = fruit.run()
    result.stderr.fnmatch_lines(["*agent.robust.yaml:5:9: fruit:build: build(model, tools, ...) needs tools to build*"])
    assert result.ret != 0
