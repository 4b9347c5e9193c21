"""What a sentence states, as far as rules can see it: words, quantities with units, names, and negated clauses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from robustcore.corpus.normalise import number_of, tokens
from robustcore.perturb.language.sentences import sentence_spans
from robustcore.perturb.language.wordlists import LETTER_UNITS, NEGATIONS, NUMBER_WORDS, STOP_WORDS, UNITS

_PLAIN_NOT = ("not", "no", "none", "nor", "neither", "never", "nobody", "nothing", "nowhere", "without", "cannot")
_NOT = ("shouldnt", "wouldnt", "couldnt", "mustnt", "neednt")
# narrower than the list that protects words from edits: "unless" and "refused" do not turn a clause round
_NEGATIONS = frozenset((*_PLAIN_NOT, *_NOT, *(word for word in NEGATIONS if word.endswith("nt"))))

_TENS = MappingProxyType(
    {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
)
_SCALES = MappingProxyType(
    {"hundred": 100, "thousand": 1000, "million": 10**6, "mln": 10**6, "billion": 10**9, "bn": 10**9}
)
# one unit under its several spellings, by stem
_SAME_UNIT = MappingProxyType(
    {"m": "metr", "meter": "metr", "metre": "metr", "cm": "centimetr", "centimeter": "centimetr", "mm": "millimetr"}
    | {"millimeter": "millimetr", "km": "kilometr", "kilometer": "kilometr", "kg": "kilogram", "kilo": "kilogram"}
    | {"g": "gram", "t": "tonn", "ton": "tonn", "l": "litr", "liter": "litr", "hr": "hour", "h": "hour", "min": "minut"}
    | {"sec": "second", "s": "second", "eur": "euro", "usd": "dollar", "gbp": "pound", "nok": "kron", "sek": "kron"}
    | {"dkk": "kron", "krona": "kron", "kroner": "kron", "kronor": "kron", "chf": "franc", "jpy": "yen"}
)
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_SPELLINGS = (
    (re.compile(r"\s*\b(?:per cent|percent)\b", re.IGNORECASE), "%"),
    (re.compile(r"(?<=\d)(?:st|nd|rd|th)\b"), ""),
    (re.compile(r"\b([A-Z]{2,4})(?=\d)"), r"\1 "),
)
# a currency before its amount is moved behind it, where units are looked for
_AMOUNT = r"(\d[\d.,]*(?:\s?(?:thousand|million|billion|mln|bn)\b)?)"
_BEFORE = re.compile(rf"(?:\b(EUR|USD|GBP|NOK|SEK|DKK|CHF|JPY)|([€$£¥]))\s?{_AMOUNT}")
_SYMBOLS = MappingProxyType({"€": "euros", "$": "dollars", "£": "pounds", "¥": "yen"})
_CLAUSE = re.compile(r"[;:()–—]|,\s|\s-\s|\b(?:but|and|while|although|whereas|though)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[.'’&-][^\W_]+)*")
_UNIT_REACH = 5  # words after a number among which its unit is looked for: "ten keep-in-touch days"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit: ``%``, a stem such as ``day``, or an empty string."""

    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Clause:
    """The content of a clause and whether it is negated."""

    content: frozenset[str]
    negated: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text states: its tokens, the stems of all and of the content words, quantities, names and clauses.

    ``measured`` are the stems that belong to a quantity: its number, scale and unit, however they are spelt.
    """

    text: str
    words: tuple[str, ...]
    stems: frozenset[str]
    content: frozenset[str]
    quantities: frozenset[Quantity]
    measured: frozenset[str]
    names: frozenset[str]
    clauses: tuple[Clause, ...]

    @property
    def negated(self) -> bool:
        """Say whether any clause is negated."""
        return any(clause.negated for clause in self.clauses)

    def joined(self, other: Facts) -> Facts:
        """Return the facts of two texts in a row."""
        return Facts(
            text=f"{self.text} {other.text}",
            words=self.words + other.words,
            stems=self.stems | other.stems,
            content=self.content | other.content,
            quantities=self.quantities | other.quantities,
            measured=self.measured | other.measured,
            names=self.names | other.names,
            clauses=self.clauses + other.clauses,
        )


def sentences_of(text: str) -> list[str]:
    """Return the sentences of ``text``."""
    return [text[start:end] for start, end in sentence_spans(text)]


@lru_cache(maxsize=32768)  # a memo of a pure function: passages are shared by most trials of a run
def facts_of(text: str) -> Facts:
    """Return the facts of a short text (a sentence, a question, a title)."""
    words = _words(text)
    found = list(_quantities(words))
    measured = frozenset(stem(words[index]) for _, used in found for index in used)
    names = frozenset(stem(word) for name in _names(text) for word in _words(name))
    return Facts(
        text=text,
        words=words,
        stems=frozenset(map(stem, words)),
        content=_content(words),
        quantities=frozenset(quantity for quantity, _ in found),
        measured=measured,
        names=names - measured,
        clauses=tuple(_clauses(text)),
    )


def stem(word: str) -> str:
    """Return ``word`` without accents and its commonest endings, so that ``days`` meets ``day``. Crude on purpose."""
    if not word.isascii():
        parts = unicodedata.normalize("NFD", word)
        word = unicodedata.normalize("NFC", "".join(char for char in parts if unicodedata.category(char) != "Mn"))
    for ending, replacement in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + replacement
            break
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def _words(text: str) -> tuple[str, ...]:
    text = _BEFORE.sub(lambda found: f"{found[3]} {found[1] or _SYMBOLS[found[2]]}", _POSSESSIVE.sub("", text))
    for spelling, common in _SPELLINGS:
        text = spelling.sub(common, text)
    return tokens(text)


def _content(words: Sequence[str]) -> frozenset[str]:
    return frozenset(stem(word) for word in words if word not in STOP_WORDS and word not in _NEGATIONS)


def _clauses(text: str) -> Iterator[Clause]:
    for part in _CLAUSE.split(text):
        words = _words(part)
        if words:
            yield Clause(_content(words), any(word in _NEGATIONS for word in words))


def _names(text: str) -> Iterator[str]:
    """Yield the words that look like names: capitals inside a sentence, or at its start if the next has one too."""
    found = [(match.group(), match.start()) for match in _WORD.finditer(_POSSESSIVE.sub("", text))]
    starts = {start for start, _ in sentence_spans(text)}
    for index, (word, at) in enumerate(found):
        if not word[0].isupper() or word.casefold() in STOP_WORDS:
            continue
        following = found[index + 1][0] if index + 1 < len(found) else ""
        acronym = len(word) > 1 and word.isupper()
        if (at not in starts and index > 0) or acronym or following[:1].isupper():
            yield word


def _quantities(words: Sequence[str]) -> Iterator[tuple[Quantity, list[int]]]:
    """Yield each quantity with the places of its words."""
    index = 0
    while index < len(words):
        value, used = _number(words, index)
        if value is None:
            index += 1
            continue
        places = [*range(index, index + used)]
        index += used
        while index < len(words) and words[index] in _SCALES:
            value *= _SCALES[words[index]]
            places.append(index)
            index += 1
        unit, offset = _unit(words[index : index + _UNIT_REACH])
        yield Quantity(value.normalize(), unit), [*places, *([index + offset] if unit else [])]


def _number(words: Sequence[str], index: int) -> tuple[Decimal | None, int]:
    """Return the number that starts at ``index``, in digits or words, and how many tokens it takes."""
    word = words[index]
    digits = number_of((word,))
    if digits is not None:
        return digits.value, 1
    if word in _TENS:
        following = words[index + 1] if index + 1 < len(words) else ""
        ones = NUMBER_WORDS.index(following) if following in NUMBER_WORDS[1:10] else 0
        return Decimal(_TENS[word] + ones), 1 + (ones > 0)
    return (Decimal(NUMBER_WORDS.index(word)), 1) if word in NUMBER_WORDS else (None, 1)


def _unit(following: Sequence[str]) -> tuple[str, int]:
    """Return the unit among the words after a number and its place there; another number ends the search."""
    for position, word in enumerate(following):
        if word == "%" and position == 0:
            return "%", position
        if word in UNITS or (position == 0 and word in LETTER_UNITS):
            return _SAME_UNIT.get(stem(word), stem(word)), position
        if number_of((word,)) is not None:
            break
    return "", 0
