"""Pace: how fast an endpoint may be asked. Limits per minute, calls at once, and slowing down when the service says so.

Everything here belongs to one event loop. Time is `time.monotonic` in seconds.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from robustcore.errors import InputError, Problem

MINUTE = 60.0
GUESSED_OUTPUT = 256  # tokens of an answer, until there are answers to learn from
GUESSED_RATIO = 0.3  # tokens a byte, likewise: a little more than English needs
LEARN = 0.1  # weight of the newest reply in what is learned


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that is asked of an endpoint: calls at once, and requests and tokens per minute (None: no limit)."""

    concurrency: int = 64
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None

    def __post_init__(self) -> None:
        """Refuse limits under which nothing could be sent."""
        if isinstance(self.concurrency, bool) or not isinstance(self.concurrency, int) or self.concurrency < 1:
            raise InputError(
                Problem(what=f"concurrency must be a whole number, at least 1; it is {self.concurrency!r}")
            )
        for name in ("requests_per_minute", "tokens_per_minute"):
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
            if value is not None and not number:
                raise InputError(Problem(what=f"{name} must be a number above 0; it is {value!r}"))


class Meter:
    """Hands out starting times so that no minute holds more than ``per_minute`` units.

    Starts are spread evenly: k units push the next start by k/per_minute minutes. So any minute
    holds at most ``per_minute`` calls of one unit; of larger calls, the last to start in it may reach beyond. There is
    no burst at the start.
    """

    def __init__(self, per_minute: float | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = 0.0 if per_minute is None else MINUTE / per_minute
        self._clock = clock
        self._free = -math.inf

    def reserve(self, units: float) -> float:
        """Take ``units``; return the seconds to wait before they may be used."""
        if not self._seconds:
            return 0.0
        now = self._clock()
        start = max(now, self._free)
        self._free = start + units * self._seconds
        return start - now

    def correct(self, units: float) -> None:
        """Take ``units`` more than were reserved, or give some back if it is below 0."""
        self._free += units * self._seconds


class TokenGuess:
    """Learns how many tokens a call takes, from those that were answered: tokens a byte in, tokens out."""

    def __init__(self) -> None:
        self._ratio, self._output = GUESSED_RATIO, float(GUESSED_OUTPUT)

    def of(self, size: int, max_tokens: int | None) -> float:
        """Return the tokens to expect of a prompt of ``size`` bytes and its answer."""
        return size * self._ratio + (self._output if max_tokens is None else max_tokens)

    def learn(self, size: int, usage: tuple[int, int]) -> None:
        """Take note of what an answered call took; a service that tells no usage teaches nothing."""
        if size and usage[0]:
            self._ratio += LEARN * (usage[0] / size - self._ratio)
        if usage[1]:
            self._output += LEARN * (usage[1] - self._output)


class Window:
    """How many calls may be under way: halved when the service is overrun, one more for each round that went well.

    ``size`` is between 1 and ``most``. Calls that were under way already when it was halved do not halve it again.
    """

    def __init__(self, most: int) -> None:
        self.size = self._most = most
        self.era = 0  # number of times it was halved
        self._places = asyncio.Semaphore(most)
        self._owed = 0  # places to withdraw as soon as they are given back
        self._well = 0

    async def enter(self) -> int:
        """Wait for a place; return the era in which it was given."""
        await self._places.acquire()
        return self.era

    def leave(self) -> None:
        """Give a place back."""
        if self._owed:
            self._owed -= 1
        else:
            self._places.release()

    def halve(self, era: int) -> None:
        """Shrink, unless that has been done since ``era``."""
        if era != self.era:
            return
        self.era += 1
        self._well = 0
        self._owed += self.size - max(1, self.size // 2)
        self.size = max(1, self.size // 2)

    def went_well(self) -> None:
        """Grow by one place for every ``size`` calls that went well."""
        self._well += 1
        if self._well >= self.size and self.size < self._most:
            self._well = 0
            self.size += 1
            if self._owed:
                self._owed -= 1
            else:
                self._places.release()


class Turn:
    """One attempt's leave to be sent; ``waited`` is how long it took to get, in seconds."""

    def __init__(self, pace: Pace, era: int, tokens: float, waited: float) -> None:
        self.waited = waited
        self._pace, self._era, self._tokens = pace, era, tokens

    def refused(self, seconds: float) -> None:
        """Tell that the service is overrun: nobody starts for ``seconds``, and fewer calls run at once from now on."""
        self._pace.window.halve(self._era)
        self._pace.hold(seconds)

    def went_well(self, size: int, usage: tuple[int, int]) -> None:
        """Tell that the call was answered, and what it took."""
        self._pace.window.went_well()
        self._pace.guess.learn(size, usage)
        if sum(usage):
            self._pace.tokens.correct(sum(usage) - self._tokens)


class Pace:
    """Gives turns to the attempts of all calls under way, within ``limits``."""

    def __init__(
        self,
        limits: Limits,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.window = Window(limits.concurrency)
        self.guess = TokenGuess()
        self.tokens = Meter(limits.tokens_per_minute, clock=clock)
        self._requests = Meter(limits.requests_per_minute, clock=clock)
        self._clock, self._sleep = clock, sleep
        self._held_until = -math.inf

    def hold(self, seconds: float) -> None:
        """Let nobody start for ``seconds``."""
        self._held_until = max(self._held_until, self._clock() + seconds)

    @asynccontextmanager
    async def turn(self, size: int, max_tokens: int | None = None) -> AsyncIterator[Turn]:
        """Wait for leave to send a prompt of ``size`` bytes; the place is given back at the end of the block."""
        began = self._clock()
        era = await self.window.enter()
        try:
            tokens = self.guess.of(size, max_tokens)
            delay = max(self._requests.reserve(1), self.tokens.reserve(tokens))
            if delay > 0:
                await self._sleep(delay)
            while (held := self._held_until - self._clock()) > 0:
                await self._sleep(held)
            yield Turn(self, era, tokens, self._clock() - began)
        finally:
            self.window.leave()
