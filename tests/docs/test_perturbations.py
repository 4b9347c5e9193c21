"""The table of operators says of every shipped one what the operator itself declares."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from robustcore.perturb.base import Inject, Operator
from robustcore.perturb.families import shipped

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAMES = ("perturbations.md", "document-perturbations.md", "pressure.md", "agents.md")
PAGES = [(DOCS / name).read_text(encoding="utf-8") for name in NAMES]
ROWS = {
    cells[0]: cells[1:]
    for line in "\n".join(PAGES).splitlines()
    if line.startswith("| `")
    for cells in [[cell.strip().strip("`") for cell in line.strip("|").split("|")]]
    if cells[0].partition(".")[0] in (*get_args(Inject), "regime")
}


@pytest.mark.parametrize("operator", shipped(), ids=lambda operator: operator.name)
def test_an_operator_is_in_the_table_as_it_declares_itself(operator: Operator) -> None:
    preserves, gated, severity, protected_or_not_run = ROWS[operator.name]
    assert preserves == operator.preserves.value
    assert gated == ("yes" if operator.gated else "no")
    assert severity.startswith("1 only: ") == (operator.levels == (1.0,))
    assert severity.removeprefix("1 only: ")
    assert protected_or_not_run or operator.inject != "question"
    named = set(re.findall(r"`(\w+)`", severity))
    assert named <= set(operator.options)


def test_the_table_has_no_operator_that_is_not_shipped() -> None:
    assert sorted(ROWS) == sorted(operator.name for operator in shipped())
