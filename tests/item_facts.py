"""Answers of the packs' items worked out anew: arithmetic, puzzles by enumeration, and tools over the shipped data."""

from __future__ import annotations

import ast
import itertools
import json
import math
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any, TypeAlias

Item: TypeAlias = Mapping[str, Any]

FUNCTIONS: dict[str, Any] = {
    "abs": abs,
    "bool": bool,
    "ceil": math.ceil,
    "floor": math.floor,
    "max": max,
    "min": min,
    "range": range,
    "round": round,
    "sum": sum,
}
NODES = (
    *(ast.Expression, ast.Constant, ast.Name, ast.Load, ast.Store, ast.Call, ast.IfExp, ast.Tuple, ast.List),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
    *(ast.ListComp, ast.comprehension, ast.Subscript),
)


def calculate(expression: str, names: Mapping[str, Any] | None = None) -> Any:
    """Return the value of an expression of numbers, operators, ``names`` and ``FUNCTIONS``; nothing else may occur."""
    return eval(_compiled(expression), {"__builtins__": {}, **FUNCTIONS, **(names or {})})


@cache
def _compiled(expression: str) -> CodeType:
    tree = ast.parse(expression, mode="eval")
    odd = [type(node).__name__ for node in ast.walk(tree) if not isinstance(node, NODES)]
    if odd:
        raise ValueError(f"{expression!r} holds {odd}, which no item needs")
    return compile(tree, "<item>", "eval")


def solutions(puzzle: Item) -> list[dict[str, Any]]:
    """Return every assignment of values to the names that meets the constraints, found by trying all."""
    first, last = puzzle.get("range", (0, -1))
    values = puzzle.get("values") or list(range(first, last + 1))
    tuples = (itertools.permutations if puzzle.get("distinct") else _product)(values, len(puzzle["names"]))
    found = [dict(zip(puzzle["names"], combination, strict=True)) for combination in tuples]
    return [one for one in found if all(calculate(rule, one) for rule in puzzle["constraints"])]


def _product(values: list[Any], count: int) -> Any:
    return itertools.product(values, repeat=count)


def checked_answer(check: Item) -> Any:
    """Return what a reasoning item's ``check`` gives: the value of an expression, or a puzzle's one solution.

    A puzzle with ``"unique": false`` asks for the first of its solutions.
    """
    if "expression" in check:
        return calculate(check["expression"])
    puzzle = check["puzzle"]
    found = solutions(puzzle)
    if puzzle.get("unique", True) and len(found) != 1:
        raise ValueError(f"the puzzle has {len(found)} solutions")
    if "name_at" in puzzle:
        return next(name for name, value in found[0].items() if value == puzzle["name_at"])
    return calculate(puzzle.get("answer") or puzzle["value_of"], found[0])


class Tools:
    """The four tools of the tool-use items, over the tables, files and entries in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = sqlite3.connect(":memory:")
        self.base.executescript((folder / "tables.sql").read_text(encoding="utf-8"))
        self.entries: dict[str, Any] = json.loads((folder / "lookup.json").read_text(encoding="utf-8"))

    def run(self, tool: str, arguments: Mapping[str, str]) -> Any:
        """Return the result of one call; a query that gives one value gives it bare."""
        if tool == "calculator":
            return calculate(arguments["expression"])
        if tool == "lookup":
            return self.entries[arguments["key"]]
        if tool == "read_file":
            return (self.folder / "files" / arguments["path"]).read_text(encoding="utf-8")
        ((value,),) = self.base.execute(arguments["query"]).fetchall()
        return value


def tool_results(item: Item, tools: Tools) -> list[Any]:
    """Return the value that each expected call hands on: its result, or what ``takes`` reads out of a text."""
    values: list[Any] = []
    for call in item["expected_calls"]:
        arguments = {name: _filled(text, values) for name, text in call["arguments"].items()}
        result = tools.run(call["tool"], arguments)
        if "takes" in call:
            (result,) = re.findall(call["takes"], result)
        values.append(result)
    return values


def tool_answer(item: Item, tools: Tools) -> str:
    """Return the answer that the expected calls lead to, as text."""
    values = tool_results(item, tools)
    source: str = item["answer_from"]
    alone = re.fullmatch(r"\{(\d+)\}", source)
    answer = values[int(alone[1]) - 1] if alone else calculate(_filled(source, values))
    return f"{answer:.10g}" if isinstance(answer, float) else str(answer)


def _filled(text: str, values: list[Any]) -> str:
    return re.sub(r"\{(\d+)\}", lambda match: str(values[int(match[1]) - 1]), text)


def concept_functions(concepts: Mapping[str, Item]) -> dict[str, Callable[..., Any]]:
    """Return each concept's formula as a function of its parameters, by id."""

    def function(concept: Item) -> Callable[..., Any]:
        names: list[str] = concept["parameters"]
        return lambda *values: calculate(concept["formula"], dict(zip(names, values, strict=True)))

    return {concept_id: function(concept) for concept_id, concept in concepts.items()}


def step_values(expressions: Iterable[str], concepts: Mapping[str, Item]) -> list[Any]:
    """Return the value of each step; a step may use the concepts and ``s1``, ``s2`` ... for the steps before it."""
    scope: dict[str, Any] = dict(concept_functions(concepts))
    values: list[Any] = []
    for expression in expressions:
        values.append(calculate(expression, scope))
        scope[f"s{len(values)}"] = values[-1]
    return values
