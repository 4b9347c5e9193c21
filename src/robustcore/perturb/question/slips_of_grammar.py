"""Grammar slips by rule: agreement, articles, tense and prepositions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import in_random_order, pick, share_of
from robustcore.perturb.edit import At, Edit
from robustcore.perturb.ending import recased, reworded
from robustcore.perturb.language.grammar import verb_at
from robustcore.perturb.language.kinds import is_fixed
from robustcore.perturb.language.text import Word, analyse, spliced
from robustcore.perturb.question.typos import SHARES

_SLIPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"is": ("are",), "are": ("is",), "was": ("were",), "were": ("was",), "has": ("have",), "have": ("has",)}
    | {"does": ("do",), "do": ("does",), "a": ("an", ""), "an": ("a", ""), "the": ("",)}
    | {"in": ("on", "at"), "on": ("in", "at"), "at": ("in", "on"), "of": ("for",), "for": ("of",), "into": ("in",)}
)
"""Word → what a slip makes of it; empty: left out. No preposition turns a direction or an order round."""


@perturbation("question.grammar_slip", preserves=Preserves.MEANING, main="share", ranges=SHARES)
def grammar_slip(text: str, at: At, *, share: float = 0.30, protect: bool = True) -> Edit[str]:
    """Break agreement ("which ferries was"), articles, tense ("did signed") or prepositions by rule (our own recipe).

    Edited are ``share * severity`` of all words, at least one, as far as there are places for a slip. Time is told as
    before: only a verb whose auxiliary carries the tense changes its form. English only.
    """
    found = analyse(text, at.example.answers)
    places = list(_places(found.words, protect))
    wanted = share_of(len(found.words), share * at.severity)
    changes: list[tuple[int, int, str]] = []
    for word, slips in in_random_order(at.rng, places):
        if len(changes) == wanted:
            break
        slip = pick(at.rng, slips)
        end = word.end
        if not slip:
            end += len(text[end:]) - len(text[end:].lstrip())
        changes.append((word.start, end, recased(slip, word.text) if word.text != "A" else slip.capitalize()))
    return reworded(found, spliced(text, changes), at, edits=len(changes), otherwise="no place for a grammar slip")


OPERATORS: tuple[Operator, ...] = (grammar_slip,)


def _places(words: Sequence[Word], protect: bool) -> Iterator[tuple[Word, tuple[str, ...]]]:
    """Yield each word that a slip can change, with the slips."""
    for index, word in enumerate(words):
        if protect and word.protected:
            continue
        slips = _SLIPS.get(word.text.casefold()) or _verb_slips(words, index)
        if slips and (slips != ("",) or index + 1 < len(words)):
            yield word, slips


def _verb_slips(words: Sequence[Word], index: int) -> tuple[str, ...]:
    found = verb_at(words, index)
    if found is None:
        return ()
    verb, role = found
    forms = {
        "base": (verb.past, verb.third),
        "third": (verb.base,),
        "perfect": (verb.base,),
        "passive": (verb.base,),
        "past": (),
    }[role]
    return tuple(form for form in forms if form != words[index].text and not is_fixed(form))
