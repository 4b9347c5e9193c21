"""The tools of the shop's assistant: a database, search over product sheets, a calculator, files; one of them acts."""

from __future__ import annotations

import ast
import json
import operator
import sqlite3
from pathlib import Path
from typing import Any

from langchain_core.tools import BaseTool, tool

from shop.embeddings import MiniLM

HERE = Path(__file__).parent
BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


class Sheets:
    """The product sheets in a FAISS index, made once: searching changes nothing."""

    def __init__(self) -> None:
        import faiss
        import numpy as np

        self.texts = [path.read_text(encoding="utf-8") for path in sorted((HERE / "docs").glob("*.md"))]
        vectors = np.asarray(MiniLM().embed_documents(self.texts), dtype="float32")
        self.index = faiss.IndexFlatIP(vectors.shape[1])
        self.index.add(vectors)

    def nearest(self, query: str, count: int = 2) -> list[str]:
        import numpy as np

        _, rows = self.index.search(np.asarray([MiniLM().embed_query(query)], dtype="float32"), count)
        return [self.texts[row] for row in rows[0]]


_SHEETS: list[Sheets] = []


def make_tools() -> list[BaseTool]:
    """Return the tools over a database of their own: what one conversation changes, no other one sees."""
    base = sqlite3.connect(":memory:", check_same_thread=False)
    base.executescript((HERE / "shop.sql").read_text(encoding="utf-8"))
    base.row_factory = sqlite3.Row

    @tool
    def sql(query: str) -> str:
        """Query the tables products(name, price, weight, stock) and orders(id, customer, product, quantity)."""
        return json.dumps([dict(row) for row in base.execute(query).fetchall()])

    @tool
    def search(query: str) -> str:
        """Search the product sheets; gives the two nearest ones."""
        if not _SHEETS:
            _SHEETS.append(Sheets())
        return "\n\n".join(_SHEETS[0].nearest(query))

    @tool
    def calculator(expression: str) -> str:
        """Work out sums, differences, products and quotients, such as 3 * 12.5."""
        return f"{_value(ast.parse(expression, mode='eval').body):.10g}"

    @tool
    def read_file(path: str) -> str:
        """Read one of the office's files: opening.txt, returns.txt."""
        return (HERE / "files" / Path(path).name).read_text(encoding="utf-8")

    @tool
    def cancel_order(order: int) -> str:
        """Cancel an order. Ask the customer first."""
        gone = base.execute("DELETE FROM orders WHERE id = ?", (order,)).rowcount
        return f"cancelled {gone} order(s)"

    return [sql, search, calculator, read_file, cancel_order]


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
            return BINARY[type(op)](_value(left), _value(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
    raise ValueError("only numbers and + - * / are known")
