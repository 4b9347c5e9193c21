"""Endpoints made from data that write down who answered what, for actors in processes of their own to make."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robustcore.calls.types import Call, CallError, Endpoint, Flow, Packing, Reply, Response
from robustcore.endpoints.specs import Build, endpoint_kinds
from robustcore.registry import Registry

KINDS = "ray_world:kinds"


class CountingEndpoint:
    """Answers a number with its double after ``seconds``; each batch is one line of ``log`` when it begins.

    A batch that has the number ``hangs`` goes on until a file ``go`` lies beside the log, a minute at most; ``dies``
    ends the process; ``refuses`` is answered with an error, and ``odd`` with what is no JSON.
    """

    live = False

    def __init__(
        self, log: str, *, seconds: float = 0.0, version: str = "1", batch: int = 8, **special: int | None
    ) -> None:
        self.packing = Packing(max_calls=batch)
        self.fingerprint: str | None = f"counting/{version}"
        self._log, self._seconds, self._version, self._batch = Path(log), seconds, version, batch
        self._special = special

    @property
    def spec(self) -> dict[str, Any]:
        """Return the data that makes an equal endpoint."""
        given = {"log": str(self._log), "seconds": self._seconds, "version": self._version, "batch": self._batch}
        return {"kind": "counting", **given, **self._special}

    def run(self, calls: Sequence[Call]) -> Iterable[tuple[int, Reply]]:
        """Answer ``calls``, after writing them down."""
        numbers = [call.payload for call in calls]
        line = {"pid": os.getpid(), "numbers": numbers, "environment": dict(os.environ), "statistics": statistics()}
        with self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        time.sleep(self._seconds)
        if self._special.get("dies") in numbers:
            os._exit(1)
        if self._special.get("hangs") in numbers:
            until = time.monotonic() + 60
            while not self._log.with_name("go").exists() and time.monotonic() < until:
                time.sleep(0.02)
        for index, number in enumerate(numbers):
            if number == self._special.get("refuses"):
                yield index, CallError(kind="infra_error", message="no", exception="Refused")
            else:
                value = {number} if number == self._special.get("odd") else 2 * number
                yield index, Response(value=value, usage=(number, 1))


def from_spec(spec: Mapping[str, Any]) -> Endpoint:
    """Return the endpoint of a spec."""
    return CountingEndpoint(**{name: value for name, value in spec.items() if name != "kind"})


def kinds() -> Registry[Build]:
    """Return the kinds of endpoints that actors of the tests can make."""
    registry = endpoint_kinds()
    registry.add("counting", from_spec)
    return registry


def statistics() -> bool | None:
    """Say whether Ray would report usage statistics from this process; None where Ray is not imported."""
    try:
        from ray._common.usage.usage_lib import usage_stats_enabled
    except ImportError:
        return None
    enabled: bool = usage_stats_enabled()
    return enabled


@dataclass(frozen=True)
class Ran:
    """One batch that began: by which process, with which numbers."""

    pid: int
    numbers: tuple[int, ...]
    environment: Mapping[str, str]
    statistics: bool | None


def ran(log: Path) -> list[Ran]:
    """Return the batches that began, in order."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [Ran(**{**json.loads(line), "numbers": tuple(json.loads(line)["numbers"])}) for line in lines]


def ask(*numbers: int, endpoint: str = "count") -> Flow[list[Reply]]:
    """Ask for ``numbers`` at once; the result is their replies."""
    replies = yield [Call(endpoint=endpoint, op="double", payload=number, length=number) for number in numbers]
    return replies
