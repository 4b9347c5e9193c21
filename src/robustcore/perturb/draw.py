"""Random draws whose bytes never change: all come from the words of a `Draws`, in an order that is fixed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import TypeVar

from robustcore.keys import LOW, Draws

T = TypeVar("T")


def below(rng: Draws, n: int) -> int:
    """Return an index in ``[0, n)``, each equally likely."""
    return rng.below(n)


def pick(rng: Draws, items: Sequence[T]) -> T:
    """Return one of ``items``, each equally likely."""
    size = len(items)
    product = rng.word() * size
    return items[(product if product & LOW >= size else rng.unbiased(product, size)) >> 32]


def in_random_order(rng: Draws, items: Sequence[T]) -> Iterator[T]:
    """Yield ``items`` in random order, drawing only as far as the caller reads (Fisher-Yates from the front)."""
    return _shuffled(rng, [*items], 0)


def first_fit(rng: Draws, items: Sequence[T], fits: Callable[[T], bool]) -> bool:
    """Say whether one of ``items``, at least one, ``fits``: asked `in_random_order`, without its cost for the first."""
    first = rng.below(len(items))
    if fits(items[first]):
        return True
    left = [*items]
    left[first] = left[0]
    return any(map(fits, _shuffled(rng, left, 1)))


def rotated(rng: Draws, n: int) -> Iterator[int]:
    """Return every index in ``[0, n)`` once, from a random one on: one draw, and a way past unfit places."""
    if n < 1:
        return iter(())
    start = rng.below(n)
    return chain(range(start, n), range(start))


def _shuffled(rng: Draws, left: list[T], done: int) -> Iterator[T]:
    """Yield ``left`` in random order but for the first ``done``; it is used up."""
    word = rng.word
    size = len(left)
    for index in range(done, size):
        product = word() * (size - index)
        if product & LOW < size:  # once in a billion draws
            product = rng.unbiased(product, size - index)
        other = index + (product >> 32)
        drawn = left[other]
        left[other] = left[index]
        yield drawn


def share_of(n: int, share: float) -> int:
    """Return how many of ``n`` things a share means: rounded half up, at least one if there is any."""
    return min(n, max(1, int(share * n + 0.5)))


@lru_cache(maxsize=256)  # a memo of a pure function: an operator asks the same for each of a condition's texts
def count_at(most: int, severity: float) -> int:
    """Return ``ceil(most * severity)``: a count option is the count at severity 1 (spec perturbations 1)."""
    # The subtrahend takes back what binary fractions add: 10 * 0.3 must mean 3 whatever its last bit says.
    return -int(-(most * severity - 1e-9) // 1)
