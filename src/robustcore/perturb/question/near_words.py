"""Words replaced by near words of the encoder's vocabulary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeAlias

from robustcore.calls.flows import values
from robustcore.calls.types import Call, Flow
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import in_random_order, pick, share_of
from robustcore.perturb.edit import At, Edit, refused
from robustcore.perturb.ending import reworded
from robustcore.perturb.language.meaning import stem
from robustcore.perturb.language.text import Word, analyse, spliced
from robustcore.perturb.retries import TRIES, first_alike
from robustcore.perturb.writing import NOT_RUN

NEEDS_ENCODER: Final = f"{NOT_RUN}needs the sentence encoder (extra 'local')"
CANDIDATES: Final = 50
Neighbours: TypeAlias = Mapping[str, Sequence[str]]

_SHARES = {"share": (0.0, 1.0), "at_least": (-1.0, 1.0)}


@perturbation(
    "question.synonym_embedding",
    preserves=Preserves.MEANING,
    gated=True,
    main="share",
    ranges=_SHARES,
    needs=("encoder",),
)
def synonym_embedding(
    text: str, at: At, *, share: float = 0.30, at_least: float = 0.8, protect: bool = True
) -> Flow[Edit[str]]:
    """Replace words by their nearest neighbour among the encoder's words (arXiv 2111.13057).

    Words edited, each once: ``share * severity`` of the content words, at least one; only those that have a neighbour
    of another stem with a cosine of ``at_least``. Names, seen by their capitals, stay. ``noop`` if no word has one.
    """
    if not at.models.encoder:
        return refused(text, "not_applicable", NEEDS_ENCODER)
    near = yield from _neighbours(text, at, at_least, protect)
    return _draft(text, at, near, share, protect, nearest=True)


@perturbation(
    "question.word_synonym",
    preserves=Preserves.MEANING,
    gated=True,
    main="share",
    ranges=_SHARES,
    needs=("encoder",),
)
def word_synonym(
    text: str, at: At, *, share: float = 0.30, at_least: float = 0.8, protect: bool = True
) -> Flow[Edit[str]]:
    """Replace words by one of up to 50 near words each, drawn up to five times (RARE, arXiv 2506.00789).

    10% of the content words at severity .33, so ``share`` .30 of them at 1. The first draft with a cosine of at least
    .85 to ``text`` is taken, else the best one, see `first_alike`. Which words have near ones: `synonym_embedding`.
    """
    if not at.models.encoder:
        return refused(text, "not_applicable", NEEDS_ENCODER)
    near = yield from _neighbours(text, at, at_least, protect)
    drafts = (_draft(text, at, near, share, protect, nearest=False) for _ in range(TRIES))
    return (yield from first_alike(text, drafts, at))


OPERATORS: tuple[Operator, ...] = (synonym_embedding, word_synonym)


def _neighbours(text: str, at: At, at_least: float, protect: bool) -> Flow[Neighbours]:
    """Return the flow of the words that may stand for each content word of ``text``, nearest first."""
    words = list(dict.fromkeys(word.text.lower() for word in _replaceable(text, at, protect)))
    calls = [
        Call(endpoint=at.models.encoder, op="neighbours", payload={"word": word}, length=len(word)) for word in words
    ]
    found = yield from values(calls)
    return {
        word: [
            other for other, cosine in near["words"][:CANDIDATES] if cosine >= at_least and stem(other) != stem(word)
        ]
        for word, near in zip(words, found, strict=True)
    }


def _replaceable(text: str, at: At, protect: bool) -> Iterator[Word]:
    """Yield the content words that are no names: lower case, or the first word of the text."""
    for word in analyse(text, at.example.answers).misspellable(protect):
        if word.text.isascii() and (word.text.islower() or word.start == 0):
            yield word


def _draft(text: str, at: At, near: Neighbours, share: float, protect: bool, *, nearest: bool) -> Edit[str]:
    found = analyse(text, at.example.answers)
    eligible = [word for word in _replaceable(text, at, protect) if near[word.text.lower()]]
    wanted = share_of(len(list(_replaceable(text, at, protect))), share * at.severity)
    changes = []
    for word in islice(in_random_order(at.rng, eligible), wanted):
        choices = near[word.text.lower()]
        other = choices[0] if nearest else pick(at.rng, choices)
        changes.append((word.start, word.end, other.capitalize() if word.text[:1].isupper() else other))
    return reworded(
        found, spliced(text, changes), at, edits=len(changes), otherwise="no word has a near one of another stem"
    )
