"""Misspellings in the mixture that FailSafeQA counted: words split, joined, confused and commonly misspelt."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import accumulate, compress, count
from types import MappingProxyType

from robustcore.keys import Draws
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import first_fit, pick, rotated, share_of
from robustcore.perturb.edit import At, Edit
from robustcore.perturb.ending import recased, reworded
from robustcore.perturb.language.confusables import CONFUSABLES
from robustcore.perturb.language.kinds import FIXED_WORDS, changes_sense, is_worth, plain, reach, remembered
from robustcore.perturb.language.misspellings import MISSPELLINGS
from robustcore.perturb.language.text import Analysis, analyse, letters_of
from robustcore.perturb.question.typos import SHARES

MIXTURE: Mapping[str, float] = MappingProxyType({"split": 0.317, "joined": 0.255, "confused": 0.232, "misspelt": 0.196})
"""Kind of edit → its share of all edits (FailSafeQA, arXiv 2502.06329)."""

_BOUNDS = tuple(bound * 2**32 for bound in accumulate(MIXTURE.values()))[
    :-1
]  # the last kind takes what rounding leaves
TOLERANCE = 0.05
FEWEST_EDITS = 200


@remembered
def _confused(word: str) -> tuple[str, ...]:
    """Return the words that ``word`` is confused with."""
    return CONFUSABLES.get(plain(word), ())


@remembered
def _misspelt(word: str) -> tuple[str, ...]:
    """Return the common misspellings of ``word``."""
    return MISSPELLINGS.get(plain(word), ())


def _reach_beside(others: Callable[[str], tuple[str, ...]]) -> Callable[[str], int]:
    """Return what gives the `reach` of a word that has ``others`` and is not worth misspelling, and 0 for any other."""
    return remembered(lambda word: reach(word) if others(word) and not is_worth(word) else 0)


_confused_reach, _misspelt_reach = _reach_beside(_confused), _reach_beside(_misspelt)


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
    """A text under edit: its parts as they are now, the places of the words worth editing and of those edited."""

    __slots__ = ("_found", "_protect", "_rng", "_touched", "eligible", "parts")

    def __init__(self, found: Analysis, rng: Draws, protect: bool) -> None:
        self._found, self._rng, self._protect = found, rng, protect
        self._touched: set[int] = set()
        self.eligible = found.eligible(protect)
        self.parts = [*found.parts]

    def split(self) -> bool:
        """Split a word; say whether there was a place for it, as `join`, `confuse` and `misspell` do."""
        return first_fit(self._rng, self.eligible, self._split)

    def join(self) -> bool:
        """Join a word to its neighbour."""
        return first_fit(self._rng, self.eligible, self._join)

    def confuse(self) -> bool:
        """Replace a word by one that it is confused with."""
        return self._replace(_confused, _confused_reach)

    def misspell(self) -> bool:
        """Replace a word by a common misspelling of it."""
        return self._replace(_misspelt, _misspelt_reach)

    def _split(self, place: int) -> bool:
        if place in self._touched:
            return False
        word = self.parts[2 * place + 1]
        letters = letters_of(word)
        for at in rotated(self._rng, len(letters) - 3):  # two letters at least on either side
            cut = at + 2 if letters is word else len("".join(letters[: at + 2]))
            left, right = word[:cut], word[cut:]
            if left.isalnum() and right.isalnum() and FIXED_WORDS.isdisjoint((left.casefold(), right.casefold())):
                return self._done(place, f"{left} {right}")
        return False

    def _join(self, place: int) -> bool:
        """Join the word to the one before or behind it, whichever is drawn or else fits."""
        if place in self._touched:
            return False
        step = 1 if self._rng.word() & 1 else -1
        return self._close(place, place + step) or self._close(place, place - step)

    def _close(self, place: int, other: int) -> bool:
        """Close the gap between a word and the ``other`` one beside it, if that may be edited, too."""
        first = min(place, other)
        parts, gap = self.parts, 2 * first + 2
        if other < 0 or other >= len(self._found.spelled) or not parts[gap].isspace():
            return False
        if other in self._touched or not self._may(other):
            return False
        joined = parts[gap - 1] + parts[gap + 1]
        if changes_sense(joined):
            return False
        parts[gap] = ""
        self._touched.add(first + 1)
        return self._done(first, parts[gap - 1])

    def _replace(self, others: Callable[[str], tuple[str, ...]], reaches: Callable[[str], int]) -> bool:
        """Replace a word by one of its ``others``: a word worth misspelling, or else any other."""
        spelled, touched = self._found.spelled, self._touched
        places = [at for at in self.eligible if others(spelled[at]) and at not in touched]
        if not places:
            if self._protect:
                listed = self._found.reached(reaches)
            else:
                listed = [at for at in compress(count(), map(others, spelled)) if not is_worth(spelled[at])]
            places = [at for at in listed if at not in touched]
            if not places:
                return False
        place = pick(self._rng, places)
        word = spelled[place]
        return self._done(place, recased(pick(self._rng, others(word)), word))

    def _may(self, place: int) -> bool:
        return not self._protect or self._found.is_open(place)

    def _done(self, place: int, word: str) -> bool:
        self.parts[2 * place + 1] = word
        self._touched.add(place)
        return True


_KINDS = (_Bench.split, _Bench.join, _Bench.confuse, _Bench.misspell)  # in the order of `MIXTURE`
