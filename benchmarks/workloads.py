"""The folders that the benchmarks run pytest in: generated questions, a plain function as system, scenarios."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

MODES = ("lower", "upper", "title", "alternating")
SEVERITIES = (0.2, 0.4, 0.6, 0.8, 1)
CONDITIONS = len(MODES) * len(SEVERITIES)

# A fifth of the items answers only questions spelt as in the data, so a fifth of all perturbed cases is XFAIL.
SYSTEM = '''
import re

NUMBER = re.compile(r"\\d+")

def answer(question):
    """Return the code of an item; for every fifth item only if the question is spelt as in the data."""
    number = int(NUMBER.search(question)[0])
    if number % 5 == 0 and question != f"Which code does the Harbour archive give to item {number}?":
        return "I do not know."
    return f"The code is ZX{number}Q."
'''


def application(folder: Path, questions: int) -> Path:
    """Write an application under test with that many questions; return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "app.py").write_text(SYSTEM, encoding="utf-8")
    _jsonl(folder / "docs.jsonl", [{"id": f"d{i}", "text": f"Shelf {i} of the Harbour archive."} for i in range(10)])
    asked = [
        {
            "id": f"q{i:05d}",
            "question": f"Which code does the Harbour archive give to item {i}?",
            "answers": [f"ZX{i}Q"],
        }
        for i in range(questions)
    ]
    _jsonl(folder / "questions.jsonl", asked)
    return folder


def scenario(
    name: str,
    *,
    items: str = "case",
    severities: Sequence[float] = SEVERITIES,
    modes: Sequence[str] = MODES,
    gate: bool = True,
) -> str:
    """Return a scenario over the application: one case per question, letter case and severity, gated as a group."""
    perturb = "\n".join(f"  - question.casing: {{mode: {mode}}}" for mode in modes)
    return (
        f"robust: 1\nname: {name}\nsystem: app:answer\nitems: {items}\n"
        "data: {corpus: docs.jsonl, questions: questions.jsonl}\n"
        f"perturb:\n{perturb}\nseverity: {list(severities)}\nmeasures: [passes]\n"
        + ("expect:\n  - group: {measure: passes, at-least: 0.5}\n" if gate else "")
    )


def empty_tests(count: int) -> str:
    """Return a test file of ``count`` empty parametrized tests."""
    return f"import pytest\n\n@pytest.mark.parametrize('n', range({count}))\ndef test_it(n):\n    pass\n"


def _jsonl(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
