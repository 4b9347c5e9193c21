"""The pages of docs/reference are what the code says today."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from robustcore.measures.registry import measure_registry
from robustcore.perturb.families import shipped

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
HOW = "make reference"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    found: dict[str, str] = importlib.import_module("docs.reference").pages()
    return found


def test_every_page_is_current(pages: dict[str, str]) -> None:
    stored = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    old = sorted(name for name in {*pages, *stored} if pages.get(name) != stored.get(name))
    assert not old, f"write them anew: {HOW}"


def test_every_operator_and_measure_has_a_page_with_source_and_example(pages: dict[str, str]) -> None:
    names = [*(operator.name for operator in shipped()), *(f"measure.{name}" for name in measure_registry().names())]
    for name in names:
        text = pages[f"{name}.md"]
        assert "| source | " in text, name
        assert "```yaml\nrobust: 1" in text, name
