"""A scripted model for the pack noisy: it knows most items, is lost beside hard negatives of some, and calls tools."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from item_facts import calculate
from servers.faults import Asked, Said

from robustcore.corpus.bundled import shipped_folder

FOLDER: Final = shipped_folder("fixtures") / "packs" / "noisy"
DATASETS: Final = ("rag", "reasoning", "alignment", "tool_use")
Item = Mapping[str, Any]


def items() -> dict[str, Item]:
    """Return the items of all four data sets by their questions."""
    files = [FOLDER / f"{name}.jsonl" for name in DATASETS]
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return {row["question"]: row for row in rows}


def knows(item: Item) -> bool:
    """Say whether the model knows an item: about nine of ten."""
    return zlib.crc32(f"knows {item['id']}".encode()) % 10 > 0


def is_misled(item: Item) -> bool:
    """Say whether the item's hard negative leads the model astray: about three of ten."""
    return zlib.crc32(f"misled {item['id']}".encode()) % 10 < 3


class Policy:
    """Answers requests of the chat completions API; ``unknown`` are the prompts that hold no item."""

    def __init__(self) -> None:
        self.items = items()
        self.longest = sorted(self.items, key=len, reverse=True)
        self.unknown: list[str] = []

    def __call__(self, asked: Asked) -> Said:
        """Return a text, or the next call of a tool."""
        messages = asked.body["messages"]
        last = max(place for place, message in enumerate(messages) if message["role"] == "user")
        task = str(messages[last]["content"])
        question = next((known for known in self.longest if task.endswith(known)), None)
        if question is None:
            self.unknown.append(task)
            return "I do not know."
        item = self.items[question]
        astray = is_misled(item) and item["hard_negative"]["text"][:60] in task
        if not knows(item) or astray:
            return str(item.get("bad_reply", "I do not know.\nAnswer: nothing"))
        if item["dataset"] != "tool_use":
            return good_reply(item, task)
        results = [str(message["content"]) for message in messages[last:] if message["role"] == "tool"]
        return next_step(item, results)


def good_reply(item: Item, task: str) -> str:
    """Return a reply that passes the item's grader, with the number of the passage that states the answer, if any."""
    if "good_reply" in item:
        return str(item["good_reply"])
    if item["dataset"] != "rag":
        return f"I worked it out.\nAnswer: {item['answers'][0]}"
    shown = dict(re.findall(r"^\[(\d+)\] (.*?)(?=^\[\d+\] |\Z)", task, re.MULTILINE | re.DOTALL))
    cited = next((number for number, text in shown.items() if item["answers"][0] in text), "")
    return str(item["answers"][0]) + (f" [{cited}]" if cited else "")


def next_step(item: Item, results: Sequence[str]) -> Said:
    """Return the item's next expected call, or its answer from the ``results`` of all."""
    calls = item["expected_calls"]
    values = [taken(call, result) for call, result in zip(calls, results, strict=False)]
    if len(results) < len(calls):
        call = calls[len(results)]
        return call["tool"], {name: filled(text, values) for name, text in call["arguments"].items()}
    alone = re.fullmatch(r"\{\d+\}", item["answer_from"])
    answer = filled(item["answer_from"], values)
    return f"Answer: {answer if alone else calculate(answer)}"


def taken(call: Item, result: str) -> str:
    """Return what an item takes from the result of a call: the one value of a row, a match, or all of it."""
    if call["tool"] == "sql":
        (row,) = json.loads(result)
        (result,) = (str(value) for value in row.values())
    return str(re.findall(call["takes"], result)[0]) if "takes" in call else result


def filled(text: str, values: Sequence[str]) -> str:
    """Return ``text`` with ``{1}``, ``{2}``, ... replaced by the values of earlier calls."""
    return re.sub(r"\{(\d+)\}", lambda match: values[int(match[1]) - 1], text)
