"""Misspellings in the mixture that FailSafeQA counted: words split, joined, confused and commonly misspelt."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from robustcore.perturb.base import At, Edit, Operator, Preserves, perturbation
from robustcore.perturb.confusables import CONFUSABLES
from robustcore.perturb.draw import in_random_order, pick, rotated, share_of
from robustcore.perturb.misspellings import MISSPELLINGS
from robustcore.perturb.question import recased, reworded
from robustcore.perturb.text import Word, analyse, changes_sense, is_fixed, letters_of, spliced
from robustcore.perturb.typos import SHARES

MIXTURE: Mapping[str, float] = MappingProxyType({"split": 0.317, "joined": 0.255, "confused": 0.232, "misspelt": 0.196})
"""Kind of edit → its share of all edits (FailSafeQA, arXiv 2502.06329)."""

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
    words = found.words if protect is False else tuple(word for word in found.words if not word.protected)
    eligible = frozenset(word.start for word in found.misspellable(protect))
    bench = _Bench(text, found.words, frozenset(word.start for word in words), eligible, at.rng)
    kinds: Counter[str] = Counter()
    for _ in range(share_of(len(eligible), share * at.severity)):
        kind = next((kind for kind in _drawn(at.rng) if bench.edit(kind)), "")
        if not kind:
            break
        kinds[kind] += 1
    edit = reworded(found, spliced(text, bench.changes), at, edits=kinds.total(), otherwise="no word can be misspelt")
    return Edit(value=edit.value, edits=edit.edits, note=_noted(kinds)) if edit.status == "applied" else edit


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


@dataclass(slots=True)
class _Bench:
    """A text under edit: its words, which of them may be edited and are eligible (by start), and what was changed."""

    text: str
    words: Sequence[Word]
    open: frozenset[int]
    eligible: frozenset[int]
    rng: random.Random
    changes: list[tuple[int, int, str]] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)

    def edit(self, kind: str) -> bool:
        """Make one edit of ``kind`` in words not touched yet; say whether there was a place for it."""
        if kind == "split":
            return any(self._split(word) for word in in_random_order(self.rng, self._free(self.eligible)))
        if kind == "joined":
            pairs = [*zip(self.words, self.words[1:], strict=False)]
            return any(self._join(first, second) for first, second in in_random_order(self.rng, pairs))
        table = _LISTS[kind]
        listed = [word for word in self._free(self.open) if word.text.casefold() in table]
        content = [word for word in listed if word.start in self.eligible]
        function = [word for word in listed if word.start not in self.eligible]
        ordered = (*in_random_order(self.rng, content), *in_random_order(self.rng, function))
        return any(self._replace(word, table) for word in ordered)

    def _free(self, among: frozenset[int]) -> list[Word]:
        return [word for word in self.words if word.start in among and word.start not in self.touched]

    def _split(self, word: Word) -> bool:
        letters = letters_of(word.text)
        for place in rotated(self.rng, len(letters) - 3):  # two letters at least on either side
            left, right = "".join(letters[: place + 2]), "".join(letters[place + 2 :])
            if left.isalnum() and right.isalnum() and not is_fixed(left) and not is_fixed(right):
                return self._done((word.start + len(left), word.start + len(left), " "), word)
        return False

    def _join(self, first: Word, second: Word) -> bool:
        pair = {first.start, second.start}
        gap = self.text[first.end : second.start]
        fit = pair & self.eligible and pair <= self.open and not pair & self.touched and gap.isspace()
        if not fit or changes_sense(first.text + second.text):
            return False
        return self._done((first.end, second.start, ""), first, second)

    def _replace(self, word: Word, table: Mapping[str, tuple[str, ...]]) -> bool:
        other = recased(pick(self.rng, table[word.text.casefold()]), word.text)
        return not is_fixed(other) and self._done((word.start, word.end, other), word)

    def _done(self, change: tuple[int, int, str], *words: Word) -> bool:
        self.changes.append(change)
        self.touched |= {word.start for word in words}
        return True


def _drawn(rng: random.Random) -> Iterator[str]:
    """Yield the kinds in an order drawn by their shares, without replacement."""
    left = dict(MIXTURE)
    while left:
        mark = rng.random() * sum(left.values())
        kind = next(iter(left))
        for kind, share in left.items():  # noqa: B007  # the last one, should rounding leave a rest
            mark -= share
            if mark < 0:
                break
        del left[kind]
        yield kind


def _noted(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {kinds[kind]}" for kind in MIXTURE if kinds[kind])
