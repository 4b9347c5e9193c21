"""Laws of the draws: the bytes of a stream, and that every index and every order comes up equally often."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from robustcore.keys import Draws, rng_of, seed_of
from robustcore.perturb.draw import first_fit, in_random_order, pick, rotated

SEEDS = st.integers(-(2**70), 2**70)
TIMES = 40_000
RARE = 1e-4  # a law that holds fails so often: seeds are fixed, so that it does so always or never


def words(seed: int, count: int) -> list[int]:
    draws = rng_of(seed)
    return [draws.word() for _ in range(count)]


def test_a_stream_is_blake2b_over_the_seed_and_the_number_of_the_block() -> None:
    key = b"robust-draws" + (2026).to_bytes(8, "little")
    blocks = [key, key + (1).to_bytes(8, "little"), key + (2).to_bytes(8, "little")]
    stream = b"".join(hashlib.blake2b(block).digest() for block in blocks)
    assert words(2026, 48) == [int.from_bytes(stream[at : at + 4], "little") for at in range(0, 192, 4)]
    assert words(2026, 3) == [3234451546, 2674363763, 1182093606]


@given(SEEDS)
def test_a_seed_fixes_its_stream_and_no_other_stream_moves_it(seed: int) -> None:
    one, other = rng_of(seed), rng_of(seed + 1)
    taken = []
    for _ in range(40):
        other.word()
        taken.append(one.word())
    assert taken == words(seed, 40)
    assert words(seed, 4) != words(seed + 1, 4)


@given(st.integers(1, 2**32), st.data())
def test_no_index_is_favoured_by_a_single_word(n: int, data: st.DataObject) -> None:
    """Each index has exactly ``2**32 // n`` words that are taken; all others are drawn again."""
    index = data.draw(st.integers(0, n - 1))
    first, behind = -(-(index << 32) // n), -(-((index + 1) << 32) // n)
    low = first * n - (index << 32)  # only the first word of an index can have so low a lower half
    again = low < n and low < (1 << 32) % n
    assert behind - first - again == (1 << 32) // n


def test_a_word_that_would_favour_an_index_is_drawn_again() -> None:
    n = 3 << 30  # a quarter of the words are surplus
    draws = rng_of(1)
    seen = Counter(draws.below(n) * 4 // n for _ in range(TIMES))
    assert chisquare([seen[quarter] for quarter in range(4)]).pvalue > RARE
    surplus = Draws(1)
    assert surplus.unbiased(0, n) & 0xFFFFFFFF >= (1 << 32) % n


@pytest.mark.parametrize("n", [2, 3, 7, 26, 100, 1000])
def test_every_index_comes_up_equally_often(n: int) -> None:
    draws = rng_of(seed_of("indices", n))
    seen = Counter(draws.below(n) for _ in range(TIMES))
    assert chisquare([seen[index] for index in range(n)]).pvalue > RARE


def test_the_first_draws_of_neighbouring_seeds_are_independent() -> None:
    pairs = Counter((rng_of(seed).below(5), rng_of(seed + 1).below(5)) for seed in range(TIMES))
    assert len(pairs) == 25
    assert chisquare(list(pairs.values())).pvalue > RARE


def test_draws_that_follow_one_another_are_independent() -> None:
    draws = rng_of(7)
    taken = [draws.below(4) for _ in range(TIMES)]
    for lag in (1, 2, 16):
        assert chisquare(list(Counter(zip(taken, islice(taken, lag, None), strict=False)).values())).pvalue > RARE


def test_fractions_lie_evenly_in_the_unit_interval() -> None:
    draws = rng_of(3)
    taken = [draws.random() for _ in range(TIMES)]
    assert 0 <= min(taken) < max(taken) < 1
    assert chisquare(list(Counter(int(value * 50) for value in taken).values())).pvalue > RARE


def test_every_order_every_pick_and_every_start_comes_up_equally_often() -> None:
    draws = rng_of(5)
    orders = Counter(tuple(in_random_order(draws, "abcd")) for _ in range(TIMES))
    assert len(orders) == 24
    starts = Counter(next(rotated(draws, 9)) for _ in range(TIMES))
    picks = Counter(pick(draws, "abcdefg") for _ in range(TIMES))
    for seen in (orders, starts, picks):
        assert chisquare(list(seen.values())).pvalue > RARE
    assert sorted(rotated(draws, 9)) == list(range(9))


@pytest.mark.parametrize("seed", range(20))
def test_the_first_that_fits_is_asked_for_in_the_random_order(seed: int) -> None:
    asked: list[str] = []

    def fits(item: str) -> bool:
        asked.append(item)
        return item == "abcdefg"[seed % 8 : seed % 8 + 1]

    assert first_fit(rng_of(seed), "abcdefg", fits) is (seed % 8 < 7)
    assert asked == list(islice(in_random_order(rng_of(seed), "abcdefg"), len(asked)))
    assert len(asked) == 7 or fits(asked[-1])
