"""Questions and passages reworded by a writer: a stored variant where the data has one, else any chat model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from robustcore.calls.types import Flow
from robustcore.corpus.records import Passage
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.edit import At, Edit, Passages, Source, refused
from robustcore.perturb.language.sentences import sentence_spans
from robustcore.perturb.writing import (
    NEEDS_WRITER,
    SAMPLES,
    changed_words,
    origin_of,
    question_variant,
    written_by_model,
)

LANGUAGES: Final = {"de": "German", "fr": "French", "es": "Spanish", "zh": "Chinese", "ru": "Russian"}
_ALONE: Final = "Reply with the {what} alone: no quotation marks, no comment. Never answer the question."
_PARAPHRASE: Final = (
    "You rewrite questions. Say the question of the user in other words and another sentence structure, so that it "
    f"asks for exactly the same thing. Keep names, numbers and units as they are. "
    f"{_ALONE.format(what='rewritten question')}"
)
_GRAMMAR: Final = (
    "You rewrite questions. Change only grammar, punctuation and the order of words of the user's question; keep its "
    f"words, names and numbers, and what it asks for. {_ALONE.format(what='rewritten question')}"
)
_IRRELEVANT: Final = (
    "You lengthen questions. Add one short remark from the same subject area to the user's question that has no "
    "bearing on its answer and does not hint at it. Keep all words of the question in their order. "
    f"{_ALONE.format(what='lengthened question')}"
)
_LAY: Final = (
    "You rewrite questions the way someone who knows nothing of the subject would ask them: everyday words instead of "
    "technical terms and abbreviations, the same wish to know. Keep names of people, places and products, and numbers. "
    f"{_ALONE.format(what='rewritten question')}"
)
_TITLE: Final = (
    "You shorten questions to titles, as typed into a search box: a few words, no question word, all names and numbers "
    f"kept. {_ALONE.format(what='title')}"
)
_INTO: Final = (
    "Translate the text of the user into {language}. Reply with the translation alone. Translate questions, too; never "
    "answer them."
)


@perturbation("question.paraphrase", preserves=Preserves.MEANING, gated=True, levels=(1.0,), needs=("writer",))
def paraphrase(text: str, at: At) -> Flow[Edit[str]]:
    """Say the question in other words (arXiv 2111.13057): a stored variant, else by the writer at temperature 0."""
    return (yield from question_variant("question.paraphrase", text, at, (_PARAPHRASE,)))


@perturbation(
    "question.back_translation",
    preserves=Preserves.MEANING,
    gated=True,
    levels=(1.0,),
    needs=("writer",),
    main="pivot",
    choices={"pivot": tuple(LANGUAGES)},
)
def back_translation(text: str, at: At, *, pivot: str = "de") -> Flow[Edit[str]]:
    """Translate the question into ``pivot`` and back (arXiv 2111.13057): two rounds of the writer at temperature 0."""
    return (yield from question_variant("question.back_translation", text, at, _there_and_back(pivot)))


@perturbation(
    "question.grammar_rewrite", preserves=Preserves.MEANING, gated=True, levels=(1.0,), needs=("writer", "encoder")
)
def grammar_rewrite(text: str, at: At) -> Flow[Edit[str]]:
    """Change grammar, punctuation and word order alone (RARE, arXiv 2506.00789).

    The writer draws three at temperature 0.7; the most similar one is kept.
    """
    return (yield from question_variant("question.grammar_rewrite", text, at, (_GRAMMAR,), samples=SAMPLES))


@perturbation(
    "question.irrelevant_info", preserves=Preserves.ADDS_NOISE, gated=True, levels=(1.0,), needs=("writer", "encoder")
)
def irrelevant_info(text: str, at: At) -> Flow[Edit[str]]:
    """Add one remark from the domain that does not bear on the answer (RARE, arXiv 2506.00789); drawn as above."""
    return (yield from question_variant("question.irrelevant_info", text, at, (_IRRELEVANT,), samples=SAMPLES))


@perturbation("question.lay_rewording", preserves=Preserves.MEANING, gated=True, levels=(1.0,), needs=("writer",))
def lay_rewording(text: str, at: At) -> Flow[Edit[str]]:
    """Ask as a non-expert would, without terms of art (FailSafeQA, arXiv 2502.06329)."""
    return (yield from question_variant("question.lay_rewording", text, at, (_LAY,)))


@perturbation("question.summary_title", preserves=Preserves.MEANING, gated=True, levels=(1.0,), needs=("writer",))
def summary_title(text: str, at: At) -> Flow[Edit[str]]:
    """Shorten the question to a title (arXiv 2111.13057)."""
    return (yield from question_variant("question.summary_title", text, at, (_TITLE,)))


@perturbation(
    "context.back_translation",
    preserves=Preserves.MEANING,
    gated=True,
    levels=(1.0,),
    needs=("writer",),
    main="pivot",
    choices={"pivot": tuple(LANGUAGES)},
)
def context_back_translation(passages: Passages, at: At, *, pivot: str = "fr") -> Flow[Edit[Passages]]:
    """Translate every passage into ``pivot`` and back (RARE, arXiv 2506.00789), at temperature 0.

    A document's stored variant is used where it can be laid beside the passage: the passage is the whole document, or
    both texts have the same number of sentences. ``not_applicable`` if some passage has neither variant nor writer.
    """
    if not passages:
        return refused(passages, "noop", "there are no passages")
    texts = [_stored(passage, at) for passage in passages]
    open_places = [place for place, text in enumerate(texts) if text is None]
    if open_places and not at.models.writer:
        return refused(passages, "not_applicable", NEEDS_WRITER)
    written = [passages[place].text for place in open_places]
    for prompt in _there_and_back(pivot):
        written = yield from written_by_model(prompt, written, at)
    for place, text in zip(open_places, written, strict=True):
        texts[place] = text
    edit = _replaced(passages, [text or "" for text in texts], source="model" if open_places else "stored")
    return edit._replace(origin=origin_of(_there_and_back(pivot), at)) if open_places else edit


OPERATORS: tuple[Operator, ...] = (
    paraphrase,
    back_translation,
    grammar_rewrite,
    irrelevant_info,
    lay_rewording,
    summary_title,
    context_back_translation,
)


def _there_and_back(pivot: str) -> tuple[str, str]:
    return _INTO.format(language=LANGUAGES[pivot]), _INTO.format(language="English")


def _stored(passage: Passage, at: At) -> str | None:
    """Return what stands for ``passage`` in the stored variant of its document, None if that cannot be told."""
    doc = at.corpus.docs.get(passage.doc_id)
    variant = None if doc is None else doc.variants.get("context.back_translation")
    if doc is None or variant is None:
        return None
    if passage.text.strip() == doc.text.strip():
        return variant
    begin = doc.text.find(passage.text)
    old, new = sentence_spans(doc.text), sentence_spans(variant)
    if begin < 0 or len(old) != len(new):
        return None
    end = begin + len(passage.text)
    covered = [span for (start, stop), span in zip(old, new, strict=True) if start < end and begin < stop]
    return variant[covered[0][0] : covered[-1][1]] if covered else None


def _replaced(passages: Passages, texts: Sequence[str], *, source: Source) -> Edit[Passages]:
    if not all(texts):
        return refused(passages, "invalid_case", "the writer wrote nothing for a passage")
    changed = tuple(replace(passage, text=text) for passage, text in zip(passages, texts, strict=True))
    edits = sum(
        changed_words(old.text, new.text) for old, new in zip(passages, changed, strict=True) if old.text != new.text
    )
    return Edit(value=changed, edits=max(edits, 1), source=source)
