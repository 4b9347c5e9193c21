"""A Ray cluster as seen from a run: joined or started here, its slots counted, left as it was found."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from robustcore.endpoints.ray.actor import EndpointActor
from robustcore.endpoints.specs import Spec
from robustcore.errors import RobustError, require

EXTRA, PURPOSE = "ray", "--robust-engine ray"
NO_STATISTICS = {"RAY_USAGE_STATS_ENABLED": "0"}
CONNECT_SECONDS = 10.0
AUTHENTICATION = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")


def check_installed() -> None:
    """Raise `MissingExtraError` where Ray is not installed; it is looked for, not imported."""
    if find_spec("ray") is None:
        require("ray", extra=EXTRA, purpose=PURPOSE)


class RayCluster:
    """Where actors live: the cluster at ``address``, or one on this machine that is started for the run.

    ``address`` is that of a cluster's head (``host:port``, or ``auto`` for the one that this machine is a node of),
    empty for one of our own. ``most`` bounds the actors, 0 for one per GPU or, without any, one
    per processor. A cluster that somebody else started, in this process or elsewhere, is left running.

    Ray's usage statistics are off in every process we start, whatever the user's settings say.
    """

    def __init__(self, address: str = "", *, most: int = 0) -> None:
        self.address = address
        self.slots = 0
        self._most = most
        self._resource = "CPU"
        self._workers = 1
        self._ray: Any = None
        self._joined = False  # by us, so that we leave it
        self._folder: Path | None = None

    @property
    def ray(self) -> Any:
        """Return Ray, once `join` was called."""
        return self._ray

    def join(self) -> None:
        """Start or join the cluster and count its slots; raise `RobustError` where that cannot be."""
        os.environ.update(NO_STATISTICS)  # Ray reads it in this process and hands it on to those it starts
        self._ray = require("ray", extra=EXTRA, purpose=PURPOSE)
        if not self._ray.is_initialized():
            try:
                with _sigterm_kept():
                    self._init()
            except BaseException as error:
                self.leave()
                if isinstance(error, Exception):
                    what = f"no Ray cluster answers at {self.address}" if self.address else "Ray could not be started"
                    raise RobustError(f"--robust-engine ray: {what}: {first_line(error)}") from error
                raise
        self._count()

    def actor(self, kinds: str) -> Any:
        """Return the handle of a new actor; where there is no slot, it waits for one."""
        resources = {"num_cpus": 0, "num_gpus": 1} if self._resource == "GPU" else {"num_cpus": 1}
        settings = {**NO_STATISTICS, **({} if self.address else {"PYTHONPATH": _python_path()})}
        made = self._ray.remote(EndpointActor).options(**resources, runtime_env={"env_vars": settings})
        return made.remote(kinds)

    def spec_there(self, spec: Spec) -> str:
        """Return ``spec`` as JSON text for an actor: paths are absolute, and actors share a machine's processors."""
        there = dict(spec)
        if isinstance(there.get("model"), str) and Path(there["model"]).expanduser().is_dir():
            there["model"] = str(Path(there["model"]).expanduser().resolve())
        if isinstance(there.get("workers"), int):
            there["workers"] = max(there["workers"], self._workers)
        return json.dumps(there)

    def told(self) -> str:
        """Return what the cluster has and what of it is free, for a message."""
        has, free = (found.get(self._resource, 0) for found in self._resources())
        return f"{free:g} of {has:g} {self._resource} slots are free"

    def leave(self) -> None:
        """End what we started; a cluster that was joined goes on without us."""
        if self._joined:
            self._joined = False
            with _sigterm_kept(), suppress(Exception):
                self._ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _init(self) -> None:
        quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
        if self.address:
            _check_reachable(self.address)
        self._joined = True
        if self.address:
            self._ray.init(address=self.address, **quiet)
            return
        if not any(name in os.environ for name in AUTHENTICATION):
            # Ray listens on every interface and asks for a token, which it would write into the user's home.
            os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
        # Short, since the paths of sockets in it may have about a hundred characters.
        self._folder = Path(tempfile.mkdtemp(prefix="robust-ray-", dir="/tmp" if Path("/tmp").is_dir() else None))
        self._ray.init(
            address="local",
            num_cpus=self._most or None,
            include_dashboard=False,
            _temp_dir=str(self._folder),
            _node_ip_address="127.0.0.1",
            **quiet,
        )

    def _resources(self) -> tuple[dict[str, float], dict[str, float]]:
        return self._ray.cluster_resources(), self._ray.available_resources()

    def _count(self) -> None:
        has, _ = self._resources()
        self._resource = "GPU" if has.get("GPU", 0) >= 1 else "CPU"
        count = int(has.get(self._resource, 0))
        if count < 1:
            raise RobustError("--robust-engine ray: the cluster has no GPU and no CPU slot, so no actor can be started")
        self.slots = min(count, self._most or count)
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        self._workers = min(self.slots, max(int(node.get(self._resource, 0)) for node in nodes))


def _check_reachable(address: str) -> None:
    """Raise `OSError` where nobody listens: Ray would go on trying for minutes."""
    host, colon, port = address.rpartition("://")[2].strip("/").rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()


def first_line(error: BaseException) -> str:
    """Return what an exception of Ray's says, without the traces and addresses that follow."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:400]


@contextmanager
def _sigterm_kept() -> Iterator[None]:
    """Give SIGTERM back to whoever had it: Ray takes it where it is started, and never returns it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before if before is not None else signal.SIG_DFL)


def _python_path() -> str:
    """Return where this process imports from, so that actors on this machine run the same code."""
    ours = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(dict.fromkeys([*(str(Path(path).absolute()) for path in sys.path if path), ours]))
