"""Isolate-then-aggregate: one answer per passage alone, and whether a winner survives injected passages (10.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, TypeAlias

Vote: TypeAlias = str | None  # None abstains
Rule: TypeAlias = Literal["exact", "published"]


def winner(votes: Sequence[Vote]) -> Vote:
    """Return the strict plurality of the votes that do not abstain; None for a tie, or where nobody votes."""
    counts = Counter(vote for vote in votes if vote is not None).most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None
    return counts[0][0]


def certified(votes: Sequence[Vote], injected: int, rule: Rule = "exact") -> bool:
    """Say whether the winner stays whatever up to ``injected`` passages say that push out the lowest ranked ones.

    ``exact`` (ours): for every t up to ``injected`` the winner's votes among the first len - t passages exceed those
    of every other answer plus t. ``published`` (arXiv 2405.15556): the lead over the second exceeds ``injected`` plus
    the winner's votes among the last ``injected``. Nobody votes, or a tie: not certified.
    """
    won = winner(votes)
    if won is None:
        return False
    if rule == "published":
        return _published(votes, won, injected)
    return all(_holds(votes[: max(len(votes) - t, 0)], won, t) for t in range(injected + 1))


def _holds(kept: Sequence[Vote], won: str, t: int) -> bool:
    counts = Counter(vote for vote in kept if vote is not None)
    most = max((count for vote, count in counts.items() if vote != won), default=0)
    return counts[won] > most + t


def _published(votes: Sequence[Vote], won: str, injected: int) -> bool:
    counts = Counter(vote for vote in votes if vote is not None)
    second = max((count for vote, count in counts.items() if vote != won), default=0)
    last = votes[max(len(votes) - injected, 0) :] if injected else ()  # votes[-0:] would be all of them
    return counts[won] - second - sum(vote == won for vote in last) > injected
