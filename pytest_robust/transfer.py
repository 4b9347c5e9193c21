"""Between an xdist controller and its workers: a run id on the way out, a report as plain data on the way back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from robustcore.calls.ledger import Run

if TYPE_CHECKING:
    from pytest_robust.session import RobustSession

KEY = "robust"


def is_worker(config: pytest.Config) -> bool:
    """Say whether this process is an xdist worker."""
    return hasattr(config, "workerinput")


def distributed(config: pytest.Config) -> bool:
    """Say whether this process is part of an xdist run, as controller or worker.

    A worker does not know which items it will get, so it plans nothing ahead: each look-up runs what it needs, and
    the ledger they share keeps most calls from being sent twice.
    """
    return is_worker(config) or getattr(config.option, "dist", "no") != "no"


def invite(session: RobustSession, node: Any) -> None:
    """Tell a worker which run it takes part in (controller side)."""
    _ = session.engine  # opens the run
    if session.run is not None:
        node.workerinput[KEY] = session.run.id


def invited(config: pytest.Config) -> Run | None:
    """Return the run this worker was told to join, or None."""
    run_id = getattr(config, "workerinput", {}).get(KEY)
    return Run(run_id, resumed=True) if run_id else None


def send(session: RobustSession, config: pytest.Config) -> None:
    """Hand this worker's report to the controller as JSON text; does nothing elsewhere."""
    if is_worker(config):
        from pytest_robust.reporting import session_report
        from robustcore.report.json_form import to_json

        config.workeroutput[KEY] = json.dumps(to_json(session_report(session)))  # type: ignore[attr-defined]


def receive(session: RobustSession, node: Any) -> None:
    """Keep a worker's report (controller side). A worker that crashed sent none."""
    text = getattr(node, "workeroutput", {}).get(KEY)
    if text:
        from robustcore.report.json_form import from_json

        session.received.append(from_json(json.loads(text)))
