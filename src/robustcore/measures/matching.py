"""Does a reply state a gold answer? The two matchers of ``answer_correct`` (spec metrics 1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from robustcore.corpus.normalise import (
    contains_tokenised,
    contains_tokens,
    normalise_rare,
    number_of,
    numbers_in,
    tokens,
)

Matcher: TypeAlias = Literal["robust_v1", "rare_2025_06"]
MATCHERS: tuple[Matcher, ...] = ("robust_v1", "rare_2025_06")


def is_correct(
    reply: str, golds: Iterable[str], *, matcher: Matcher = "robust_v1", min_pred_share: float = 0.5
) -> bool | None:
    """Say whether ``reply`` states one of ``golds``; None if no gold has content (``no_oracle``).

    A reply without content is never correct. ``robust_v1`` [OURS]: a gold that is one number is stated if an equal
    number with the same percent flag occurs; any other if its tokens occur contiguously, or if the reply is itself a
    part of the gold that covers ``min_pred_share`` of its tokens and all of its numbers. ``rare_2025_06`` [PAPER
    arXiv 2506.00789, string stage]: two-way substring of the lower-cased texts.
    """
    return _rare(reply, golds) if matcher == "rare_2025_06" else _robust(reply, golds, min_pred_share)


def token_f1(reply: str, golds: Iterable[str]) -> float | None:
    """Return the best F1 of the tokens of ``reply`` and a gold, as bags under ``robust_v1``; None without a gold."""
    words = Counter(tokens(reply))
    bags = [bag for bag in (Counter(tokens(gold)) for gold in golds) if bag]
    return max(_f1(words, bag) for bag in bags) if bags else None


def _robust(reply: str, golds: Iterable[str], min_pred_share: float) -> bool | None:
    kept = [gold for gold in map(tokens, golds) if gold]
    if not kept:
        return None
    words = tokens(reply)
    return bool(words) and any(
        contains_tokenised(words, gold) or _is_part(words, gold, min_pred_share) for gold in kept
    )


def _is_part(words: Sequence[str], gold: Sequence[str], min_pred_share: float) -> bool:
    if number_of(gold) is not None or not contains_tokens(gold, words):
        return False
    return len(words) >= min_pred_share * len(gold) and set(numbers_in(gold)) <= set(numbers_in(words))


def _rare(reply: str, golds: Iterable[str]) -> bool | None:
    kept = [text for gold in golds if (text := normalise_rare(gold)) and _content(text) and not _foreign(gold)]
    if not kept:
        return None
    text = normalise_rare(reply)
    return _content(text) and any(gold in text or text in gold for gold in kept)


def _content(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _foreign(text: str) -> bool:
    """Say whether ``text`` has letters and none that ``rare_2025_06`` keeps: what is left of it matches too much."""
    letters = [char for char in text.lower() if char.isalpha()]
    return bool(letters) and not any("a" <= char <= "z" for char in letters)


def _f1(words: Counter[str], gold: Counter[str]) -> float:
    common = (words & gold).total()
    return 2 * common / (words.total() + gold.total())
