"""What the user sees: progress, plan, failure lines, summary."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter

from pytest_robust import transfer
from pytest_robust.items import Spec
from pytest_robust.plain import plain
from pytest_robust.session import RobustSession

if TYPE_CHECKING:
    from rich.console import Console


class ShortRepr(TerminalRepr):
    """A failure text whose summary line is one sentence. ``reprcrash`` is where pytest looks for that sentence."""

    def __init__(self, text: str, short: str, item: pytest.Item) -> None:
        path, line, _ = item.reportinfo()
        self.text = text
        self.reprcrash = ReprFileLocation(str(path), (line or 0) + 1, short)

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write the text, its first line in red."""
        first, _, rest = plain(self.text, tw._file).partition("\n")
        tw.line(first, red=True)
        tw.line(rest)

    def __str__(self) -> str:
        """Return the text: what JUnit files and xdist workers get."""
        return self.text


@contextmanager
def progress(config: pytest.Config, session: RobustSession) -> Iterator[None]:
    """Show a bar for the windows that run inside, on a terminal only."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not reporter.isatty or config.option.verbose < -1:
        yield
        return
    capture = config.pluginmanager.get_plugin("capturemanager")

    @contextmanager
    def bar() -> Iterator[Any]:
        from rich.console import Console

        from robustcore.calls.progress import RichProgress

        uncaptured: AbstractContextManager[None] = capture.global_and_fixture_disabled() if capture else nullcontext()
        with uncaptured, RichProgress(Console(file=sys.__stderr__)) as shown:
            yield shown

    session.bar = bar
    yield


def print_plan(session: RobustSession, specs: Sequence[Spec], config: pytest.Config) -> None:
    """Print the calls a run of ``specs`` would make; nothing is sent."""
    from pytest_robust.planning import plan_lines

    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        reporter.section("robustness plan")
        for line in plan_lines(session, specs):
            reporter.write_line(line)


def print_summary(session: RobustSession, reporter: Any, config: pytest.Config) -> bool:
    """Print the summary tables and write the reports, if there is anything to tell; return whether all are written."""
    from pytest_robust.reporting import session_report, told

    if transfer.is_worker(config) or not (session.received or told(session)):
        return True
    from pytest_robust.publish import publish
    from robustcore.report.terminal import render

    reporter.section("robustness summary")
    reporter.flush()  # of thousands of cases the report takes seconds
    report = session_report(session)
    console = _console(reporter)
    render(report, console)
    text = str(console.file.getvalue())  # type: ignore[attr-defined]  # a StringIO
    text = re.sub(" +$", "", text, flags=re.MULTILINE)  # tables pad their cells; nobody wants that in a copied log
    reporter.write(plain(text, reporter._tw._file))
    return publish(report, session.options, reporter)


def _console(reporter: Any) -> Console:
    from rich.console import Console

    width = reporter._tw.fullwidth
    marked = bool(reporter.hasmarkup)
    return Console(file=io.StringIO(), width=width, force_terminal=marked, color_system="standard" if marked else None)
