"""What of a question a rewording keeps, as far as rules can see it: words, numbers, negation, what is asked for.

Beside the rules stands one score: how near the encoder puts the texts and their words to one another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from robustcore.corpus.normalise import numbers_in, tokens
from robustcore.perturb.language.kinds import plain
from robustcore.perturb.language.text import Span, word_spans
from robustcore.perturb.language.wordlists import NEGATIONS, NUMBER_WORDS, STOP_WORDS

VALID_AT: Final = 0.76  # the best balanced accuracy on judged rewordings, see docs/variants.md
INVALID_BELOW: Final = 0.68  # nine of ten valid ones lie above it

_ASKED: Final[Mapping[str, str]] = {
    "who": "person", "whom": "person", "whose": "person", "when": "time", "where": "place", "why": "reason",
}  # fmt: skip
_AMOUNT = re.compile(r"\bhow (many|much|long|old|often|far|tall|high|big|large|fast)\b")
_LEADING: Final = frozenset(["and", "or", "nor", "but", "than", "the", "a", "an"])
_COUNTS: Final = frozenset(NUMBER_WORDS[2:])  # "one" stands for a thing as often as for a number
_PLURALS: Final = ("ies", "es", "s")
_ENDINGS: Final = ("ation", "ing", "ed", "ly", "al", "y", "e")
_SHORTEST_STEM = 3
_CONTRACTED = re.compile("n['\u2019\u02bc]t")


def content_spans(text: str) -> list[Span]:
    """Return the spans of the words that carry meaning: all but stop words."""
    return [(start, end) for start, end in word_spans(text) if plain(text[start:end]) not in STOP_WORDS]


def stem(word: str) -> str:
    """Return a word without its most common English endings: crude, and the same for both texts."""
    bare = plain(word)
    for endings in (_PLURALS, _ENDINGS):
        for ending in endings:
            if bare.endswith(ending) and len(bare) - len(ending) >= _SHORTEST_STEM:
                bare = bare[: -len(ending)]
                break
    return bare


def broken_rule(before: str, after: str, *, may_add: bool = False) -> str:
    """Return in words which rule ``after`` breaks as a rewording of the question ``before``, or an empty string.

    Numbers must stay (``may_add``: further ones are let in), a negation must not come or go, a question for a person,
    a time, a place, a reason or an amount must not become one for another of these, and the text must not break off
    after a word that wants another behind it.
    """
    old, new = _numbers(before), _numbers(after)
    if old - new or (new - old and not may_add):
        gone = sorted(map(str, old - new)) or sorted(map(str, new - old))
        return f"the numbers differ: {', '.join(gone)}"
    if _negated(before) != _negated(after) and not may_add:
        return "a negation was lost or added"
    asked, now = _asked_for(before), _asked_for(after)
    if asked and now and not asked & now:
        return f"it asks for {'/'.join(sorted(now))} instead of {'/'.join(sorted(asked))}"
    if _breaks_off(after) and not _breaks_off(before):
        return "it breaks off"
    return ""


def likeness_words(before: str, after: str) -> list[list[Span]]:
    """Return the spans that a ``compare`` call is to match with one another."""
    return [content_spans(before), content_spans(after)]


def score_of(before: str, after: str, likeness: Mapping[str, Any], *, may_add: bool = False) -> float:
    """Return how likely ``after`` still means what ``before`` does, in [0, 1] or so: the mean of `likenesses`.

    With ``may_add`` only what was asked before counts, not what is new.
    """
    cosine, kept, lowest, came = likenesses(before, after, likeness)
    return (kept + lowest) / 2 if may_add else (cosine + kept + lowest + came) / 4


def likenesses(before: str, after: str, likeness: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """Return four likenesses of two texts, from what the encoder found of them.

    They are the cosine of the texts, the mean over the content words of ``before`` of their best match in ``after``,
    the lowest of these, and the mean over the content words of ``after`` of their best match in ``before``. Words of
    one stem match fully.
    """
    old, new = ([text[start:end] for start, end in content_spans(text)] for text in (before, after))
    kept = matched(old, new, likeness["kept"])
    return float(likeness["cosine"]), _mean(kept), min(kept, default=1.0), _mean(matched(new, old, likeness["new"]))


def matched(words: Sequence[str], others: Sequence[str], cosines: Sequence[float]) -> list[float]:
    """Return how well each of ``words`` is matched among ``others``: fully by its stem, else by its best cosine."""
    stems = {stem(other) for other in others}
    joined = {"".join(map(plain, others))}
    return [
        1.0 if stem(word) in stems or plain(word) in joined else cosine
        for word, cosine in zip(words, cosines, strict=True)
    ]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 1.0


def _numbers(text: str) -> set[Any]:
    found: set[Any] = {number.value for number in numbers_in(tokens(text))}
    spelt = {NUMBER_WORDS.index(word) for word in tokens(text) if word in _COUNTS}
    return found | spelt


def _negated(text: str) -> bool:
    return any(word in NEGATIONS or _CONTRACTED.search(word) for word in text.lower().split()) or bool(
        NEGATIONS.intersection(tokens(text))
    )


def _asked_for(text: str) -> set[str]:
    found = {_ASKED[word] for word in tokens(text) if word in _ASKED}
    return found | {f"how {kind}" for kind in _AMOUNT.findall(text.lower())}


def _breaks_off(text: str) -> bool:
    words = tokens(text)
    return len(words) > 1 and words[-1] in _LEADING
