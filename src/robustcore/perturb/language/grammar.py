"""Which words of a question are verbs, and in what role: guessed by rule from the words before them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from robustcore.perturb.language.text import Word
from robustcore.perturb.language.verbs import VERB_OF, Verb

Role: TypeAlias = Literal["base", "third", "perfect", "passive", "past"]

DO = frozenset({"do", "does", "did"})
HAVE = frozenset({"has", "have", "had"})
BE = frozenset({"is", "are", "was", "were", "be", "been", "being"})
_BEFORE_BASE = DO | {"to", "will", "would", "shall", "should", "can", "could", "may", "might", "must"}
_RELATIVES = frozenset({"who", "that", "which"})
_SUBJECTS = frozenset({"who", "that", "which", "what", "he", "she", "it"})
_ARTICLES = frozenset({"a", "an", "the", "this", "these", "those", "its", "their", "his", "her", "my", "our", "your"})
_PREPOSITIONS = frozenset({"of", "in", "on", "at", "for", "by", "with", "from", "per", "as"})
_BEFORE_NOUN = _ARTICLES | _PREPOSITIONS
_REACH = 8  # words that a subject may stand between an auxiliary and its verb


def verb_at(words: Sequence[Word], index: int) -> tuple[Verb, Role] | None:
    """Return the verb that ``words[index]`` is a form of, and its role; None if it reads as another part of speech.

    A form that may be a noun ("report", "costs") counts as a verb only where an auxiliary or a subject asks for one.
    """
    word = words[index].text
    verb = VERB_OF.get(word) if word.islower() else None  # a capital inside a question is a name
    before = [_lower(other, index) for index, other in enumerate(words[:index])][-_REACH:]
    if verb is None or not before or before[-1] in _BEFORE_NOUN:
        return None
    if word == verb.base:
        noun = index + 1 < len(words) and _is_base(words[index + 1].text)  # "did the former head receive"
        return (verb, "base") if _asks_for_base(before) and not noun else None
    if word == verb.third:
        return (verb, "third") if before[-1] in _SUBJECTS else None
    if word in (verb.past, verb.participle):
        return verb, _told_role(verb, word, before)
    return None


def _told_role(verb: Verb, word: str, before: Sequence[str]) -> Role:
    """Return the role of a past form or participle: by its own shape, else by the auxiliary of its own clause."""
    if word != verb.participle:
        return "past"
    nearest = next((other for other in reversed(before) if other in HAVE | BE | _RELATIVES), "")
    if nearest in HAVE:
        return "perfect"
    return "passive" if nearest in BE or word != verb.past else "past"


def _lower(word: Word, index: int) -> str:
    """Return the word in lower case, or as it is if it is a name: no name is taken for a verb."""
    return word.text if word.text[0].isupper() and index else word.text.casefold()


def _asks_for_base(before: Sequence[str]) -> bool:
    """Say whether an auxiliary stands before and no verb between that would have answered it already."""
    last = len(before) - 1
    for index in reversed(range(len(before))):
        other = before[index]
        if other in _BEFORE_BASE:
            return True
        answered = _is_base(other) and index not in (0, last) and before[index - 1] not in _BEFORE_NOUN
        if answered or other in BE | HAVE:
            return False
    return False


def _is_base(word: str) -> bool:
    verb = VERB_OF.get(word)
    return verb is not None and verb.base == word
