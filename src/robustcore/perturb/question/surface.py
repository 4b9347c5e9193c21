"""Changes of the surface alone: letter case and punctuation marks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from types import MappingProxyType

from robustcore.corpus.normalise import normalise
from robustcore.keys import Draws
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import in_random_order, pick, share_of
from robustcore.perturb.edit import At, Edit
from robustcore.perturb.ending import reworded
from robustcore.perturb.language.text import Span, analyse, spliced


def _alternating(word: str) -> str:
    return "".join(char.upper() if index % 2 else char.lower() for index, char in enumerate(word))


def _title(word: str) -> str:
    return word[:1].upper() + word[1:].lower()


_CASES: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"lower": str.lower, "upper": str.upper, "title": _title, "alternating": _alternating}
)

# A mark with white space, a closing bracket or quotation mark, or nothing behind it: so never one inside a number,
# an abbreviation, a time or an address. Runs ("?!") count as one mark.
_MARK = re.compile(r"[.,;:!?…。，、；：！？]+(?=[\s\"'”’»)\]」』]|$)")

_REPLACED: Mapping[str, str] = MappingProxyType(
    {"?": ".!", "!": ".", ".": "!;", ",": ";", ";": ",", ":": ";", "…": ".", "。": "！", "？": "。！", "！": "。"}
    | {"，": "；", "、": "，", "；": "，", "：": "；"}
)
_MARK_EDITS = ("drop", "double", "replace")


@perturbation("question.casing", preserves=Preserves.MEANING, main="mode", choices={"mode": tuple(_CASES)})
def casing(text: str, at: At, *, mode: str = "lower", protect: bool = True) -> Edit[str]:
    """Write a share ``severity`` of the words in another case: lower, UPPER, Title or aLtErNaTiNg (our own recipe).

    Shares count only words that the mode changes; a word whose letters have no way back ("ı") is left alone.
    """
    found = analyse(text, at.example.answers)
    options = _recased(text, at.example.answers, mode, protect)
    wanted = share_of(len(options), at.severity)
    changes = list(islice(in_random_order(at.rng, options), wanted))
    return reworded(found, spliced(text, changes), at, edits=len(changes), otherwise=f"no word to write in {mode} case")


@perturbation(
    "question.punctuation", preserves=Preserves.MEANING, main="mode", choices={"mode": ("mixed", *_MARK_EDITS)}
)
def punctuation(text: str, at: At, *, mode: str = "mixed", protect: bool = True) -> Edit[str]:
    """Drop, double or replace a share ``severity`` of the final and inner marks; never inside numbers (our own recipe).

    ``mixed`` draws one of the three for each mark.
    """
    found = analyse(text, at.example.answers)
    marks = list(_marks(text, found.protected if protect else ()))
    wanted = share_of(len(marks), at.severity)
    changes: list[tuple[int, int, str]] = []
    for start, end in islice(in_random_order(at.rng, marks), wanted):
        edit = pick(at.rng, _MARK_EDITS) if mode == "mixed" else mode
        changes.append((start, end, _edited_mark(text[start:end], edit, at.rng)))
    return reworded(found, spliced(text, changes), at, edits=len(changes), otherwise="no punctuation mark to edit")


OPERATORS: tuple[Operator, ...] = (casing, punctuation)


@lru_cache(maxsize=256)  # like `analyse`: the severities of a question come in turn
def _recased(text: str, golds: tuple[str, ...], mode: str, protect: bool) -> tuple[tuple[int, int, str], ...]:
    """Return, as ``(start, end, recased)``, every word of ``text`` that may be written in another case."""
    recase = _CASES[mode]
    words = analyse(text, golds).editable(protect)
    options = ((word.start, word.end, recase(word.text)) for word in words)
    return tuple(option for option in options if _differs_in_case_alone(text[option[0] : option[1]], option[2]))


def _differs_in_case_alone(word: str, recased: str) -> bool:
    return recased != word and (word.isascii() or normalise(recased) == normalise(word))


def _marks(text: str, protected: tuple[Span, ...]) -> Iterator[Span]:
    for match in _MARK.finditer(text):
        start, end = match.span()
        if not any(low < end and start < high for low, high in protected):
            yield start, end


def _edited_mark(mark: str, edit: str, rng: Draws) -> str:
    if edit == "drop":
        return ""
    if edit == "double":
        return mark * 2
    return pick(rng, _REPLACED[mark[-1]])
