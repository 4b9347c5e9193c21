"""Errors of text recognition by rule: letters lost, misread and made up, at a character error rate that is met."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from robustcore.keys import Draws
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.ending import retyped
from robustcore.perturb.draw import below, in_random_order, pick
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.language.kinds import changes_sense
from robustcore.perturb.language.text import Span, analyse, spliced

Kind: TypeAlias = Literal["delete", "replace", "insert"]

_THIRDS: tuple[tuple[Kind, Kind, Kind], ...] = (
    ("delete", "replace", "insert"),
    ("delete", "insert", "replace"),
    ("replace", "delete", "insert"),
    ("replace", "insert", "delete"),
    ("insert", "delete", "replace"),
    ("insert", "replace", "delete"),
)
LOOK_ALIKES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"0": ("O",), "O": ("0",), "1": ("l", "I"), "l": ("1", "I"), "I": ("1", "l"), "5": ("S",), "S": ("5",)}
    | {"8": ("B",), "B": ("8",), "rn": ("m",), "m": ("rn",)}
)
"""What a scanner takes for what (our own table)."""

_LOWER, _UPPER = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@perturbation("context.ocr_noise", preserves=Preserves.MEANING, main="rate", ranges={"rate": (0.0, 0.10)})
def ocr_noise(context: Passages, at: At, *, rate: float = 0.10, protect: bool = True) -> Edit[Passages]:
    """Misread a share ``rate * severity`` of the characters of all passages (FailSafeQA, arXiv 2502.06329).

    A third of the errors each delete, replace and insert a character of a word. What is replaced becomes its
    look-alike (0/O, 1/l/I, 5/S, 8/B, rn/m) where it has one, else another letter; thirds and table are ours. Errors
    keep a character's distance, so that the character error rate, edit distance / characters, is what was asked for:
    ``edits`` is the distance and the ``note`` states the rate. Titles stay.

    With ``protect`` numbers, units, negations, quotations and gold answers are read rightly; a text with little else
    may fall short of the rate. Without it the case is ``invalid_case`` if no evidence passage states the answer still.
    """
    from rapidfuzz.distance import Levenshtein

    total = sum(len(passage.text) for passage in context)
    share = rate * at.severity
    wanted = max(1, int(total * share + 0.5)) if share and total else 0
    pages = [_Page(text=passage.text) for passage in context]
    _misread(pages, wanted, at, protect)
    texts = [page.read() for page in pages]
    distance = sum(Levenshtein.distance(passage.text, text) for passage, text in zip(context, texts, strict=True))
    if not distance:
        return refused(context, "noop", "no character that may be misread")
    note = f"character error rate {distance / total:.4f} ({distance} of {total} characters)"
    return retyped(context, texts, at, edits=distance, note=note)


OPERATORS: tuple[Operator, ...] = (ocr_noise,)


class _Place(NamedTuple):
    """Where an error may strike: a character of a word of a page."""

    page: int
    word: Span
    position: int


class _Error(NamedTuple):
    """One misreading: a span of the page, what is read there, and the edit distance it makes."""

    start: int
    end: int
    text: str
    cost: int


@dataclass(kw_only=True)
class _Page:
    """A text with the errors made in it so far, by word, and the positions that no further error may touch."""

    text: str
    errors: dict[Span, list[_Error]] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)

    def accept(self, word: Span, error: _Error) -> bool:
        """Make ``error`` unless it touches another one or would make another word or a number of its word."""
        around = range(error.start - 1, max(error.end, error.start + 1) + 1)
        if not self.taken.isdisjoint(around):
            return False
        errors = [*self.errors.get(word, ()), error]
        start, end = word
        changes = [(one.start - start, one.end - start, one.text) for one in errors]
        read = spliced(self.text[start:end], changes)
        if not read or read.isnumeric() or changes_sense(read):
            return False
        self.errors[word] = errors
        self.taken.update(around)
        return True

    def read(self) -> str:
        """Return the text as it is read."""
        return spliced(self.text, [(e.start, e.end, e.text) for errors in self.errors.values() for e in errors])


def _misread(pages: list[_Page], wanted: int, at: At, protect: bool) -> None:
    """Make errors of an edit distance of ``wanted`` in all, as far as there is room."""
    places = [
        _Place(number, word, index)
        for number, page in enumerate(pages)
        for word, index in _legible(page.text, at.example.answers, protect)
    ]
    kinds = _in_thirds(at.rng)
    kind = next(kinds)
    left = wanted
    for place in in_random_order(at.rng, places) if wanted else ():
        page = pages[place.page]
        error = _error(kind, page.text, place, at.rng, left)
        if error is not None and page.accept(place.word, error):
            kind = next(kinds)
            left -= error.cost
            if not left:
                return


def _in_thirds(rng: Draws) -> Iterator[Kind]:
    """Yield kinds of error without end, each once in any three from the start on."""
    while True:
        yield from pick(rng, _THIRDS)


@lru_cache(maxsize=256)  # a memo of a pure function: severities and replicates of a question come in turn
def _legible(text: str, golds: tuple[str, ...], protect: bool) -> tuple[tuple[Span, int], ...]:
    """Return, with its word, the position of every character that may be misread: no mark, and without one behind."""
    marked = not text.isascii()
    return tuple(
        ((word.start, word.end), index)
        for word in analyse(text, golds).editable(protect)
        for index in range(word.start, word.end)
        if text[index].isalnum() and not (marked and index + 1 < word.end and not text[index + 1].isalnum())
    )


def _error(kind: Kind, text: str, place: _Place, rng: Draws, left: int) -> _Error | None:
    """Return an error of that kind at ``place`` that costs at most ``left``; None if there is none."""
    index = place.position
    if kind == "delete":
        return _Error(index, index + 1, "", 1)
    if kind == "insert":
        return _Error(index + 1, index + 1, _another(text[index], text[slice(*place.word)], rng), 1)
    pair = text[index : index + 2]
    if pair in LOOK_ALIKES and index + 2 <= place.word[1] and left >= 2:
        return _Error(index, index + 2, pick(rng, LOOK_ALIKES[pair]), 2)
    alike = LOOK_ALIKES.get(text[index])
    if alike and left >= len(alike[0]):
        return _Error(index, index + 1, pick(rng, alike), len(alike[0]))
    other = _another(text[index], text[slice(*place.word)], rng)
    return _Error(index, index + 1, other, 1) if other != text[index] else None


def _another(char: str, word: str, rng: Draws) -> str:
    """Return a character to read instead: a-z in either case or a digit for one of these, else one of its word's."""
    for alphabet in (_LOWER, _UPPER, "0123456789"):
        if char in alphabet:
            return alphabet[(alphabet.index(char) + 1 + below(rng, len(alphabet) - 1)) % len(alphabet)]
    return pick(rng, [one for one in word if unicodedata.category(one)[0] in "LN"])
