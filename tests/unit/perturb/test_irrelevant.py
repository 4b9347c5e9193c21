"""Passages replaced by the context of something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from robustcore.corpus.records import Corpus, Example, Passage
from robustcore.perturb.context.irrelevant import swap_irrelevant
from robustcore.perturb.edit import At
from robustcore.perturb.facts.evidence import may_hold

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
