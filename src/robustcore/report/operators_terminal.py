"""The table of operators; on a narrow terminal a few lines for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WIDE = 100
FEW: Final = 3  # levels that are named; of more the ends and the number


def render(found: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print the operators, each described as ``pytest-robust perturb list --json`` does."""
    if console.width >= WIDE:
        console.print(_table(found))
    else:
        for operator in found:
            console.print(_stacked(operator))
    note = "gate: each case gets a validity verdict; writer: a chat model (--robust-writer), or a stored variant"
    console.print(note, style="dim")


def _table(found: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, padding=(0, 1))
    for name in ("operator", "keeps", "severity", "needs"):
        table.add_column(name, no_wrap=True)
    table.add_column("what it does; options", overflow="fold")
    for operator in found:
        about = Group(Text(operator["about"]), *_options(operator))
        table.add_row(Text(operator["name"], style="bold"), *_facts(operator), about)
    return table


def _stacked(operator: Mapping[str, Any]) -> Group:
    keeps, severity, needs = _facts(operator)
    facts = f"keeps {keeps}, severity {severity}" + (f", needs {needs}" if needs != "-" else "")
    lines = [Text(facts, style="dim"), Text(operator["about"]), *_options(operator)]
    return Group(Text(operator["name"], style="bold"), *(Padding(line, (0, 0, 0, 4)) for line in lines))


def _facts(operator: Mapping[str, Any]) -> tuple[str, str, str]:
    steps = [f"{level:.2g}" for level in operator["levels"]]
    levels = ", ".join(steps) if len(steps) <= FEW else f"{steps[0]} to {steps[-1]} in {len(steps)}"
    needs = ", ".join([*operator["needs"], *(["gate"] if operator["gated"] else [])])
    return operator["preserves"].replace("_", " "), levels or "0 to 1", needs or "-"


def _options(operator: Mapping[str, Any]) -> list[Text]:
    parts = [
        f"{name}={_shown(option['default'])}"
        + (f" ({' '.join(map(_shown, option['choices']))})" if "choices" in option else "")
        for name, option in operator["options"].items()
    ]
    return [Text(", ".join(parts), style="cyan")] if parts else []


def _shown(value: Any) -> str:
    return '""' if value == "" else str(value)
