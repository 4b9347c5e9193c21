"""The ready toolset: the expected calls of the items lead to their answers, and each set is a world of its own."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="needs the extra 'langchain'")

from robustcore.corpus.bundled import shipped_folder
from robustcore.measures.matching import is_correct
from robustcore.systems.agents.toolset import calculated, noisy_tools

ITEMS = [
    json.loads(line)
    for line in (shipped_folder("fixtures") / "packs" / "noisy" / "tool_use.jsonl").read_text("utf-8").splitlines()
]


def filled(text: str, values: list[str]) -> str:
    return re.sub(r"\{(\d+)\}", lambda match: values[int(match[1]) - 1], text)


def test_the_expected_calls_lead_to_the_answers() -> None:
    tools = {tool.name: tool for tool in noisy_tools()}
    right = 0
    for item in ITEMS:
        values: list[str] = []
        for call in item["expected_calls"]:
            arguments = {name: filled(text, values) for name, text in call["arguments"].items()}
            result: Any = tools[call["tool"]].invoke(arguments)
            if call["tool"] == "sql":
                ((row,),) = [[list(row.values())] for row in json.loads(result)]
                result = str(row[0])
            values.append(re.findall(call["takes"], result)[0] if "takes" in call else result)
        if not re.fullmatch(r"\{\d+\}", item["answer_from"]):
            continue  # a condition in Python, which an agent works out itself
        right += 1
        assert is_correct(filled(item["answer_from"], values), item["answers"]), item["id"]
    assert right > 60


def test_each_set_has_a_database_of_its_own() -> None:
    one, other = ({tool.name: tool for tool in noisy_tools()} for _ in range(2))
    one["sql"].invoke({"query": "DELETE FROM products"})
    assert "tide clock" in other["sql"].invoke({"query": "SELECT name FROM products"})
    assert one["sql"].invoke({"query": "SELECT name FROM products"}) == "[]"


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("sql", {"query": "SELECT x FROM nowhere"}, "SQL error"),
        ("lookup", {"key": "nothing"}, "no entry 'nothing'; keys: "),
        ("read_file", {"path": "../tables.sql"}, "no file '../tables.sql'; files: "),
        ("calculator", {"expression": "__import__('os')"}, "cannot calculate"),
        ("calculator", {"expression": "9 ** 9 ** 9"}, "the power is too large"),
        ("calculator", {"expression": "1 / 0"}, "cannot calculate"),
        ("calculator", {"expression": "round(2 * 3.456, 2)"}, "6.91"),
    ],
)
def test_what_a_tool_refuses_it_says(tool: str, arguments: dict[str, str], said: str) -> None:
    found = next(one for one in noisy_tools() if one.name == tool)
    assert said in found.invoke(arguments)


def test_only_arithmetic_is_calculated() -> None:
    assert calculated("-(2 + 3) * 4 // 3 % 5") == -(2 + 3) * 4 // 3 % 5
    for wrong in ("a", "'x'", "True", "lambda: 1", "(1, 2)", "f(2)", ""):
        with pytest.raises(ValueError, match=r"arithmetic|are known"):
            calculated(wrong)
