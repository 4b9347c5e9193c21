"""A growing index: how much is added, of what, and that it never helps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.records import Corpus, Doc, Example
from robustcore.perturb.corpus.load import distractor_load, load_at
from robustcore.perturb.edit import At, CorpusEdit
from robustcore.perturb.facts.evidence import may_hold
from robustcore.perturb.language.sentences import sentence_spans

Place = Callable[..., At]
NOTHING = CorpusEdit()


@pytest.fixture(scope="module")
def handbook() -> tuple[Corpus, Example]:
    data = bundled_dataset("handbook")
    return data.corpus, next(example for example in data.examples if example.answerable and example.gold_doc_ids)


@pytest.mark.parametrize(
    ("base", "severity", "number"), [(1, 0.25, 3), (1, 0.5, 9), (1, 0.75, 31), (1, 1, 99), (10, 0.5, 90), (2, 1e-9, 1)]
)
def test_the_load_grows_by_the_power_of_a_hundred(base: int, severity: float, number: int) -> None:
    assert load_at(base, severity) == number


@pytest.mark.parametrize("topic", ["any", "same"])
def test_documents_are_of_the_corpus_sentences_all_different_and_without_the_answer(
    place: Place, handbook: tuple[Corpus, Example], topic: str
) -> None:
    corpus, asked = handbook
    edit = distractor_load.apply(NOTHING, place(example=asked, corpus=corpus), topic=topic)
    assert (edit.status, edit.edits, edit.note) == ("applied", 99, "")
    docs = edit.value.add
    assert len({doc.id for doc in docs}) == len({doc.text for doc in docs}) == 99
    assert not any(may_hold(doc, asked.answers) for doc in docs)
    tags = {tag for doc_id in asked.gold_doc_ids for tag in corpus.docs[doc_id].tags}
    pool = [doc for doc in corpus.docs.values() if topic == "any" or tags & set(doc.tags)]
    known = {doc.text[start:end] for doc in pool for start, end in sentence_spans(doc.text)}
    for doc in docs[:20]:
        left = doc.text
        for sentence in sorted(known, key=len, reverse=True):
            left = left.replace(sentence, "")
        assert not left.strip()


def test_a_lower_load_is_part_of_a_higher_one_and_questions_share_it(
    place: Place, handbook: tuple[Corpus, Example]
) -> None:
    corpus, asked = handbook
    other = Example(id="other", question="?", answers=("Zanzibar",), gold_doc_ids=asked.gold_doc_ids)
    loads = [
        distractor_load.apply(NOTHING, place(severity, seed=seed, example=asked, corpus=corpus)).value.add
        for seed, severity in enumerate((0.25, 0.5, 1.0))
    ]
    assert [len(load) for load in loads] == [3, 9, 99]
    assert loads[0] == loads[1][:3] == loads[2][:3]
    theirs = distractor_load.apply(NOTHING, place(0.5, seed=9, example=other, corpus=corpus)).value.add
    assert {doc.text for doc in theirs} & {doc.text for doc in loads[2]}


def test_a_pool_that_gives_too_few_says_so_and_an_empty_one_is_a_noop(place: Place) -> None:
    asked = Example(id="q", question="?", answers=("72",), gold_doc_ids=("d",))
    small = Corpus.of([Doc(id="d", text="It is 72. It rains."), Doc(id="e", text="Bees dance. Figs grow.")])
    edit = distractor_load.apply(NOTHING, place(example=asked, corpus=small))
    assert 0 < edit.edits < 99
    assert f"only {edit.edits} of 99" in edit.note
    assert not any("72" in doc.text for doc in edit.value.add)
    empty = Corpus.of([Doc(id="d", text=" ")])
    assert distractor_load.apply(NOTHING, place(example=asked, corpus=empty)).status == "noop"
