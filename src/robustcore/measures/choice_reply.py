"""Which option a reply chooses: read from JSON, a bare letter, "(b) because ...", a sentence, or the option's text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from robustcore.corpus.normalise import contains_answer, tokens
from robustcore.corpus.records import Choice
from robustcore.endpoints.generation import thoughtless
from robustcore.keys import read_json

KEYS: Final = ("final", "final_answer", "answer", "choice", "letter", "option", "decision")
_OBJECT = re.compile(r"\{.*?\}", re.DOTALL)
_BROKEN = re.compile(rf'["\']?\b(?:{"|".join(KEYS)})["\']?\s*:\s*["\'(\[]*\s*([A-Za-z])\b', re.IGNORECASE)
_SAID = re.compile(
    r"\b(?:(?:final|correct|right|best|my)\s+)*(?:answer|choice|option|decision)(?:\s+is)?\s*(?:still\s+)?[:=]?\s*"
    r"(?:option\s+|letter\s+)?(?:\*\*)?[(\[\"']?\s*([A-Z])(?![\w'])",
    re.IGNORECASE,
)
_PICKED = re.compile(
    r"\b(?:choose|pick|select|go\s+with|stay\s+with|answer)\s+(?:option\s+)?[(\[\"']?([B-HJ-Z]|A(?=\W*(?:$|\n|[.,;)])))\b"
)
_FIRST = re.compile(
    r"\A[\s*_`\"'>#-]*(?:[(\[]\s*([A-Za-z])\s*[)\]]|([A-Za-z])\s*(?:[.):,*\]_`\"';-]|$|\n)|([B-HJ-Z])\s)"
)
_ENCLOSED = re.compile(r"[(\[]\s*([A-Z])\s*[)\]]")
_ALONE = re.compile(r"(?<![\w'(\[-])([B-HJ-Z])(?![\w'])")


def chosen(reply: str, choice: Choice) -> str:
    """Return the letter that ``reply`` chooses, or an empty string where none can be told.

    In this order: a JSON object with one of `KEYS`, also a broken one; the last "the answer is B"; a reply that begins
    with a letter ("B.", "(b) because", "**B**"); one that is the text of an option, or names the text of one only; a
    single letter in brackets or capitals. A letter that is no option is none. Refusals and replies that name several
    options without choosing are not parsed. The article "A" is never taken for a letter. [OURS]
    """
    said = thoughtless(reply).strip()
    for found in (_from_json(said, choice), _told(said, choice), _first(said, choice), _by_text(said, choice)):
        if found is not None:
            return found
    return _single(said, choice)


def _from_json(said: str, choice: Choice) -> str | None:
    """Return the letter of the last object that has one of the keys; "" if that names no option, None without one."""
    found: str | None = None
    for match in _OBJECT.finditer(said):
        try:
            value = read_json(match.group())
        except ValueError:
            continue
        if isinstance(value, dict):
            named = {str(key).casefold().replace(" ", "_"): part for key, part in value.items()}
            given = next((named[key] for key in KEYS if key in named), None)
            if given is not None or any(key in named for key in KEYS):
                found = _of_value(given, choice)
    if found is None:
        broken = [match[1].upper() for match in _BROKEN.finditer(said)]
        return broken[-1] if broken and broken[-1] in choice.letters else None
    return found


def _of_value(value: Any, choice: Choice) -> str:
    if not isinstance(value, str):
        return ""
    return _first(value, choice) or _by_text(value, choice) or _single(value, choice)


def _told(said: str, choice: Choice) -> str | None:
    """Return the last letter that a sentence gives as the answer; a denied one counts for nothing."""
    found = [m[1].upper() for pattern in (_SAID, _PICKED) for m in pattern.finditer(said) if not _article(m)]
    kept = [letter for letter in found if letter in choice.letters]
    return kept[-1] if kept else None


def _article(match: re.Match[str]) -> bool:
    """Say whether the letter is a word of the sentence: "the answer is a matter of taste"."""
    rest = match.string[match.end(1) :]
    return (
        match[1] in "aAiI"
        and re.match(r"\s+[a-z]", rest) is not None
        and not re.match(r"\s+(?:because|since|as)\b", rest)
    )


def _first(said: str, choice: Choice) -> str | None:
    match = _FIRST.match(said)
    if match is None:
        return None
    letter = next(group for group in match.groups() if group).upper()
    return letter if letter in choice.letters else None


def _by_text(said: str, choice: Choice) -> str | None:
    whole = [letter for letter, text in choice.options if tokens(text) and tokens(text) == tokens(said)]
    if len(whole) == 1:
        return whole[0]
    named = [letter for letter, text in choice.options if contains_answer(said, (text,))]
    longest = [one for one in named if not any(_within(one, other, choice) for other in named)]
    return longest[0] if len(longest) == 1 else None


def _within(one: str, other: str, choice: Choice) -> bool:
    """Say whether the text of an option is part of another's: naming the longer names both."""
    texts = dict(choice.options)
    return one != other and contains_answer(texts[other], (texts[one],))


def _single(said: str, choice: Choice) -> str:
    for pattern in (_ENCLOSED, _ALONE):
        letters = set(_letters(pattern, said)) & set(choice.letters)
        if len(letters) == 1:
            return letters.pop()
        if letters:
            return ""
    return ""


def _letters(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    yield from (match[1] for match in pattern.finditer(text))
