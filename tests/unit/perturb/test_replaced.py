"""Passages replaced by another context or by a stored rewording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from robustcore.corpus.records import Corpus, Doc, Example, Passage
from robustcore.perturb.base import At
from robustcore.perturb.evidence import may_hold
from robustcore.perturb.replaced import NO_WRITER, back_translation, swap_irrelevant

Make = Callable[..., tuple[Passage, ...]]


def test_the_swapped_context_is_of_another_topic_and_holds_no_answer(
    place: Callable[..., At], passages: Make, example: Example
) -> None:
    given = passages("ferry", "port")
    seen = set()
    for seed in range(20):
        edit = swap_irrelevant.apply(given, place(seed=seed))
        assert {passage.doc_id for passage in edit.value} == {"bees", "figs"}
        assert not any(may_hold(passage, example.answers) for passage in edit.value)
        assert (edit.removed, set(edit.added)) == (("ferry", "port"), {"bees", "figs"})
        seen.add(edit.added)
    assert len(seen) == 2  # either may be the other item


def test_a_swap_takes_related_documents_where_all_are_and_stays_short_of_none(
    place: Callable[..., At], passages: Make, corpus: Corpus
) -> None:
    alike = Corpus.of([replace(doc, tags=("one",)) for doc in corpus.docs.values()])
    edit = swap_irrelevant.apply(passages("ferry"), place(corpus=alike))
    assert len(edit.value) == 1
    assert edit.added[0] in {"port", "pier", "bees", "figs"}
    few = Corpus.of([corpus.docs["ferry"], corpus.docs["bees"]])
    edit = swap_irrelevant.apply(passages("ferry", "port"), place(corpus=few))
    assert (edit.status, edit.note) == ("applied", "only 1 documents for 2 passages")


def test_a_swap_says_why_it_cannot(place: Callable[..., At], passages: Make, corpus: Corpus, example: Example) -> None:
    given = passages("ferry")
    assert swap_irrelevant.apply((), place()).status == "noop"
    assert swap_irrelevant.apply(given, place(corpus=Corpus.of([corpus.docs["ferry"]]))).status == "noop"
    assert swap_irrelevant.apply(given, place(example=replace(example, answerable=False))).status == "not_applicable"
    assert swap_irrelevant.apply(given, place(example=replace(example, answers=()))).status == "no_oracle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(Doc):
    """A document with stored variants."""

    variants: dict[str, str] = field(default_factory=dict)


def with_variants(corpus: Corpus, **texts: str) -> Corpus:
    return Corpus.of(
        [
            Stored(id=doc.id, text=doc.text, title=doc.title, variants={"context.back_translation": texts[doc.id]})
            if doc.id in texts
            else doc
            for doc in corpus.docs.values()
        ]
    )


def test_a_stored_back_translation_stands_once_where_the_best_passage_stood(
    place: Callable[..., At], passages: Make, corpus: Corpus
) -> None:
    stored = with_variants(corpus, ferry="An average crossing carried 72 guests in 2023.")
    (ferry,) = passages("ferry")
    halves = (replace(ferry, text=ferry.text[:40]), *passages("port"), replace(ferry, text=ferry.text[40:]))
    edit = back_translation.apply(halves, place(corpus=stored))
    assert [(p.doc_id, p.text) for p in edit.value] == [
        ("ferry", "An average crossing carried 72 guests in 2023."),
        ("port", corpus.docs["port"].text),
    ]
    assert edit.edits == 1


def test_without_a_stored_text_for_gold_it_is_not_run_and_a_lost_answer_is_invalid(
    place: Callable[..., At], passages: Make, corpus: Corpus
) -> None:
    given = passages("ferry", "port")
    for stored in (corpus, with_variants(corpus, port="The port opened.")):
        edit = back_translation.apply(given, place(corpus=stored))
        assert (edit.status, edit.note, edit.value) == ("not_applicable", NO_WRITER, given)
    lost = with_variants(corpus, ferry="Six dozen people came.")
    assert back_translation.apply(given, place(corpus=lost)).status == "invalid_case"
