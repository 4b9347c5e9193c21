"""A comparison with a baseline as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from robustcore.report.comparison import BaselineReport, CaseChanges
from robustcore.report.inert import line

if TYPE_CHECKING:
    from rich.console import Console

SHOWN = 10  # cases named per kind
_MARK = {"regressed": "✗", "improved": "+", "unchanged": "✓", "new": "·", "error": "!"}
_NAMED = ("broken", "fixed", "new_failing", "still_failing", "lost", "gone")


def comparison_lines(report: BaselineReport, *, shown: int = SHOWN) -> Iterator[str]:
    """Yield the verdicts first, then per scenario the counts and the cases a person should look at."""
    yield f"compared with {report.source or 'the baseline'}"
    for one in report.comparisons:
        yield f"  {_MARK[one.status]} {one.scenario}: {one.sentence}"
    for name, changes in report.cases.items():
        yield f"  {name}: {counts_of(changes)}"
        for kind in _NAMED:
            ids = getattr(changes, kind)
            if not ids or kind in ("still_failing", "gone"):
                continue
            more = f", and {len(ids) - shown} more" if len(ids) > shown else ""
            yield f"    {kind.replace('_', ' ')}: {', '.join(ids[:shown])}{more}"


def print_comparison(report: BaselineReport, console: Console, *, shown: int = SHOWN) -> None:
    """Print `comparison_lines` on ``console``, each within its indentation."""
    from rich.text import Text

    source, *lines = comparison_lines(report, shown=shown)
    console.print(Text(line(source)), soft_wrap=True)  # a path is copied whole
    for told in lines:
        depth = len(told) - len(told.lstrip())
        for part in Text(line(told)).wrap(console, console.width - depth):
            console.print(Text(" " * depth + part.plain.rstrip()), soft_wrap=True)


def counts_of(changes: CaseChanges) -> str:
    """Return how many cases were fixed, broken and so on, in words."""
    named = [(kind, len(getattr(changes, kind))) for kind in (*_NAMED, "new_passing")]
    counts = [f"{count} {kind.replace('_', ' ')}" for kind, count in named if count or kind in ("broken", "fixed")]
    return ", ".join([*counts, f"{changes.still_passing} still passing"])
