"""Where the gold stands: which passages hold an answer, and which may hold it in another shape."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from robustcore.corpus.normalise import contains_answer, number_of, numbers_in, tokens
from robustcore.corpus.records import Doc, Passage

_NO_WORD_BOUNDARIES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_INFLECTION = r"\w{0,2}"  # engineer-s, Norman-s, Paris(')s, Franc(')es
_SHORTEST_STEM = 3


def whole(piece: Doc | Passage) -> str:
    """Return title and text as one text."""
    return f"{piece.title}\n{piece.text}"


def holds_gold(piece: Doc | Passage, golds: Sequence[str]) -> bool:
    """Say whether title or text holds a gold answer under ``robust_v1``."""
    return contains_answer(whole(piece), golds)


def may_hold_gold(piece: Doc | Passage, golds: Iterable[str]) -> bool:
    """Say whether a gold answer may stand in title or text in a shape that ``robust_v1`` does not count.

    That is: its last word inflected by up to two letters ("Normans" for "Norman", "Skarvold's"); in scripts without
    spaces anywhere at all; for a number, the same value with or without a percent sign.
    """
    text = whole(piece)
    words = tokens(text)
    return any(_may_stand(gold, text, words) for gold in golds)


def _may_stand(gold: str, text: str, words: tuple[str, ...]) -> bool:
    wanted = tokens(gold)
    if not wanted:
        return False
    number = number_of(wanted)
    if number is not None:
        return any(number.value == other.value for other in numbers_in(words))
    if _NO_WORD_BOUNDARIES.search(gold):
        folded = unicodedata.normalize("NFKC", text).casefold()
        return unicodedata.normalize("NFKC", gold).casefold().strip() in folded
    last = wanted[-1]
    inflected = _INFLECTION if len(last) >= _SHORTEST_STEM and last.isalpha() else ""
    pattern = f" {re.escape(' '.join(wanted))}{inflected} "
    return re.search(pattern, f" {' '.join(words)} ") is not None
