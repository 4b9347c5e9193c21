"""Document attacks: what is added or edited, within its budget, and never with the answer in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from robustcore.corpus.bundled import bundled_dataset
from robustcore.keys import rng_of
from robustcore.perturb.corpus.doc_attack import MODES, doc_attack
from robustcore.perturb.edit import At, CorpusEdit, Edit
from robustcore.perturb.facts.evidence import may_hold

DATA = bundled_dataset("handbook")
ANSWERABLE = [example for example in DATA.examples if example.answerable]


def attacked(mode: str, place: int = 0, severity: float = 1.0, **options: object) -> Edit[CorpusEdit]:
    at = At(severity=severity, rng=rng_of(place), example=ANSWERABLE[place], corpus=DATA.corpus)
    return doc_attack.apply(CorpusEdit(), at, mode=mode, **options)


@pytest.mark.parametrize("mode", MODES)
def test_what_is_served_beside_the_gold_never_holds_the_answer(mode: str) -> None:
    applied = 0
    for place in range(40):
        edit = attacked(mode, place)
        applied += edit.status == "applied"
        for doc in edit.value.add:
            assert not may_hold(doc, ANSWERABLE[place].answers) or mode == "plant"
            assert doc.id not in ANSWERABLE[place].gold_doc_ids
        assert edit.added == tuple(doc.id for doc in edit.value.add)
    assert applied > 30


def test_the_budget_bounds_the_words_and_grows_with_severity() -> None:
    for place in range(10):
        strong, weak = attacked("stuff", place), attacked("stuff", place, severity=0.3)
        (doc,) = strong.value.add
        old = DATA.corpus.docs[doc.id]
        assert doc.text.startswith(old.text)
        words = len(old.text.split())
        assert len(doc.text.split()) - words == strong.edits <= 0.2 * words + 1
        assert weak.edits < strong.edits
        (edited,) = attacked("edit", place).value.add
        assert len(edited.text.split()) > len(DATA.corpus.docs[edited.id].text.split())


def test_copies_and_plants_are_counted_at_severity_one() -> None:
    assert len(attacked("duplicate", copies=4).value.add) == 4
    assert len(attacked("duplicate", severity=0.3, copies=4).value.add) == 2
    planted = attacked("plant", copies=2)
    assert [doc.id.partition(":")[0] for doc in planted.value.add] == ["planted1", "planted2"]
    assert all(ANSWERABLE[0].question in doc.text for doc in planted.value.add)


def test_nothing_to_copy_and_nothing_to_attack_are_said() -> None:
    nowhere = replace(ANSWERABLE[0], gold_doc_ids=())
    at = At(severity=1.0, rng=rng_of(0), example=nowhere, corpus=DATA.corpus)
    assert doc_attack.apply(CorpusEdit(), at, mode="duplicate").status == "not_applicable"
    silent = at._replace(example=replace(ANSWERABLE[0], question="Who is it?"))
    assert doc_attack.apply(CorpusEdit(), silent).status == "noop"
