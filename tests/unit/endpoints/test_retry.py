from __future__ import annotations

import asyncio
import email.utils
import random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustcore.endpoints.remote.retry import (
    Attempts,
    NoAnswer,
    Patience,
    headers_of,
    overrun,
    retry_after,
    status_of,
    transient,
)
from robustcore.errors import InputError, MissingExtraError

NOW = 1_700_000_000.0


def failed(status: int, headers: dict[str, str] | None = None, **more: Any) -> Exception:
    error = RuntimeError(f"status {status}")
    response = SimpleNamespace(status_code=status, headers=headers or {})
    error.__dict__.update(response=response, **more)
    return error


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3),
        ({"retry-after": " 0.25 "}, 0.25),
        ({"retry-after": email.utils.formatdate(NOW + 90, usegmt=True)}, 90),
        ({"retry-after": email.utils.formatdate(NOW - 90, usegmt=True)}, 0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=lambda: NOW) == seconds


@given(st.text(max_size=60))
def test_no_header_breaks_the_reader(text: str) -> None:
    seconds = retry_after({"retry-after": text, "retry-after-ms": text}, now=lambda: NOW)
    assert seconds is None or 0 <= seconds < float("inf")


def test_status_and_headers_are_found_whichever_way_the_sdk_says_it() -> None:
    boto = RuntimeError()
    boto.__dict__["response"] = {"ResponseMetadata": {"HTTPStatusCode": 429, "HTTPHeaders": {"Retry-After": "2"}}}
    google = RuntimeError()
    google.__dict__["code"] = 503
    wrapped = RuntimeError("wrapped")
    wrapped.__cause__ = failed(500, {"Retry-After": "4"})
    assert [status_of(error) for error in (boto, google, wrapped, ValueError())] == [429, 503, 500, None]
    assert [headers_of(error).get("retry-after") for error in (boto, google, wrapped)] == ["2", None, "4"]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert transient(failed(status))


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
def test_what_is_wrong_with_the_request_is_not(status: int) -> None:
    assert not transient(failed(status))


def test_errors_without_a_status_are_judged_by_what_they_are() -> None:
    named = type("APIConnectionError", (Exception,), {})
    for error in (TimeoutError(), ConnectionResetError(), NoAnswer("broken"), named()):
        assert transient(error)
    denied = type("AuthenticationError", (Exception,), {})
    for other in (RuntimeError(), MissingExtraError(), InputError(()), denied(), asyncio.CancelledError(), KeyError()):
        assert not transient(other)


def test_an_empty_account_is_not_waited_for() -> None:
    assert not transient(failed(429, code="insufficient_quota"))
    assert transient(failed(429, code="rate_limit_exceeded"))


def test_a_service_is_overrun_when_it_says_so() -> None:
    assert [overrun(failed(status)) for status in (429, 503, 529, 500, 400)] == [True, True, True, False, False]
    assert overrun(type("RateLimitError", (Exception,), {})())


async def pursue(attempts: Attempts, *errors: Exception) -> int:
    """Fail with each of ``errors`` in turn, then succeed; return how many attempts were made."""
    made = 0

    async def attempt() -> int:
        nonlocal made
        made += 1
        if made <= len(errors):
            raise errors[made - 1]
        return made

    return await attempts.pursue(attempt)


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_one_call_is_at_most_one_attempt_and_its_retries(retries: int) -> None:
    attempts = Attempts(Patience(retries=retries, first_wait=0.001), random.Random(1))
    with pytest.raises(RuntimeError, match="status 500"):
        asyncio.run(pursue(attempts, *[failed(500)] * 9))
    assert attempts.count == 1 + retries


def test_the_first_success_ends_it_and_what_cannot_pass_is_not_tried_again() -> None:
    assert asyncio.run(pursue(Attempts(Patience(first_wait=0.001), random.Random(1)))) == 1
    assert asyncio.run(pursue(Attempts(Patience(first_wait=0.001), random.Random(1)), failed(500), failed(429))) == 3
    attempts = Attempts(Patience(first_wait=0.001), random.Random(1))
    with pytest.raises(RuntimeError, match="status 401"):
        asyncio.run(pursue(attempts, failed(503), failed(401)))
    assert attempts.count == 2


def test_nobody_waits_longer_than_the_total_allows() -> None:
    attempts = Attempts(Patience(retries=5, total_timeout=20), random.Random(1))
    with pytest.raises(RuntimeError):
        asyncio.run(pursue(attempts, failed(429, {"Retry-After": "3600"})))
    assert attempts.count == 1


@given(st.integers(1, 8), st.floats(0, 40), st.integers(0, 99))
def test_waits_grow_are_jittered_and_never_shorter_than_asked(number: int, asked: float, seed: int) -> None:
    attempts = Attempts(Patience(first_wait=0.5, longest_wait=30), random.Random(seed))
    error = failed(429, {"retry-after": f"{asked:f}"})
    outcome = SimpleNamespace(exception=lambda: error)
    wait = attempts._wait(SimpleNamespace(attempt_number=number, outcome=outcome))  # type: ignore[arg-type]
    step = min(30, 0.5 * 2 ** (number - 1))
    assert max(0.5 * step, float(f"{asked:f}")) <= wait <= max(1.5 * step, asked + 0.5 * step + 1e-6)


def test_time_spent_on_ones_own_limits_does_not_count() -> None:
    now = [0.0]
    attempts = Attempts(Patience(timeout=60, total_timeout=100), random.Random(1), clock=lambda: now[0])
    now[0], attempts.idle = 500.0, 450.0
    assert (attempts.seconds, attempts.time_left) == (50, 50)


@pytest.mark.parametrize("wrong", [{"retries": -1}, {"retries": 1.5}, {"timeout": 0}, {"total_timeout": float("nan")}])
def test_patience_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        Patience(**wrong)
