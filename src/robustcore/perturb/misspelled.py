"""Misspellings in the mixture that FailSafeQA counted: words split, joined, confused and commonly misspelt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from robustcore.keys import Draws
from robustcore.perturb.base import At, Edit, Operator, Preserves, perturbation
from robustcore.perturb.confusables import CONFUSABLES
from robustcore.perturb.draw import in_random_order, pick, rotated, share_of
from robustcore.perturb.kinds import changes_sense, is_fixed
from robustcore.perturb.misspellings import MISSPELLINGS
from robustcore.perturb.question import recased, reworded
from robustcore.perturb.text import Analysis, analyse, letters_of
from robustcore.perturb.typos import SHARES

MIXTURE: Mapping[str, float] = MappingProxyType({"split": 0.317, "joined": 0.255, "confused": 0.232, "misspelt": 0.196})
"""Kind of edit → its share of all edits (FailSafeQA, arXiv 2502.06329)."""

_SHARES = tuple(MIXTURE.items())
_KINDS = tuple(MIXTURE)
TOLERANCE = 0.05
FEWEST_EDITS = 200
_LISTS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"confused": CONFUSABLES, "misspelt": MISSPELLINGS}
)


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
    made: list[str] = []
    for _ in range(share_of(len(bench.eligible), share * at.severity)):
        kind = bench.edited()
        if not kind:
            break
        made.append(kind)
    note = ", ".join([f"{kind} {made.count(kind)}" for kind in _KINDS if kind in made])
    return reworded(found, "".join(bench.parts), at, edits=len(made), otherwise="no word can be misspelt", note=note)


OPERATORS: tuple[Operator, ...] = (misspelled,)


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

    def edited(self) -> str:
        """Make one edit in words not edited yet and return its kind, drawn from the mixture; empty if none has a place.

        A kind that has no place gives way to another, drawn by their shares.
        """
        left: Sequence[tuple[str, float]] = _SHARES
        total = 1.0
        while left:
            mark = self._rng.random() * total
            kind = ""
            for kind, share in left:  # noqa: B007  # the last one, should rounding leave a rest
                mark -= share
                if mark < 0:
                    break
            if self._edit(kind):
                return kind
            left = [one for one in left if one[0] != kind]
            total = sum([share for _, share in left])
        return ""

    def _edit(self, kind: str) -> bool:
        """Make one edit of ``kind``; say whether there was a place for it."""
        table = _LISTS.get(kind)
        if table is not None:
            return self._replace(table)
        change = self._split if kind == "split" else self._join
        for place in in_random_order(self._rng, self.eligible):  # noqa: SIM110  # any() takes longer
            if place not in self._touched and change(place):
                return True
        return False

    def _split(self, place: int) -> bool:
        word = self.parts[2 * place + 1]
        letters = letters_of(word)
        for at in rotated(self._rng, len(letters) - 3):  # two letters at least on either side
            cut = at + 2 if letters is word else len("".join(letters[: at + 2]))
            left, right = word[:cut], word[cut:]
            if left.isalnum() and right.isalnum() and not is_fixed(left) and not is_fixed(right):
                return self._done(place, f"{left} {right}")
        return False

    def _join(self, place: int) -> bool:
        """Join the word to the one before or behind it, whichever is drawn or else fits."""
        behind = self._rng.word() & 1
        return self._close(place - 1 + behind) or self._close(place - behind)

    def _close(self, first: int) -> bool:
        """Close the gap behind a word, if both words may be edited."""
        parts, second, touched = self.parts, first + 1, self._touched
        if first < 0 or second >= len(self._found.kinds) or not parts[2 * second].isspace():
            return False
        if first in touched or second in touched or not (self._may(first) and self._may(second)):
            return False
        if changes_sense(parts[2 * first + 1] + parts[2 * second + 1]):
            return False
        parts[2 * second] = ""
        touched.add(second)
        return self._done(first, parts[2 * first + 1])

    def _replace(self, table: Mapping[str, tuple[str, ...]]) -> bool:
        """Replace a word by what the table has for it: a word worth misspelling, or else any other."""
        kinds, touched = self._found.kinds, self._touched
        listed = [place for place in self.eligible if kinds[place].bare in table and place not in touched]
        if not listed:
            others = [at for at, kind in enumerate(kinds) if kind.bare in table and not kind.worth]
            listed = [at for at in others if at not in touched and self._may(at)]
            if not listed:
                return False
        place = pick(self._rng, listed)
        return self._done(place, recased(pick(self._rng, table[kinds[place].bare]), self.parts[2 * place + 1]))

    def _may(self, place: int) -> bool:
        return not self._protect or self._found.is_open(place)

    def _done(self, place: int, word: str) -> bool:
        self.parts[2 * place + 1] = word
        self._touched.add(place)
        return True
