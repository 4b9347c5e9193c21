"""Between an xdist controller and its workers: an invitation on the way out, a report as plain data on the way back."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_robust.broker import Broker
    from pytest_robust.broker_client import BrokerClient
    from pytest_robust.session import RobustSession
    from robustcore.calls.ledger import Run
    from robustcore.calls.types import Endpoint

KEY = "robust"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What a worker takes part in: a run with its ledger, through a broker; it plans share ``index`` of ``count``."""

    run: Run
    ledger: Path
    client: BrokerClient
    index: int
    count: int


class Hub:
    """What the controller keeps while workers run: the broker, and a ledger file where the user wants none kept."""

    def __init__(self, session: RobustSession) -> None:
        self._session = session
        self._broker: Broker | None = None
        self._folder: Path | None = None

    def invitation(self) -> str:
        """Return, as JSON text, what a worker needs to join the run; the broker starts with the first one."""
        session = self._session
        ledger = session.ledger_path or self._own_ledger()
        if self._broker is None:
            self._broker = self._open(ledger)
        run = session.run
        words = {"run": run.id if run else "", "ledger": str(ledger), "port": self._broker.port}
        return json.dumps({**words, "secret": self._broker.secret})

    def close(self) -> None:
        """Stop the broker and take away what was only for this run."""
        if self._broker is not None:
            self._broker.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _own_ledger(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="robust-run-"))
        return self._folder / "ledger.sqlite"

    def _open(self, ledger: Path) -> Broker:
        from pytest_robust.broker import Broker
        from pytest_robust.desk import Desk
        from pytest_robust.placing import lanes_of

        session = self._session
        broker = Broker(self._find)
        broker.open_desk(
            lambda told: Desk(
                ledger,
                told,
                bound_to=session.engine.bound_to,
                allow_live=session.options.live,
                classifiers=session.classifiers,
                lanes=lanes_of(session.options),
            )
        )
        session.desk = broker.desk
        return broker

    def _find(self, file: str, scenario: str, name: str) -> Endpoint | None:
        """Return an endpoint of a scenario, made in this process; None if it cannot be made: a worker runs it then."""
        try:
            units = self._session.loaded(Path(file))
            unit = next(unit for unit in units if unit.scenario.name == scenario)
            endpoint = unit.endpoints.get(name)
        except Exception:  # whatever is wrong with it, the worker that has it will say so
            return None
        if endpoint is not None:
            self._session.engine.add_endpoints({name: endpoint})
        return endpoint


def is_worker(config: pytest.Config) -> bool:
    """Say whether this process is an xdist worker."""
    return hasattr(config, "workerinput")


def distributed(config: pytest.Config) -> bool:
    """Say whether this process is part of an xdist run, as controller or worker."""
    return is_worker(config) or getattr(config.option, "dist", "no") != "no"


def join(config: pytest.Config) -> Joined | None:
    """Join the run that this worker was invited to; None elsewhere."""
    given = getattr(config, "workerinput", {})
    if KEY not in given:
        return None
    from pytest_robust.broker_client import BrokerClient
    from robustcore.calls.ledger import Run

    words = json.loads(given[KEY])
    who = str(given["workerid"])
    return Joined(
        run=Run(words["run"], resumed=True),
        ledger=Path(words["ledger"]),
        client=BrokerClient(words["port"], words["secret"], who),
        index=int(who.removeprefix("gw")),
        count=int(given["workercount"]),
    )


def send(session: RobustSession, config: pytest.Config) -> None:
    """Hand this worker's report to the controller as JSON text; does nothing elsewhere."""
    if is_worker(config):
        from pytest_robust.reporting import session_report
        from robustcore.report.json_form import to_json

        config.workeroutput[KEY] = json.dumps(to_json(session_report(session, tables=False)))  # type: ignore[attr-defined]


def receive(session: RobustSession, node: Any) -> None:
    """Keep a worker's report (controller side). A worker that crashed sent none."""
    text = getattr(node, "workeroutput", {}).get(KEY)
    if text:
        from robustcore.report.json_form import from_json

        session.received.append(from_json(json.loads(text)))
