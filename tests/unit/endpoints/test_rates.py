from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustcore.endpoints.remote.rates import MINUTE, Limits, Meter, Pace, TokenGuess, Window
from robustcore.errors import InputError


class Clock:
    """Time that passes only when somebody sleeps, or says so."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@given(st.integers(1, 300), st.lists(st.floats(0, 5), min_size=1, max_size=200))
def test_no_minute_holds_more_starts_than_the_limit(limit: int, pauses: list[float]) -> None:
    clock = Clock()
    meter = Meter(limit, clock=clock)
    starts = []
    for pause in pauses:
        clock.now += pause
        starts.append(clock.now + meter.reserve(1))
    for start in starts:
        assert sum(start <= other < start + MINUTE - 1e-6 for other in starts) <= limit


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=60))
def test_no_minute_holds_more_tokens_than_the_limit_and_one_call(sizes: list[int]) -> None:
    clock = Clock()
    meter = Meter(6000, clock=clock)
    starts = [(clock.now + meter.reserve(size), size) for size in sizes]
    for start, _ in starts:
        within = [size for begin, size in starts if start <= begin < start + MINUTE - 1e-6]
        assert sum(within[:-1]) <= 6000  # the last one to start in the minute may reach beyond it
    assert starts[-1][0] - starts[0][0] == pytest.approx(sum(sizes[:-1]) / 100)


def test_without_a_limit_nobody_waits_and_a_limit_starts_with_no_burst() -> None:
    assert [Meter(None).reserve(10_000) for _ in range(3)] == [0, 0, 0]
    meter = Meter(60, clock=Clock())
    assert [meter.reserve(1) for _ in range(3)] == pytest.approx([0, 1, 2])


def test_what_was_reserved_too_much_is_given_back() -> None:
    meter = Meter(600, clock=Clock())
    meter.reserve(100)
    meter.correct(-60)
    assert meter.reserve(1) == pytest.approx(4)


def test_tokens_are_guessed_better_from_replies() -> None:
    guess = TokenGuess()
    assert guess.of(1000, 16) == pytest.approx(316)
    for _ in range(200):
        guess.learn(1000, (500, 20))
    assert guess.of(1000, None) == pytest.approx(520, abs=1)
    guess.learn(1000, (0, 0))
    assert guess.of(1000, None) == pytest.approx(520, abs=1)


def test_the_window_halves_once_for_all_calls_that_were_under_way_and_grows_by_one_a_round() -> None:
    async def scenario() -> list[int]:
        window = Window(16)
        eras = [await window.enter() for _ in range(16)]
        for era in eras:
            window.halve(era)
        sizes = [window.size]
        for _ in eras:
            window.leave()
        for _ in range(8):
            window.went_well()
        sizes.append(window.size)
        inside = 0
        while True:
            try:
                await asyncio.wait_for(window.enter(), 0.01)
            except TimeoutError:
                break
            inside += 1
        return [*sizes, inside]

    assert asyncio.run(scenario()) == [8, 9, 9]


@given(st.lists(st.sampled_from(["enter", "leave", "halve", "well"]), max_size=120), st.integers(1, 9))
def test_the_window_never_loses_a_place_for_good(steps: list[str], most: int) -> None:
    async def scenario() -> None:
        window, inside = Window(most), 0
        for step in steps:
            if step == "enter" and not window._places.locked():
                await window.enter()
                inside += 1
            elif step == "leave" and inside:
                window.leave()
                inside -= 1
            elif step == "halve":
                window.halve(window.era)
            elif step == "well":
                window.went_well()
            assert 1 <= window.size <= most
            assert inside <= most
        for _ in range(inside):
            window.leave()
        for _ in range(most * most):
            window.went_well()
        for _ in range(most):  # it is back to its full size
            await asyncio.wait_for(window.enter(), 1)
        assert window.size == most
        assert window._places.locked()

    asyncio.run(scenario())


def test_a_refusal_holds_everybody_back_for_as_long_as_the_service_asks() -> None:
    clock = Clock()

    async def scenario() -> list[float]:
        pace = Pace(Limits(concurrency=4), clock=clock, sleep=clock.sleep)
        async with pace.turn(10) as turn:
            turn.refused(7)
        waits = []
        for _ in range(2):
            async with pace.turn(10) as turn:
                waits.append(turn.waited)
        return [pace.window.size, *waits]

    assert asyncio.run(scenario()) == [2, 7, 0]


def test_a_turn_that_is_cancelled_gives_its_place_back() -> None:
    async def scenario() -> int:
        pace = Pace(Limits(concurrency=1, requests_per_minute=1))

        async def one() -> None:
            async with pace.turn(1):
                pass

        await one()
        waiting = asyncio.create_task(one())  # for a minute
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return await asyncio.wait_for(pace.window.enter(), 1)

    assert asyncio.run(scenario()) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"concurrency": 0}, {"concurrency": True}, {"requests_per_minute": 0}, {"tokens_per_minute": float("inf")}],
)
def test_limits_that_allow_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        Limits(**wrong)  # type: ignore[arg-type]
