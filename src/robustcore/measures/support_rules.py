"""Is a claim backed by a window of a passage? Rules that must hold, and a score of coverage and similarity [OURS].

A claim is a sentence of the reply; a reply of at most five content words is joined with its question into one claim.
A window is one sentence of a passage or two in a row. See `broken` for the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from robustcore.corpus.normalise import contains_tokens
from robustcore.measures.support_text import Clause, Facts, Quantity, facts_of, sentences_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORT_REPLY = 5
_YES_NO = ("yes", "no")


class TextEncoder(Protocol):
    """What turns texts into vectors. ``fingerprint`` identifies it, and reading it loads nothing."""

    @property
    def fingerprint(self) -> str | None:
        """Return a content key, or None."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32 (n, d), one row per text, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing the reply says. ``question`` is set if it takes the question to understand it; ``denies`` for "no"."""

    text: str
    body: Facts
    question: Facts | None = None
    denies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One or two sentences of a passage; ``around`` are the stems of its title and whole text."""

    facts: Facts
    title: frozenset[str]
    around: frozenset[str]


def claims_of(question: str, reply: str) -> list[Claim]:
    """Return the claims of ``reply``; none if it has no words."""
    whole = facts_of(" ".join(reply.split()))
    if not whole.words:
        return []
    if len(whole.content) <= SHORT_REPLY:
        answer, denies = reply.strip(), False
        if whole.words[0] in _YES_NO:
            answer, denies = _after_first_word(reply), whole.words[0] == "no"
        asked = facts_of(question.strip())
        return [Claim(text=f"{question.strip()} {reply.strip()}", body=facts_of(answer), question=asked, denies=denies)]
    found = (facts_of(sentence) for sentence in sentences_of(reply))
    return [Claim(text=facts.text, body=facts) for facts in found if facts.content]


@lru_cache(maxsize=2048)  # a memo of a pure function: passages are shared by most trials of a run
def windows_of(title: str, text: str) -> tuple[Window, ...]:
    """Return every window of a passage, single sentences first."""
    sentences = [facts_of(sentence) for sentence in sentences_of(text)]
    named = facts_of(title).stems
    around = named.union(*(facts.stems for facts in sentences))
    pairs = (first.joined(second) for first, second in pairwise(sentences))
    return tuple(Window(facts=facts, title=named, around=around) for facts in (*sentences, *pairs))


def coverage(claim: Claim, window: Window) -> float:
    """Return the share of the claim's content words and quantities that ``window`` has: 1 if it is there verbatim.

    The words of a question joined to the claim may stand anywhere in the passage, unless they are all there is: of
    "yes" and "no" the question is the claim.
    """
    if _verbatim(claim, window):
        return 1.0
    body, question, seen = claim.body, claim.question, window.facts
    words = body.content - body.measured
    covered = sum(word in seen.stems or word in window.title for word in words)
    covered += sum(_states(seen, quantity) for quantity in body.quantities)
    total = len(words) + len(body.quantities)
    if question is not None:
        covered += len(question.content & (window.around if body.content else seen.stems | window.title))
        total += len(question.content)
    return covered / max(total, 1)


def broken(claim: Claim, window: Window) -> str:
    """Return the first rule that ``window`` breaks as backing of ``claim``, or an empty string.

    Every quantity (value and unit) and name of the reply must occur in the window, a name also in the passage's title,
    and so must all content words of a short reply. The words of a question joined to it, names too, may stand anywhere
    in the passage and only count as coverage: a company's own handbook rarely names the company. Each clause of the
    claim must be negated iff the clause of the window that is closest to it is.
    """
    return "" if _verbatim(claim, window) else next(_broken(claim, window), "")


def _verbatim(claim: Claim, window: Window) -> bool:
    return claim.question is None and contains_tokens(window.facts.words, claim.body.words)


def _broken(claim: Claim, window: Window) -> Iterator[str]:
    seen, title = window.facts, window.title
    yield from (f"number {_spelled(q)}" for q in claim.body.quantities if not _states(seen, q))
    yield from (f"name {name}" for name in sorted(claim.body.names) if name not in seen.stems and name not in title)
    if claim.question is not None:
        wanted = claim.body.content - claim.body.measured
        yield from (f"word {word}" for word in sorted(wanted) if word not in seen.stems)
        if not _short_agrees(claim, claim.question, seen):
            yield "polarity"
    elif any(not _agrees(clause, seen.clauses) for clause in claim.body.clauses if len(clause.content) > 1):
        yield "polarity"


def _states(seen: Facts, wanted: Quantity) -> bool:
    for found in seen.quantities:
        if found.value != wanted.value or (found.unit == "%") != (wanted.unit == "%"):
            continue
        if wanted.unit in ("", found.unit) or (not found.unit and wanted.unit in seen.stems):
            return True
    return False


def _short_agrees(claim: Claim, question: Facts, seen: Facts) -> bool:
    """Say whether a short reply has the window's polarity.

    What is asked and answered together is negated if one of question and reply is. Then some clause must be, since
    the words of the question are often others; if not, the clause nearest to the reply must not be.
    """
    negated = claim.body.negated ^ question.negated ^ claim.denies
    if claim.body.content and negated:
        return seen.negated
    return _agrees(Clause(claim.body.content or question.content, negated), seen.clauses)


def _agrees(clause: Clause, seen: Sequence[Clause]) -> bool:
    """Say whether one of the clauses that share most words with ``clause`` is negated like it."""
    shared = [len(clause.content & other.content) for other in seen]
    most = max(shared, default=0)
    return any(count == most and other.negated == clause.negated for count, other in zip(shared, seen, strict=True))


def _spelled(quantity: Quantity) -> str:
    return f"{quantity.value:f} {quantity.unit}".strip()


def _after_first_word(text: str) -> str:
    return text.strip().partition(" ")[2]
