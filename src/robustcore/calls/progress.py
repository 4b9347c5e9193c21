"""What a run tells while it runs: counters, and a rich bar for a terminal."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from robustcore.calls.types import CallError, Reply

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichBar


@dataclass(slots=True)
class Spent:
    """What one endpoint was asked and what it took.

    ``sent`` calls went to it, ``failed`` of them have no response; ``seconds`` is the time of its responses, that of
    calls side by side added up; ``input_tokens`` and ``output_tokens`` are what it says it was paid for.
    """

    sent: int = 0
    failed: int = 0
    seconds: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0

    def add(self, reply: Reply) -> None:
        """Count one call that was sent, by its last reply."""
        self.sent += 1
        if isinstance(reply, CallError):
            self.failed += 1
            return
        self.seconds += reply.seconds
        self.input_tokens += reply.usage[0]
        self.output_tokens += reply.usage[1]


@dataclass(slots=True)
class Counters:
    """What the engine has done: ``asked`` calls by flows, ``unique`` among them, ``hits`` from the ledger.

    ``sent`` went to endpoints (retries included in ``retried``, not in ``sent``) and have come back, ``under_way`` have
    not; ``refused`` were not sent (live and not allowed, or the endpoint was given up); ``failed`` have no response.
    ``seconds`` is time spent inside endpoints, that of calls side by side added up. ``spent`` is the same by endpoint,
    with tokens.
    """

    asked: int = 0
    unique: int = 0
    hits: int = 0
    sent: int = 0
    retried: int = 0
    refused: int = 0
    failed: int = 0
    under_way: int = 0
    seconds: float = 0.0
    spent: dict[str, Spent] = field(default_factory=dict)

    def paid(self, endpoint: str, reply: Reply) -> None:
        """Count a call that was sent to ``endpoint``, by its last reply."""
        self.spent.setdefault(endpoint, Spent()).add(reply)

    def add_sent(self, other: Counters) -> None:
        """Add what ``other`` counted of calls that were sent; whoever asked for them counts the rest."""
        self.sent += other.sent
        self.retried += other.retried
        self.refused += other.refused
        self.failed += other.failed
        self.seconds += other.seconds
        self.spent = {**self.spent, **other.spent}

    def totals(self) -> dict[str, int | float]:
        """Return the counters of the whole session by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "spent"}


class Progress(Protocol):
    """Is told how far a run is. ``total`` calls are known so far; later rounds may add to it."""

    def update(self, counters: Counters, done_flows: int, all_flows: int) -> None:
        """Show the state; called after each batch and each round."""
        ...


class Silent:
    """Shows nothing."""

    def update(self, counters: Counters, done_flows: int, all_flows: int) -> None:
        """Do nothing."""


_LEAST_BAR = 18  # columns of the shortest bar worth drawing, the time left, and the blanks between


def told_in(room: int, counters: Counters, done: int, cases: str) -> str:
    """Return what the bar says in ``room`` columns: calls and cases always, the rest as far as it fits."""
    tokens = sum(spent.input_tokens + spent.output_tokens for spent in counters.spent.values())
    told = f"{done}/{counters.unique} calls, {cases} cases"
    more = {
        f"{counters.under_way} under way": counters.under_way,
        f"{tokens:,} tokens": tokens,
        f"{counters.hits} from the ledger": counters.hits,
        f"{counters.asked} asked for": counters.asked > counters.unique,
    }
    for part, wanted in more.items():
        if wanted and len(told) + len(part) + 2 <= room:
            told = f"{told}, {part}"
    return told


class RichProgress:
    """A rich bar on ``console``: calls done of those known, cases, time left, and more where the line has room.

    Later rounds add calls, so that the total grows while it runs; the time left is that of the calls known so far.
    Use as a context manager.
    """

    def __init__(self, console: Console, label: str = "robust") -> None:
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichBar

        self._room = console.width - len(label) - _LEAST_BAR
        self._bar: RichBar = RichBar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[told]}", style="progress.download"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task(label, total=None, told="starting")

    def update(self, counters: Counters, done_flows: int, all_flows: int) -> None:
        """Redraw the bar."""
        done = counters.hits + counters.sent + counters.refused
        told = told_in(self._room, counters, done, f"{done_flows}/{all_flows}")
        self._bar.update(self._task, completed=done, total=max(counters.unique, 1), told=told)

    def __enter__(self) -> Self:
        """Start drawing."""
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Take the bar off the screen."""
        self._bar.stop()
