"""The tools of the tool-use items of the pack noisy, as LangChain tools: a ready toolset for any agent."""

from __future__ import annotations

import ast
import json
import math
import operator
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from robustcore.corpus.bundled import shipped_folder
from robustcore.errors import require

PURE: Final = ("calculator", "lookup", "read_file")
"""The tools whose result depends on their arguments alone."""

_BINARY: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip
_UNARY: Final[Mapping[type[ast.unaryop], Callable[[Any], Any]]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "abs": abs, "ceil": math.ceil, "floor": math.floor, "max": max, "min": min, "round": round, "sqrt": math.sqrt,
}  # fmt: skip
_MOST_DIGITS: Final = 400


def noisy_tools(folder: Path | None = None) -> list[Any]:
    """Return a fresh set of the tools ``sql``, ``calculator``, ``lookup`` and ``read_file``.

    ``folder`` holds tables.sql, lookup.json and files/ (default: those of the pack). Each set has a database of its
    own in memory, so pass the function itself, not its result, as the tools of an agent: a trial then never sees what
    another one changed. What a tool refuses (a wrong query, an unknown file) it says in its result.
    """
    tools = require("langchain_core.tools", extra="langchain", purpose="the toolset of the pack noisy")
    place = folder or shipped_folder("fixtures") / "packs" / "noisy" / "tools"
    base = sqlite3.connect(":memory:", check_same_thread=False)
    base.executescript((place / "tables.sql").read_text(encoding="utf-8"))
    base.row_factory = sqlite3.Row
    entries: dict[str, Any] = json.loads((place / "lookup.json").read_text(encoding="utf-8"))

    def sql(query: str) -> str:
        """Run one SQL query on the harbour's SQLite database and return its rows as JSON objects."""
        try:
            rows = base.execute(query).fetchall()
        except sqlite3.Error as error:
            return f"SQL error: {error}"
        return json.dumps([dict(row) for row in rows], ensure_ascii=False)

    def calculator(expression: str) -> str:
        """Calculate an arithmetic expression such as round(3 * 12.5, 2)."""
        try:
            return f"{calculated(expression):.12g}"
        except (ValueError, ArithmeticError, TypeError) as error:
            return f"cannot calculate {expression!r}: {error}"

    def lookup(key: str) -> str:
        """Look up a value of the harbour's register by its key, such as rate.eur_nok."""
        return str(entries[key]) if key in entries else f"no entry {key!r}; keys: {', '.join(sorted(entries))}"

    def read_file(path: str) -> str:
        """Read a text file of the harbour office by its name."""
        files = {file.name: file for file in (place / "files").iterdir() if file.is_file()}
        if path not in files:
            return f"no file {path!r}; files: {', '.join(sorted(files))}"
        return files[path].read_text(encoding="utf-8")

    return [tools.tool(function) for function in (sql, calculator, lookup, read_file)]


def calculated(expression: str) -> float:
    """Return the value of an arithmetic expression; raise ValueError for anything else, and for huge powers."""
    try:
        return float(_value(ast.parse(expression.strip(), mode="eval").body))
    except (SyntaxError, RecursionError):
        raise ValueError("it is no arithmetic expression") from None


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            one, other = _value(left), _value(right)
            if isinstance(op, ast.Pow) and abs(other) * math.log10(max(2.0, abs(one))) > _MOST_DIGITS:
                raise ValueError("the power is too large")
            return _BINARY[type(op)](one, other)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _UNARY[type(op)](_value(operand))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_value(arg) for arg in args))
    raise ValueError("only numbers, + - * / // % ** and " + ", ".join(_FUNCTIONS) + " are known")
