"""The hooks of a run that asked for scenarios. Each forwards to the session object."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from _pytest.reports import TestReport

from pytest_robust import collect, properties, startup, terminal, transfer
from pytest_robust.collector import SeldomCollector
from pytest_robust.failure import rerun_command
from pytest_robust.keys import OUTCOME, SESSION
from pytest_robust.looking_up import outcome as outcome_of
from pytest_robust.options import Options
from pytest_robust.rootdir import check_rootdir
from pytest_robust.session import RobustSession
from robustcore.errors import RobustError

SUFFIXES = (".robust.yaml", ".robust.yml")


class RobustHooks:
    """One per session. ``complete`` turns False when a run is interrupted, so that the next one resumes it."""

    def __init__(self, session: RobustSession) -> None:
        self.session = session
        self._collector = SeldomCollector()
        self._hub = transfer.Hub(session)
        self.complete = True

    @classmethod
    def of(cls, config: pytest.Config) -> RobustHooks:
        """Return the hooks for ``config``, with the session in its stash."""
        options = Options.of(config)
        check_rootdir(config)
        startup.add_packs(options, config)
        session = startup.open_session(options, config)
        config.stash[SESSION] = session
        return cls(session)

    def pytest_report_header(self, config: pytest.Config) -> str:
        """Say where responses are kept and how many there are."""
        return startup.header(self.session.options)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect ``*.robust.yaml``."""
        if file_path.name.endswith(SUFFIXES):
            nodeid = startup.shipped_id(file_path, parent.config)
            collector: pytest.Collector = collect.RobustFile.from_parent(parent, path=file_path, nodeid=nodeid)
            return collector
        return None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, Any, Any]:
        """Plan what was selected and run the first window, outside of any test."""
        options = session.config.option
        if options.collectonly or (session.testsfailed and not options.continue_on_collection_errors):
            return (yield)
        specs = [spec for item in session.items if (spec := collect.spec_of(item)) is not None]
        self._collector.settle()
        self.session.plan(specs)
        if self.session.options.plan_only:
            terminal.print_plan(self.session, specs, session.config)
            session.items.clear()
        elif not transfer.distributed(session.config):
            startup.refuse_if_nothing_can_run(self.session, specs)
            with terminal.progress(session.config, self.session):
                try:
                    self.session.run_first_window()
                except RobustError as error:  # nothing can be sent at all: where batches should run is not there
                    raise pytest.UsageError(str(error)) from None
        elif transfer.is_worker(session.config):
            self.session.run_share()
        return (yield)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Look the outcome up: an infrastructure error is an ERROR of setup, what was not asked is a skip."""
        spec = collect.spec_of(item)
        if spec is None:
            return
        try:
            outcome = item.stash[OUTCOME] = outcome_of(self.session, spec)
            if outcome.kind not in ("skipped", "error"):
                properties.record(item, spec, self.session)
        except RobustError as error:
            pytest.fail(str(error), pytrace=False)
        if outcome.kind == "skipped":
            pytest.skip(outcome.short)
        if outcome.kind == "error":
            pytest.fail(outcome.short, pytrace=False)

    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Tell the outcome of our items; every other function runs as usual."""
        outcome = pyfuncitem.stash.get(OUTCOME, None)
        if outcome is None:
            return None
        if outcome.kind == "failed":
            pytest.fail(outcome.short, pytrace=False)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, TestReport, TestReport]:
        """Set XFAIL on the report (raised, it would be switched off by ``--runxfail``) and the texts people read."""
        report = yield
        outcome = item.stash.get(OUTCOME, None)
        if outcome is None or report.when == "teardown":
            return report
        if report.passed and report.when == "call" and outcome.kind == "tolerated":
            report.outcome = "skipped"
            report.wasxfail = f"reason: {outcome.short}"
        elif report.failed and outcome.kind in ("failed", "error"):
            again = rerun_command(*startup.rerun_options(self.session.options), *startup.place(item))
            report.longrepr = terminal.ShortRepr(f"{outcome.text}\n  run again   {again}", outcome.short, item)
        elif report.skipped and outcome.kind == "skipped":
            path, line, _ = item.reportinfo()
            report.longrepr = (str(path), (line or 0) + 1, f"Skipped: {outcome.short}")
        return report

    def pytest_keyboard_interrupt(self) -> None:
        """Leave the run unfinished: what was answered is reused next time."""
        self.complete = False

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the report and close the ledger."""
        internal = exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
        transfer.send(self.session, session.config)
        self._hub.close()
        self.session.finish(complete=self.complete and not internal and not self.session.options.plan_only)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what an xdist worker found."""
        transfer.receive(self.session, node)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Invite an xdist worker to the run."""
        node.workerinput[transfer.KEY] = self._hub.invitation()

    def pytest_unconfigure(self) -> None:
        """Free what the session holds."""
        self.session.release()
        self._collector.restore()

    def pytest_terminal_summary(self, terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
        """Print the summary and write the reports; where there was nothing to run, say how to get something.

        A report that was asked for and is not there ends an otherwise good run with status 1: what reads it next
        would go by an old one.
        """
        whole = terminal.print_summary(self.session, terminalreporter, config)
        if not whole and exitstatus == pytest.ExitCode.OK:
            terminalreporter._session.exitstatus = pytest.ExitCode.TESTS_FAILED
            terminalreporter.write_line("the run ends with status 1: a report that was asked for is missing", red=True)
        nothing = exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and not terminalreporter.stats.get("deselected")
        if nothing and not self.session.options.plan_only:
            terminalreporter.write_line(startup.NOTHING_COLLECTED)
