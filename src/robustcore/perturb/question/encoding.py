"""Changes that a reader hardly sees and a tokenizer does: odd white space, decomposed, zero-width and wide letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice, pairwise

from robustcore.keys import Draws
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import in_random_order, pick, rotated, share_of
from robustcore.perturb.edit import At, Edit
from robustcore.perturb.ending import reworded
from robustcore.perturb.language.text import Span, Word, analyse, letters_of, spliced
from robustcore.perturb.question.typos import SHARES

_ONE_GAP = re.compile(r"[^\w\s]*(\s+)[^\w\s]*")
_SPACE_EDITS = ("double", "missing", "exotic")
_EXOTIC = "\u00a0\u2003\u2009\u202f\u3000\t"  # no-break, em, thin, narrow no-break, ideographic space, tab
_UNICODE_EDITS = ("nfd", "zero_width", "full_width")
_ZERO_WIDTH = "\u200b\u2060\ufeff"  # not the joiners U+200C and U+200D: in some scripts these spell
_WIDE = {code: code - 0x20 + 0xFF00 for code in range(0x21, 0x7F)}


@perturbation(
    "question.whitespace",
    preserves=Preserves.MEANING,
    main="mode",
    choices={"mode": ("mixed", *_SPACE_EDITS)},
    ranges=SHARES,
)
def whitespace(text: str, at: At, *, mode: str = "mixed", share: float = 0.30, protect: bool = True) -> Edit[str]:
    """Double the space between two words, leave it out or write an exotic one (our own recipe).

    Edited are ``share * severity`` of the gaps, at least one; ``mixed`` draws one of the three for each. No space is
    left out beside a protected word, nor any touched inside a quotation.
    """
    found = analyse(text, at.example.answers)
    fenced = found.protected if protect else ()
    gaps = [gap for gap in _gaps(text, found.words) if not any(low < gap[1] and gap[0] < high for low, high in fenced)]
    closed = frozenset(end for span in fenced for end in span)
    wanted = share_of(len(gaps), share * at.severity)
    changes: list[tuple[int, int, str]] = []
    for start, end in in_random_order(at.rng, gaps):
        if len(changes) == wanted:
            break
        edit = pick(at.rng, _SPACE_EDITS) if mode == "mixed" else mode
        if edit == "missing" and (start in closed or end in closed):
            if mode != "mixed":
                continue
            edit = "double"
        changes.append((start, end, _spaced(text[start:end], edit, at.rng)))
    return reworded(found, spliced(text, changes), at, edits=len(changes), otherwise="no space to edit")


@perturbation(
    "question.unicode_noise",
    preserves=Preserves.MEANING,
    main="mode",
    choices={"mode": ("mixed", *_UNICODE_EDITS)},
    ranges=SHARES,
)
def unicode_noise(text: str, at: At, *, mode: str = "mixed", share: float = 0.30, protect: bool = True) -> Edit[str]:
    """Write a word decomposed (NFD), with a zero-width character inside, or in full-width forms (our own recipe).

    Words as in `neighbour_swap`, but for each mode only those that it changes; ``mixed`` draws among the modes that
    change the word. NFKC undoes all but the zero-width characters, so a system that normalises is robust to most.
    """
    found = analyse(text, at.example.answers)
    modes = _UNICODE_EDITS if mode == "mixed" else (mode,)
    words = [word for word in found.misspellable(protect) if any(_fits(word.text, one) for one in modes)]
    wanted = share_of(len(words), share * at.severity)
    changes: list[tuple[int, int, str]] = []
    for word in islice(in_random_order(at.rng, words), wanted):
        edit = pick(at.rng, [one for one in modes if _fits(word.text, one)])
        changes.append((word.start, word.end, _encoded(word.text, edit, at.rng)))
    return reworded(found, spliced(text, changes), at, edits=len(changes), otherwise=f"no word to edit ({mode})")


OPERATORS: tuple[Operator, ...] = (whitespace, unicode_noise)


def _gaps(text: str, words: tuple[Word, ...]) -> Iterator[Span]:
    """Yield the white space that alone stands between two words or between a word and a mark."""
    for first, second in pairwise(words):
        between = _ONE_GAP.fullmatch(text, first.end, second.start)
        if between:
            yield between.span(1)


def _spaced(gap: str, edit: str, rng: Draws) -> str:
    if edit == "double":
        return gap * 2
    return "" if edit == "missing" else pick(rng, [space for space in _EXOTIC if space != gap])


def _fits(word: str, edit: str) -> bool:
    if edit == "nfd":
        return unicodedata.normalize("NFD", word) != word
    return edit == "zero_width" or word.isascii()


def _encoded(word: str, edit: str, rng: Draws) -> str:
    if edit == "nfd":
        return unicodedata.normalize("NFD", word)
    if edit == "full_width":
        return word.translate(_WIDE)
    letters = letters_of(word)
    place = next(iter(rotated(rng, max(1, len(letters) - 1)))) + 1
    return "".join((*letters[:place], pick(rng, _ZERO_WIDTH), *letters[place:]))
