"""The vote certificate against brute force: every list of six votes, every injection, and lists Hypothesis finds."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from robustcore.stats.votes import Vote, certified, winner

BRUTE = json.loads((Path(__file__).parents[1] / "oracles" / "vote_certificate_bruteforce.json").read_text())
LETTERS: tuple[Vote, ...] = ("A", "B", "C", None)
INJECTED: tuple[Vote, ...] = (*LETTERS, "fresh")


def attacks(votes: Sequence[Vote], most: int) -> Iterator[list[Vote]]:
    """Yield the votes after every injection of up to ``most`` passages, which push out the lowest ranked ones."""
    for t in range(most + 1):
        for injected in itertools.product(INJECTED, repeat=t):
            yield [*injected, *votes[: max(len(votes) - t, 0)]]


def survives(votes: Sequence[Vote], most: int) -> bool:
    won = winner(votes)
    return won is not None and all(winner(attacked) == won for attacked in attacks(votes, most))


def test_all_small_cases_agree_with_brute_force() -> None:
    seen = exact = published = 0
    for votes in itertools.product(LETTERS, repeat=6):
        for most in (1, 2):
            seen += 1
            sure = certified(votes, most)
            claimed = certified(votes, most, "published")
            exact += sure
            published += claimed
            assert sure == survives(votes, most), (votes, most)
            assert sure or not claimed, (votes, most)  # the published rule is sound
    assert (seen, exact, published) == (BRUTE["cases"], BRUTE["exact_certified"], BRUTE["published_certified"])


@given(st.lists(st.sampled_from(LETTERS), max_size=7), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_any_list_agrees_with_brute_force(votes: list[Vote], most: int) -> None:
    assert certified(votes, most) == survives(votes, most)
    assert certified(votes, most) or not certified(votes, most, "published")


@given(st.lists(st.sampled_from(LETTERS), max_size=8), st.integers(0, 4))
def test_a_certificate_against_more_holds_against_fewer(votes: list[Vote], most: int) -> None:
    assert not certified(votes, most + 1) or certified(votes, most)
