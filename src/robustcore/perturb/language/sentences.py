"""Cutting a text into sentences without tripping over abbreviations, initials and decimals."""

from __future__ import annotations

import re

from robustcore.perturb.language.text import Span
from robustcore.perturb.language.wordlists import ABBREVIATIONS

# A full stop ends a sentence only before white space (so never inside 3.14 or example.com); CJK marks need none.
_BREAK = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』”’]*|\n\s*\n")
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘«]+$")


def sentence_spans(text: str) -> list[Span]:
    """Return the spans of the sentences of ``text``, white space around them left out; none for a blank text."""
    cuts = [match.end() for match in _BREAK.finditer(text) if _ends_sentence(text, match)]
    spans: list[Span] = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        sentence = text[start:end]
        if sentence.strip():
            left = start + len(sentence) - len(sentence.lstrip())
            spans.append((left, left + len(sentence.strip())))
    return spans


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    mark = match.group()
    if mark[0] in "。！？\n":
        return True
    rest = text[match.end() :].lstrip()[:1]
    if rest.islower():  # "approx. five", "yes! he cried": what follows goes on with the sentence
        return False
    return mark != "." or not _abbreviates(text[: match.start()], rest)


def _abbreviates(before: str, following: str) -> bool:
    """Say whether the full stop after ``before`` belongs to an abbreviation or an initial."""
    found = _LAST_WORD.search(before)
    if found is None:
        return False
    word = found.group()
    if len(word) == 1 and word.isupper() and word != "I":  # an initial: J. Smith
        return True
    if "." in word and all(len(part) == 1 for part in word.split(".")) and word[0].isupper():
        return True  # U.S. Army; a "p.m." before a capital does end its sentence
    bare = word.casefold()
    return bare in ABBREVIATIONS or (bare == "no" and following.isdigit())
