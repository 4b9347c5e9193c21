"""Solvers of the items of the pack der2, sound or with one planted weakness; they need no model.

A solver sees a task and passages, and never a regime. What it brings is arithmetic and how the steps of a task hang
together; the rules it takes from passages that state them, or not at all. A passage states a rule if it holds all its
numbers, in the words of the rule itself or in prose that names it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from item_facts import step_values

from robustcore.calls.types import Endpoint, Flow
from robustcore.corpus.bundled import shipped_folder
from robustcore.corpus.records import Passage
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import Answer

REFUSAL = "I could not find this in the documents."


def lines(name: str) -> list[dict[str, Any]]:
    path = shipped_folder("fixtures") / "packs" / "der2" / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


@dataclass(kw_only=True)
class Solver:
    """The sound system."""

    name: str = "sound"
    points: frozenset[str] = frozenset({"question", "context"})
    hint: str = ""
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)

    @cached_property
    def tasks(self) -> dict[str, dict[str, Any]]:
        return {row["instruction"]: row for row in lines("items.jsonl")}

    @cached_property
    def rules(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in lines("concepts.jsonl")}

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        return ()
        yield []

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        task = self.tasks[question]
        needed = [self.rules[rule] for rule in task["metadata"]["concept_ids"]]
        if not all(self.learnt(rule, passages) for rule in needed):
            return Answer(text=REFUSAL, passages=passages)
        (*way, answer) = step_values(task["metadata"]["expressions"], self.rules)
        said = "".join(f"That makes {value:.10g}.\n" for value in way)
        return Answer(text=f"{said}Answer: {answer:.10g}", passages=passages)
        yield []

    def learnt(self, rule: Mapping[str, Any], passages: tuple[Passage, ...]) -> bool:
        """Say whether ``passages`` tell the rule, in its own words or in prose."""
        return any(self.stated(rule, p.text) or self.explained(rule, p.text) for p in passages)

    def stated(self, rule: Mapping[str, Any], text: str) -> bool:
        return bool(text == rule["statement"])

    def explained(self, rule: Mapping[str, Any], text: str) -> bool:
        return rule["name"].casefold() in text.casefold() and numbers(rule["statement"]) <= numbers(text)


class Remembers(Solver):
    """Knows every rule by heart: the items have leaked to it."""

    def learnt(self, rule: Mapping[str, Any], passages: tuple[Passage, ...]) -> bool:
        return True


class Literal(Solver):
    """Applies a rule that is stated and finds none in prose: it is blind to the concept in a document."""

    def explained(self, rule: Mapping[str, Any], text: str) -> bool:
        return False


class Lost(Remembers):
    """Knows every rule by heart, and trusts documents more as soon as there are any, which it cannot read."""

    def learnt(self, rule: Mapping[str, Any], passages: tuple[Passage, ...]) -> bool:
        return not passages or any(self.stated(rule, p.text) for p in passages)
