"""Random draws whose bytes never change: only ``Random.random()``, whose stream Python documents as fixed.

``choice``, ``sample`` and ``shuffle`` of the standard library may consume the stream differently in another Python
version; a perturbed text must not.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeVar

T = TypeVar("T")


def below(rng: random.Random, n: int) -> int:
    """Return an index in ``[0, n)``; ``n`` must be positive and below 2**50."""
    return int(rng.random() * n)


def pick(rng: random.Random, items: Sequence[T]) -> T:
    """Return one of ``items``, each equally likely."""
    return items[int(rng.random() * len(items))]


def in_random_order(rng: random.Random, items: Sequence[T]) -> Iterator[T]:
    """Yield ``items`` in random order, drawing only as far as the caller reads (Fisher-Yates from the front)."""
    left, random = list(items), rng.random
    size = len(left)
    for index in range(size):
        other = index + int(random() * (size - index))
        drawn = left[other]
        left[other] = left[index]
        yield drawn


def rotated(rng: random.Random, n: int) -> Iterator[int]:
    """Return every index in ``[0, n)`` once, from a random one on: one draw, and a way past unfit places."""
    start = int(rng.random() * n)
    return chain(range(start, n), range(start))


def share_of(n: int, share: float) -> int:
    """Return how many of ``n`` things a share means: rounded half up, at least one if there is any."""
    return min(n, max(1, int(share * n + 0.5)))


def count_at(most: int, severity: float) -> int:
    """Return ``ceil(most * severity)``: a count option is the count at severity 1 (spec perturbations 1)."""
    # The subtrahend takes back what binary fractions add: 10 * 0.3 must mean 3 whatever its last bit says.
    return -int(-(most * severity - 1e-9) // 1)
