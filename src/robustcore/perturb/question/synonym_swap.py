"""Words replaced by synonyms of a lexicon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import in_random_order, pick, share_of
from robustcore.perturb.edit import At, Edit
from robustcore.perturb.ending import recased, reworded
from robustcore.perturb.language.grammar import Role, verb_at
from robustcore.perturb.language.kinds import is_fixed, plain
from robustcore.perturb.language.synonym_lexicon import SYNONYMS, VERB_SYNONYMS, starts_with_vowel
from robustcore.perturb.language.text import Word, analyse, spliced
from robustcore.perturb.language.verbs import VERB_OF, Verb
from robustcore.perturb.question.typos import SHARES


@perturbation("question.synonym_wordnet", preserves=Preserves.MEANING, main="share", ranges=SHARES, gated=True)
def synonym_wordnet(text: str, at: At, *, share: float = 0.30, protect: bool = True) -> Edit[str]:
    """Replace words by synonyms of a lexicon: "company" → "firm", "purchased" → "bought" (arXiv 2111.13057).

    The source takes WordNet; the lexicon here is our own, some hundred plain words, so that nothing is downloaded.
    Number and tense follow, and the article before: "a firm" → "a company", "an error". As many words as
    `neighbour_swap` edits at the same share, as far as the lexicon knows them. People judged 38% of the source's
    rewordings valid, so the operator is ``gated``: spec perturbations 2 asks for a sentence similarity of 0.7. English.
    """
    found = analyse(text, at.example.answers)
    wanted = share_of(len(found.eligible(protect)), share * at.severity)
    changes: list[tuple[int, int, str]] = []
    edits = 0
    for index, others in in_random_order(at.rng, list(_known(found.words, protect))):
        if edits == wanted:
            break
        other = pick(at.rng, others)
        word = found.words[index]
        changes.append((word.start, word.end, recased(other, word.text)))
        changes += _article(found.words, index, other)
        edits += 1
    other = spliced(text, changes)
    return reworded(found, other, at, edits=edits, otherwise="no word that the lexicon knows")


OPERATORS: tuple[Operator, ...] = (synonym_wordnet,)


def _known(words: Sequence[Word], protect: bool) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the index of each word that has synonyms, with these; a capital inside a question is a name."""
    for index, word in enumerate(words):
        if (protect and word.protected) or not (word.text.islower() or index == 0):
            continue
        verb = verb_at(words, index)
        others = _verbs(*verb) if verb else SYNONYMS.get(plain(word.text), ())
        others = tuple(other for other in others if not is_fixed(other))
        if others:
            yield index, others


def _verbs(verb: Verb, role: Role) -> tuple[str, ...]:
    others = [VERB_OF[base] for base in VERB_SYNONYMS.get(verb.base, ())]
    form = {"base": 0, "third": 1, "past": 2, "perfect": 3, "passive": 3}[role]
    return tuple(other[form] for other in others)


def _article(words: Sequence[Word], index: int, other: str) -> list[tuple[int, int, str]]:
    """Return the change of the article before a replaced word, if its sound asks for one."""
    before = words[index - 1] if index else None
    article = "an" if starts_with_vowel(other) else "a"
    if before is None or before.text.casefold() not in ("a", "an") or before.text.casefold() == article:
        return []
    return [(before.start, before.end, article.capitalize() if before.text[0].isupper() else article)]
