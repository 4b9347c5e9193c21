"""A concurrent endpoint for tests: answers by a function, in an order that a seed decides, and counts what it does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from robustcore.calls.types import Call, CallError, Packing, Reply, Response
from robustcore.keys import content_key


class ShuffledEndpoint:
    """Waits a random number of turns of the loop, then answers; ``most`` is the most calls it saw under way at once."""

    def __init__(
        self, script: Callable[[Call], Any], *, concurrency: int = 4, seed: int = 0, version: str = "", turns: int = 5
    ) -> None:
        self.packing = Packing(max_calls=1)
        self.live = False
        self.concurrency = concurrency
        self.sent: list[Call] = []
        self.cancelled = 0
        self.most = 0
        self._under_way = 0
        self._script = script
        self._rng = random.Random(seed)
        self._turns = turns
        self._version = version

    @property
    def fingerprint(self) -> str | None:
        """Return a key of the version, or None if none was given."""
        return content_key("shuffled", self._version) if self._version else None

    async def answer(self, call: Call) -> Reply:
        """Return what the script says; raise it if it is an exception."""
        self.sent.append(call)
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        try:
            for _ in range(self._rng.randrange(self._turns + 1)):
                await asyncio.sleep(0)
            value = self._script(call)
            if asyncio.iscoroutine(value):
                value = await value
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self._under_way -= 1
        if isinstance(value, BaseException):
            raise value
        return value if isinstance(value, (Response, CallError)) else Response(value=value)

    def run(self, calls: Sequence[Call]) -> Iterable[tuple[int, Reply]]:
        """Refuse: the engine asks a concurrent endpoint call by call."""
        raise AssertionError("a concurrent endpoint was given a batch")
