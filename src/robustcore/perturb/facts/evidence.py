"""Whether a passage holds an answer, or may hold it in another shape."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from robustcore.corpus.normalise import contains_tokenised, number_of, numbers_in, tokens
from robustcore.corpus.records import Doc, Passage

_NO_WORD_BOUNDARIES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_INFLECTION = r"(?:e?s|e?n|e[dr])?"  # engineer-s, Brekke(')s, and the endings of German genitives and plurals
_SHORTEST_STEM = 3


def whole(piece: Doc | Passage) -> str:
    """Return title and text as one text."""
    return f"{piece.title}\n{piece.text}"


def holds(piece: Doc | Passage, answers: Iterable[str]) -> bool:
    """Say whether title or text holds one of ``answers`` under ``robust_v1``."""
    words = _words(whole(piece))
    return any(contains_tokenised(words, tokens(answer)) for answer in answers)


def may_hold(piece: Doc | Passage, answers: Iterable[str]) -> bool:
    """Say whether one of ``answers`` stands in title or text, be it in a shape that ``robust_v1`` does not count.

    Such shapes are: its last word with an inflection ("Normans" for "Norman", "Skarvold's"); anywhere at
    all in scripts without spaces; for a number, the same value with or without a percent sign.
    """
    text = whole(piece)
    words = _words(text)
    return any(_may_stand(answer, text, words) for answer in answers)


@lru_cache(maxsize=1024)  # a memo of a pure function: the cases of a scenario look at the same passages
def _words(text: str) -> tuple[str, ...]:
    return tokens(text)


def _may_stand(answer: str, text: str, words: tuple[str, ...]) -> bool:
    wanted = tokens(answer)
    if not wanted:
        return False
    number = number_of(wanted)
    if number is not None:
        return any(number.value == other.value for other in numbers_in(words))
    if _NO_WORD_BOUNDARIES.search(answer):
        folded = unicodedata.normalize("NFKC", text).casefold()
        return unicodedata.normalize("NFKC", answer).casefold().strip() in folded
    last = wanted[-1]
    inflected = _INFLECTION if len(last) >= _SHORTEST_STEM and last.isalpha() else ""
    pattern = f" {re.escape(' '.join(wanted))}{inflected} "
    return re.search(pattern, f" {' '.join(words)} ") is not None
