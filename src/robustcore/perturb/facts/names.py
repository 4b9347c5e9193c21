"""The names of a corpus and what the words around them tell of their type: what may stand in place of a name."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from robustcore.corpus.records import Corpus
from robustcore.perturb.language.sentences import sentence_spans
from robustcore.perturb.language.wordlists import (
    DAYS,
    GROUP_WORDS,
    LOCATIVES,
    MONTHS,
    PAST_TENSES,
    PERSONAL_VERBS,
    PLACE_WORDS,
    STOP_WORDS,
    TITLES,
    WH_WORDS,
)

_WORD = re.compile(r"[^\W\d_][\w'’.-]*\w|[^\W\d_]")
_JOINING: Final = frozenset(("of", "de", "du", "von", "van"))
_PEOPLES = re.compile(r".(?:ans|ish|ese|ists|ots|ites)$")
_ORDINAL = re.compile(r"[IVXLC]+$|.{1,2}$")  # the second of two kings is no type, and an abbreviation is none
_MOST_WORDS: Final = 3  # of a person or place: a longer run of capitals is more than a name
_BEHIND: Final = STOP_WORDS | PERSONAL_VERBS | PAST_TENSES
_ARTICLES: Final = frozenset(("the", "a", "an"))


class Name(NamedTuple):
    """Where a name stands: its text, the word before it (past an article) and the word behind; whether it is first."""

    text: str
    before: str
    article: bool
    after: str
    first: bool


@dataclass(kw_only=True)
class Seen:
    """How often a name stands in a corpus, first in its sentence, where a place, where a person would, behind "the".

    ``plain``: the corpus writes every word of it small, too ("Decision Time"), so that it is nobody's and no place.
    """

    times: int = 0
    first: int = 0
    local: int = 0
    personal: int = 0
    with_article: int = 0
    plain: bool = False

    def note(self, name: Name) -> None:
        """Count one place."""
        self.times += 1
        self.first += name.first
        self.local += name.before in LOCATIVES
        self.personal += name.before in TITLES or name.after in PERSONAL_VERBS
        self.with_article += name.article

    @property
    def kind(self) -> str:
        """Return ``person``, ``place``, or an empty string where the words around it do not tell."""
        if self.plain:
            return ""
        if self.personal and self.personal >= self.local:
            return "person"
        return "place" if self.local >= 2 and 2 * self.local >= self.times and not self.personal else ""

    @property
    def article(self) -> bool:
        """Say whether it usually stands behind "the"."""
        return 2 * self.with_article > self.times


def others_like(name: str, article: bool, after: str, question: str, corpus: Corpus) -> list[str]:
    """Return the names of ``corpus`` of the type of ``name``, sorted; empty if it is no name or its type is not plain.

    Alike are, in this order of trust: names with the same head ("Treaty of ...", "... River"); peoples, languages and
    creeds with the same ending ("Normans"); persons; places. What a name is, the words around all its occurrences
    tell, and a question for a person or a place. ``article`` says whether "the" stands before ``name``, ``after`` is
    what stands behind it in its sentence: before another noun it would be no name of a person or place.
    """
    words = name.rstrip(".").split()
    if not words or not _capital(words[0]) or not all(_capital(word) or word in _JOINING for word in words):
        return []
    pool = {text: seen for text, seen in names_of(corpus).items() if text != name and seen.article == article}
    head = next((head for head in _heads(words) if any(head in _heads(text.split()) for text in pool)), None)
    if head:
        return sorted(text for text in pool if head in _heads(text.split()))
    ending = _PEOPLES.search(name) if len(words) == 1 else None
    if ending:
        return sorted(text for text in pool if " " not in text and text.endswith(ending.group()[1:]))
    kind = _asked(question) or names_of(corpus).get(name, Seen()).kind
    if not kind or not _stands_alone(after) or (kind == "person" and (article or _is_group(words))):
        return []
    return sorted(text for text, seen in pool.items() if seen.kind == kind and _may_be(kind, text.split()))


def names_of(corpus: Corpus) -> Mapping[str, Seen]:
    """Return the names of ``corpus``, gathered once per content."""
    return _names(_ByContent(fingerprint=corpus.fingerprint, corpus=corpus))


def _heads(words: list[str]) -> list[tuple[str, str]]:
    """Return what tells the type within a name of several words: a word before "of", and the last word."""
    if len(words) < 2:
        return []
    if words[1] == "of":
        return [("of", words[0])]
    return [] if _JOINING.intersection(words) or _ORDINAL.match(words[-1]) else [("last", words[-1])]


def _asked(question: str) -> str:
    words = [word.casefold() for word in _WORD.findall(question)]
    asking = next((word for word in words if word in WH_WORDS), "")
    if asking in ("who", "whom"):
        return "person"
    return "place" if asking == "where" or PLACE_WORDS.intersection(words) else ""


def _stands_alone(after: str) -> bool:
    """Say whether what is behind a name leaves it a whole phrase: a mark, the end, a function word or a verb."""
    found = re.match(r"\s+([^\W\d_]+)", after)
    word = found.group(1) if found else ""
    return not word or word in _BEHIND or (word.endswith("ed") and len(word) > 4)


def _is_group(words: list[str]) -> bool:
    return words[-1].casefold() in GROUP_WORDS


def _may_be(kind: str, words: list[str]) -> bool:
    """Say whether the form of a name fits its kind."""
    if len(words) > _MOST_WORDS or (len(words) == 1 and _PEOPLES.search(words[0])) or _is_group(words):
        return False
    return kind == "person" or "of" not in words


def _capital(word: str) -> bool:
    return word[:1].isupper()


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByContent:
    """A corpus that equals every corpus of the same content."""

    fingerprint: str
    corpus: Corpus = field(compare=False)


@lru_cache(maxsize=8)  # a memo of a pure function of content: a run sees few corpora
def _names(key: _ByContent) -> Mapping[str, Seen]:
    texts = [doc.text[start:end] for doc in key.corpus.docs.values() for start, end in sentence_spans(doc.text)]
    common = Counter(word.group() for text in texts for word in _WORD.finditer(text) if word.group().islower())
    found: dict[str, Seen] = defaultdict(Seen)
    for text in texts:
        for name in _in_sentence(text, common):
            found[name.text].note(name)
    for name_text, seen in found.items():
        seen.plain = all(word.casefold() in common for word in name_text.split())
    # one word that only ever begins sentences need be no name
    return MappingProxyType({text: seen for text, seen in found.items() if " " in text or seen.first < seen.times})


def _in_sentence(text: str, common: Mapping[str, int]) -> Iterator[Name]:
    """Yield the names of a sentence. A single word that the corpus writes small, too, is none, nor begins it one."""
    words = list(_WORD.finditer(text))
    start = 0
    while start < len(words):
        stop = _end_of_name(text, words, start, common)
        if stop > start:
            parts = [word.group() for word in words[start:stop]]
            dated = any(part.casefold() in MONTHS or part.casefold() in DAYS for part in parts)
            if not dated and (len(parts) > 1 or parts[0].casefold() not in common):
                yield _placed(text, words, start, stop)
        start = max(stop, start + 1)


def _end_of_name(text: str, words: list[re.Match[str]], start: int, common: Mapping[str, int]) -> int:
    """Return where the name that begins with the word ``start`` ends; ``start`` if none does."""
    first = words[start].group()
    if not _begins(first) or (start == 0 and first.casefold() in common):
        return start
    stop = start + 1
    while stop < len(words) and _adjacent(text, words, stop):
        word = words[stop].group()
        joins = word in _JOINING and stop + 1 < len(words) and _adjacent(text, words, stop + 1)
        if _begins(word):
            stop += 1
        elif joins and _begins(words[stop + 1].group()):
            stop += 2
        else:
            break
    return stop


def _begins(word: str) -> bool:
    return _capital(word) and len(word) > 1 and word.casefold() not in STOP_WORDS and not word.endswith(("'s", "’s"))


def _adjacent(text: str, words: list[re.Match[str]], index: int) -> bool:
    return text[words[index - 1].end() : words[index].start()] == " "


def _placed(text: str, words: list[re.Match[str]], start: int, stop: int) -> Name:
    name = text[words[start].start() : words[stop - 1].end()]
    before = start - 1
    article = before >= 0 and words[before].group().casefold() in _ARTICLES
    before -= article
    after = words[stop].group() if stop < len(words) else ""
    return Name(name, words[before].group().casefold() if before >= 0 else "", article, after.casefold(), start == 0)
