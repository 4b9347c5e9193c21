"""Patience: when a failed attempt is tried again, and after how long; what the service asks for comes first."""

from __future__ import annotations

import asyncio
import email.utils
import math
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

from robustcore.calls.failures import INFRA_NAME_PARTS, INFRA_NAMES
from robustcore.errors import InputError, MissingExtraError, Problem, require

if TYPE_CHECKING:
    from tenacity import AsyncRetrying, RetryCallState

T = TypeVar("T")
TRANSIENT_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
OVERRUN_STATUS = frozenset({429, 503, 529})
FOREVER = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")  # 429s that no waiting cures
MALFORMED: tuple[type[Exception], ...] = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
)  # what reading a broken body ends in


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one call is pursued; times in seconds.

    ``retries`` more attempts follow the first; ``timeout`` is one attempt's, ``total_timeout`` that of all attempts
    and the waits between them (waiting for a rate limit of one's own does not count). The wait before attempt k + 1 is
    ``first_wait`` x 2^(k-1), at most ``longest_wait``, times a random factor between 0.5 and 1.5; at least what the
    service asked for in Retry-After.
    """

    retries: int = 4
    timeout: float = 60.0
    total_timeout: float = 300.0
    first_wait: float = 0.5
    longest_wait: float = 30.0

    def __post_init__(self) -> None:
        """Refuse numbers that are no times or counts."""
        if isinstance(self.retries, bool) or not isinstance(self.retries, int) or self.retries < 0:
            raise InputError(Problem(what=f"retries must be a whole number, 0 or more; it is {self.retries!r}"))
        for name in (field.name for field in fields(self) if field.name != "retries"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                raise InputError(Problem(what=f"{name} must be a number of seconds above 0; it is {value!r}"))


class NoAnswer(Exception):  # noqa: N818 - it is what the service gave, not a fault of this code
    """The service replied, and no answer to this request was in it. ``kind`` is the `CallError` kind it ends as."""

    def __init__(self, message: str, kind: str = "infra_error") -> None:
        super().__init__(message)
        self.kind = kind


class TooLarge(NoAnswer):
    """A reply of more than ``most`` bytes: it would be as large again."""

    def __init__(self, most: int) -> None:
        super().__init__(f"the reply is larger than {most:,} bytes")


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error`` and what caused it, outermost first."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen and len(seen) < 8:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status an exception of a provider's SDK tells, or None."""
    for link in chain(error):
        response = getattr(link, "response", None)
        told = [getattr(link, name, None) for name in ("status_code", "http_status", "code")]
        told += [getattr(response, name, None) for name in ("status_code", "status")]
        if isinstance(response, Mapping):  # botocore
            told.append(response.get("ResponseMetadata", {}).get("HTTPStatusCode"))
        for value in told:
            if isinstance(value, int) and not isinstance(value, bool) and 100 <= value < 600:
                return int(value)
    return None


def headers_of(error: BaseException) -> dict[str, str]:
    """Return the headers of the response an exception came with, names in lower case; empty if there was none."""
    for link in chain(error):
        response = getattr(link, "response", None)
        found = getattr(response, "headers", None) or getattr(link, "headers", None)
        if isinstance(response, Mapping):
            found = response.get("ResponseMetadata", {}).get("HTTPHeaders")
        if isinstance(found, Mapping) and found:
            return {str(name).lower(): str(value) for name, value in found.items()}
    return {}


def body_of(error: BaseException) -> str:
    """Return the text of the response an exception came with, or an empty string."""
    for link in chain(error):
        try:
            text = getattr(getattr(link, "response", None), "text", "")
        except Exception:  # a response whose body was never read
            continue
        if isinstance(text, str) and text.strip():
            return " ".join(text.split())
    return ""


def retry_after(headers: Mapping[str, str], *, now: Callable[[], float] = time.time) -> float | None:
    """Return the seconds that ``Retry-After`` (seconds or a date) or ``retry-after-ms`` asks to wait, or None."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after", "").strip()
    seconds = _number(text)
    if seconds is not None:
        return seconds
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - now())
    except (TypeError, ValueError, OverflowError):
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < math.inf else None


def overrun(error: BaseException) -> bool:
    """Say whether the service refused because too much is asked of it."""
    return status_of(error) in OVERRUN_STATUS or any(
        "ratelimit" in type(link).__name__.lower() for link in chain(error)
    )


def transient(error: BaseException) -> bool:
    """Say whether another attempt may succeed where this one did not.

    A status decides where there is one; else timeouts, broken connections and broken bodies may pass, and what is
    wrong with the request, the key or this machine will not.
    """
    if not isinstance(error, Exception) or isinstance(error, (MissingExtraError, TooLarge)):
        return False
    status = status_of(error)
    if status is not None and status >= 400:
        return status in TRANSIENT_STATUS and not (status == 429 and _is_forever(error))
    return any(_may_pass(link) for link in chain(error))


def _is_forever(error: BaseException) -> bool:
    texts = [str(getattr(link, name, "")) for link in chain(error) for name in ("code", "type", "body")]
    return any(word in text for word in FOREVER for text in texts)


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, (TimeoutError, ConnectionError, NoAnswer)):
        return True
    name = type(error).__name__
    parts = [part for part in INFRA_NAME_PARTS if part not in ("authentication", "permissiondenied")]
    return name in INFRA_NAMES or any(part in name.lower() for part in parts)


class Attempts:
    """The attempts of one call. ``idle`` is the time that does not count: it was spent waiting for one's own limits."""

    def __init__(
        self, patience: Patience, jitter: random.Random, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.patience, self._jitter, self._clock = patience, jitter, clock
        self._began = clock()
        self.count = 0
        self.idle = 0.0

    @property
    def seconds(self) -> float:
        """Return the time used so far."""
        return self._clock() - self._began - self.idle

    @property
    def time_left(self) -> float:
        """Return how long the next attempt may take."""
        return max(0.0, min(self.patience.timeout, self.patience.total_timeout - self.seconds))

    async def pursue(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return the result of ``attempt``, made again after what may pass; raise what the last one raised.

        Most calls need one attempt: the machinery starts when that has failed, and begins with its failure.
        """
        self.count = 1
        try:
            return await attempt()
        except Exception as error:
            failed = error
        async for trial in self.retrying():
            with trial:
                if trial.retry_state.attempt_number == 1:
                    raise failed
                self.count += 1
                return await attempt()
        raise failed  # for the type checker: the last trial raises

    def retrying(self) -> AsyncRetrying:
        """Return tenacity's iterator over attempts: each is a context manager that decides whether another follows."""
        tenacity: Any = require("tenacity", extra="chat", purpose="chat endpoints")
        retrying: AsyncRetrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(transient),
            stop=self._stop,
            wait=self._wait,
            sleep=asyncio.sleep,
            reraise=True,
        )
        return retrying

    def _stop(self, state: RetryCallState) -> bool:
        late = self.seconds + state.upcoming_sleep >= self.patience.total_timeout
        return late or state.attempt_number > self.patience.retries

    def _wait(self, state: RetryCallState) -> float:
        patience = self.patience
        step = min(patience.longest_wait, patience.first_wait * 2.0 ** (state.attempt_number - 1))
        error = state.outcome.exception() if state.outcome is not None else None
        asked = (retry_after(headers_of(error)) or 0.0) if error is not None else 0.0
        own = step * self._jitter.uniform(0.5, 1.5)
        return own if own >= asked else asked + step * self._jitter.uniform(0.0, 0.5)
