"""Misspellings in the mixture that FailSafeQA counted: words split, joined, confused and commonly misspelt."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import accumulate, compress, count
from math import ceil
from types import MappingProxyType
from typing import NamedTuple

from robustcore.keys import Draws
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import first_fit, pick, rotated, share_of
from robustcore.perturb.edit import At, Edit
from robustcore.perturb.ending import recased, reworded
from robustcore.perturb.language.confusables import CONFUSABLES
from robustcore.perturb.language.kinds import (
    FIXED_WORDS,
    OPEN,
    changes_sense,
    having,
    is_worth,
    plain,
    reach,
    remembered,
)
from robustcore.perturb.language.misspellings import MISSPELLINGS
from robustcore.perturb.language.text import Analysis, analyse, letters_of
from robustcore.perturb.question.typos import SHARES

MIXTURE: Mapping[str, float] = MappingProxyType({"split": 0.317, "joined": 0.255, "confused": 0.232, "misspelt": 0.196})
"""Kind of edit → its share of all edits (FailSafeQA, arXiv 2502.06329)."""

TOLERANCE = 0.05
FEWEST_EDITS = 200
# In words of a `Draws`; the last kind takes what rounding leaves.
_BOUNDS = tuple(ceil(bound * 2**32) for bound in accumulate(MIXTURE.values()))[:-1]
_WORTH, _CONFUSED, _MISSPELT = 4, 8, 16  # marks of a word beside its `reach`


@remembered
def _confused(word: str) -> tuple[str, ...]:
    """Return the words that ``word`` is confused with."""
    return CONFUSABLES.get(plain(word), ())


@remembered
def _misspelt(word: str) -> tuple[str, ...]:
    """Return the common misspellings of ``word``."""
    return MISSPELLINGS.get(plain(word), ())


@remembered
def _mark(word: str) -> int:
    """Return the marks of ``word``: never 0."""
    return OPEN | _WORTH * is_worth(word) | _CONFUSED * bool(_confused(word)) | _MISSPELT * bool(_misspelt(word))


@remembered
def _mark_unless_fixed(word: str) -> int:
    """Return the `reach` of ``word`` and, if that is not 0, its marks."""
    return reach(word) and reach(word) | (_mark(word) & ~OPEN)


_ELIGIBLE = having(_WORTH)


class _Listed(NamedTuple):
    """What is written for a word, and the tables that find the words for which there is something: worth it, or any."""

    others: Callable[[str], tuple[str, ...]]
    worth: bytes
    all: bytes


_CONFUSABLE = _Listed(_confused, having(_WORTH, _CONFUSED), having(_CONFUSED))
_MISSPELLABLE = _Listed(_misspelt, having(_WORTH, _MISSPELT), having(_MISSPELT))


@perturbation("question.misspelled", preserves=Preserves.MEANING, main="share", ranges=SHARES)
def misspelled(text: str, at: At, *, share: float = 0.30, protect: bool = True) -> Edit[str]:
    """Split, join, confuse or misspell words in FailSafeQA's mixture (arXiv 2502.06329).

    Of all edits 31.7% split a word ("hol iday"), 25.5% join it to its neighbour ("thecontract"), 23.2% write a word
    that exists ("principle") and 19.6% a common misspelling ("recieve"); both lists are ours. There are as many edits
    as `neighbour_swap` makes at the same share; no word has two. Words of the lists may be function words ("whitch"),
    since those are confused, but content words come first. A kind that has no place gives way to another, drawn anew:
    `mixture_problem` says whether the mixture was met. The note counts the kinds: "split 2, joined 1".
    """
    found = analyse(text, at.example.answers)
    bench = _Bench(found, at.rng, protect)
    word = at.rng.word
    made: list[int] = []
    for _ in range(share_of(len(bench.eligible), share * at.severity)):
        kind = bisect_right(_BOUNDS, word())
        if not _KINDS[kind](bench):
            kind = _another(kind, bench, at.rng)
            if kind < 0:
                break
        made.append(kind)
    changed, note = "".join(bench.parts), _note(tuple(made))
    return reworded(found, changed, at, edits=len(made), otherwise="no word can be misspelt", note=note)


OPERATORS: tuple[Operator, ...] = (misspelled,)


@lru_cache(maxsize=1024)  # a memo of a pure function: few edits can come in few orders
def _note(made: tuple[int, ...]) -> str:
    return ", ".join([f"{name} {made.count(kind)}" for kind, name in enumerate(MIXTURE) if kind in made])


def _another(kind: int, bench: _Bench, rng: Draws) -> int:
    """Make an edit of another kind than ``kind``, drawn by their shares, and return which; -1 if none has a place."""
    left = [*enumerate(MIXTURE.values())]
    while left := [one for one in left if one[0] != kind]:
        mark = rng.random() * sum([share for _, share in left])
        for kind, share in left:  # noqa: B007  # the last one, should rounding leave a rest
            mark -= share
            if mark < 0:
                break
        if _KINDS[kind](bench):
            return kind
    return -1


def kinds_of(edits: Iterable[Edit[str]]) -> Counter[str]:
    """Return how many edits of each kind the notes of ``edits`` count."""
    counts: Counter[str] = Counter()
    for edit in edits:
        for part in edit.note.split(", ") if edit.status == "applied" and edit.note else ():
            kind, _, count = part.partition(" ")
            counts[kind] += int(count)
    return counts


def mixture_problem(counts: Mapping[str, int]) -> str:
    """Return how the kinds of 200 edits or more miss `MIXTURE` by over 5 points; empty if none does, or too few."""
    total = sum(counts.values())
    if total < FEWEST_EDITS:
        return ""
    off = {kind: counts.get(kind, 0) / total - share for kind, share in MIXTURE.items()}
    named = [f"{kind} {MIXTURE[kind] + gap:.1%}, not {MIXTURE[kind]:.1%}" for kind, gap in off.items()]
    missed = [text for text, gap in zip(named, off.values(), strict=True) if abs(gap) > TOLERANCE]
    return f"the mixture of {total} edits is off by over 5 points: {'; '.join(missed)}" if missed else ""


class _Bench:
    """A text under edit: its parts as they are now, the marks of the words, 0 of those that may not be edited any more.

    ``eligible`` are the places of the words worth editing, edited or not.
    """

    __slots__ = ("_marks", "_rng", "eligible", "parts")

    def __init__(self, found: Analysis, rng: Draws, protect: bool) -> None:
        self._rng = rng
        self._marks = found.marked(_mark_unless_fixed) if protect else bytearray(map(_mark, found.spelled))
        self.eligible = self._places(_ELIGIBLE)
        self.parts = [*found.parts]

    def split(self) -> bool:
        """Split a word; say whether there was a place for it, as `join`, `confuse` and `misspell` do."""
        return first_fit(self._rng, self.eligible, self._split)

    def join(self) -> bool:
        """Join a word to its neighbour."""
        return first_fit(self._rng, self.eligible, self._join)

    def confuse(self) -> bool:
        """Replace a word by one that it is confused with."""
        return self._replace(_CONFUSABLE)

    def misspell(self) -> bool:
        """Replace a word by a common misspelling of it."""
        return self._replace(_MISSPELLABLE)

    def _split(self, place: int) -> bool:
        if not self._marks[place]:
            return False
        word = self.parts[2 * place + 1]
        letters = letters_of(word)
        for at in rotated(self._rng, len(letters) - 3):  # two letters at least on either side
            cut = at + 2 if letters is word else len("".join(letters[: at + 2]))
            left, right = word[:cut], word[cut:]
            if left.isalnum() and right.isalnum() and FIXED_WORDS.isdisjoint((left.casefold(), right.casefold())):
                self.parts[2 * place + 1], self._marks[place] = f"{left} {right}", 0
                return True
        return False

    def _join(self, place: int) -> bool:
        """Join the word to the one before or behind it, whichever is drawn or else fits."""
        marks, parts = self._marks, self.parts
        if not marks[place]:
            return False
        step = 1 if self._rng.word() & 1 else -1
        for other in (place + step, place - step):
            if 0 <= other < len(marks) and marks[other]:
                gap = place + other + 1
                if parts[gap].isspace() and not changes_sense(parts[gap - 1] + parts[gap + 1]):
                    parts[gap] = ""
                    marks[place] = marks[other] = 0
                    return True
        return False

    def _replace(self, listed: _Listed) -> bool:
        """Replace a word by one of those ``listed`` for it: a word worth misspelling, or else any other."""
        places = self._places(listed.worth) or self._places(listed.all)
        if not places:
            return False
        place = pick(self._rng, places)
        word = self.parts[2 * place + 1]
        self.parts[2 * place + 1], self._marks[place] = recased(pick(self._rng, listed.others(word)), word), 0
        return True

    def _places(self, table: bytes) -> list[int]:
        """Return the places of the words whose marks the ``table`` makes 1 of."""
        return [*compress(count(), self._marks.translate(table))]


_KINDS = (_Bench.split, _Bench.join, _Bench.confuse, _Bench.misspell)  # in the order of `MIXTURE`
