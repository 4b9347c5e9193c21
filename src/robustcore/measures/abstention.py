"""Did the system decline to answer? By its own structured field, or by a list of phrases (spec metrics 1)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from robustcore.corpus.normalise import contains_tokens, normalise_rare, tokens
from robustcore.systems.base import Answer

_RARE = (
    "no such info",
    "cannot find",
    "not available",
    "not found",
    "no information",
    "unable to answer",
    "don't have that information",
    "not provided",
    "not in the context",
)
_DEFAULT_EN = (
    *_RARE,
    "not enough information",
    "insufficient information",
    "cannot answer",
    "can't answer",
    "could not find",
    "couldn't find",
    "unable to find",
    "unable to determine",
    "cannot determine",
    "cannot be determined",
    "does not contain",
    "doesn't contain",
    "do not know",
    "don't know",
    "not mentioned",
    "not specified",
    "do not have that information",
    "do not have enough information",
    "don't have enough information",
    "no answer",
)
PHRASES: Mapping[str, tuple[str, ...]] = MappingProxyType({"default_en_v1": _DEFAULT_EN, "rare_2025_06": _RARE})
_TOKENISED = MappingProxyType({name: tuple(map(tokens, phrases)) for name, phrases in PHRASES.items()})


def says_no_answer(reply: str, phrases: str = "default_en_v1") -> bool:
    """Say whether ``reply`` holds a phrase of the list named ``phrases``; an empty reply holds none.

    ``default_en_v1`` compares whole tokens under ``robust_v1`` on both sides. ``rare_2025_06`` looks for the raw
    phrases in the rare-normalised reply, so its one phrase with an apostrophe never matches (kept as published).
    Known limit: "no information was lost" matches; prefer a structured field.
    """
    if phrases == "rare_2025_06":
        text = normalise_rare(reply)
        return any(phrase in text for phrase in _RARE)
    words = tokens(reply)
    return any(contains_tokens(words, phrase) for phrase in _TOKENISED[phrases])


def has_abstained(answer: Answer, phrases: str = "default_en_v1") -> bool:
    """Say whether ``answer`` declines: the system's own word where it gives one, else the phrase list."""
    return says_no_answer(answer.text, phrases) if answer.abstained is None else answer.abstained
