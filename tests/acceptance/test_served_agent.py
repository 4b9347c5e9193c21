"""An agent whose model is ``provider:model``: LangChain's client, a server on loopback, calls of tools by the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from acceptance.conftest import App
from servers.fault_server import FaultServer
from servers.faults import Asked, Said

pytest.importorskip("langchain", reason="needs the extra 'chat'")
pytest.importorskip("langchain_openai")

AGENT = '''
from pathlib import Path
from langchain.agents import create_agent
from langchain_core.tools import tool

LOG = Path(__file__).with_name("tools.log")

def make_tools():
    @tool
    def price_of(fruit: str) -> dict:
        """Return the price of a fruit, and since when it holds."""
        with LOG.open("a", encoding="utf-8") as log:
            log.write(fruit + "\\n")
        return {"fruit": fruit, "price": {"apple": 1250, "pear": 2340, "plum": 3175}[fruit], "since": "2026-03-01"}
    return [price_of]

def build(model, tools, middleware=()):
    return create_agent(model, tools, system_prompt="You sell fruit.", middleware=middleware)
'''
PRICES = {"apple": "1250", "pear": "2340", "plum": "3175"}
SCENARIO = """
robust: 1
name: served
axis: none
data: {corpus: docs.jsonl, questions: questions.jsonl}
system:
  use: fruit_stand:build
  version: "1"
  options: {model: "openai:wren-small", tools: "fruit_stand:make_tools", pure: [price_of]}
perturb:
  - {tools.error: 503, severity: 0.5}
  - tools.contradictory: {}
measures: [task_success, tool_fault_recovery, misled]
expect:
  - group: {measure: tool_fault_recovery, by: [perturbation], at-least: 0.9}
"""


def asks_again(asked: Asked) -> Said:
    """Look the price up, once more after a failure, and repeat what comes."""
    messages = asked.body["messages"]
    assert [tool["function"]["name"] for tool in asked.body["tools"]] == ["price_of"]
    assert messages[0]["content"] == "You sell fruit."
    results = [message for message in messages if message["role"] == "tool"]
    if results and "503" not in str(results[-1]["content"]):
        assert messages[-2]["tool_calls"][0]["id"] == results[-1]["tool_call_id"]
        return f"It costs {json.loads(results[-1]['content'])['price']}."
    fruit = messages[1]["content"].split()[-1].strip("?")
    return "price_of", {"fruit": fruit}


@pytest.fixture
def shop(app: App, monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.setenv("OPENAI_API_KEY", "of-nobody")
    (app.path / "fruit_stand.py").write_text(AGENT, encoding="utf-8")
    rows = [{"id": word, "question": f"What is the price of the {word}?", "answers": [PRICES[word]]} for word in PRICES]
    app.jsonl("questions.jsonl", rows)
    (app.path / "served.robust.yaml").write_text(SCENARIO, encoding="utf-8")
    return app


def told(app: App) -> dict[str, Any]:
    return dict(json.loads((app.path / "out.json").read_text()))


def test_a_named_model_calls_real_tools_under_faults_and_is_asked_once(
    shop: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer(answer=asks_again) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        unasked = shop.run("--robust-report=out.json")
        assert unasked.parseoutcomes().keys() == {"skipped"}  # a hosted name is not asked without leave
        assert server.seen == []
        shop.run("--robust-live", "--robust-report=out.json")
        asked = len(server.seen)
        first = told(shop)
        again = shop.run("--robust-live", "--robust-report=out.json")
        assert len(server.seen) == asked
    again.stdout.fnmatch_lines(["*18 from the ledger*"])  # 15 turns of the model and 3 calls of a pure tool
    (scenario,), calls = first["scenarios"], first["calls"]
    for case in scenario["cases"]:
        success, recovered, misled = (case["scores"][name][0] for name in scenario["measures"] if name != "passes")
        lost = case["condition"].endswith("contradictory")
        assert (success, recovered, misled) == (float(not lost), float(not lost), float(lost) if lost else misled), case
        assert (PRICES[case["item"]] in case["texts"]["answer"]) is not lost
    gates = {gate["cell"]["perturbation"]: gate["estimate"]["value"] for gate in scenario["gates"]}
    assert sorted(gates.values()) == [0, 1]
    # per fruit: clean two turns; after an error two more (the second lookup, the answer); another answer when misled
    assert asked == 3 * (2 + 2 + 1)
    assert calls["sent"] > asked  # the tools' calls and the steps of the runs are kept, too
    assert sorted((shop.path / "tools.log").read_text().splitlines()) == sorted(PRICES)  # pure: each looked up once
