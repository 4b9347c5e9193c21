"""False, older and outdated documents in the index: what is added, what is hidden, and what a retriever then finds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from robustcore.calls.flows import run_alone
from robustcore.case import Case, Condition, Step
from robustcore.corpus.records import Corpus, Doc, Example, Passage
from robustcore.perturb.base import Operator
from robustcore.perturb.corpus.contested import OPERATORS, conflict, snapshot, stale
from robustcore.perturb.corpus.edits import delete_gold
from robustcore.perturb.edit import At, CorpusEdit
from robustcore.perturb.facts.evidence import holds
from robustcore.perturb.options import check_options
from robustcore.systems.drive import drive
from robustcore.systems.mirror import Mirror
from robustcore.systems.trial import Trial

Place = Callable[..., At]
NOTHING = CorpusEdit()
STAMP = re.compile(r"Version of \d+ \w+ (\d{4})\. ")


def driven(operator: Operator, corpus: Corpus, example: Example, **given: object) -> Trial:
    """Return the trial of a case on the mirror, gate and all."""
    steps = (Step(operator, check_options(operator, given)),)
    case = Case("c", example, Condition(operator.short, 1.0, steps))
    return run_alone(drive(case, Mirror(example=example, corpus=corpus), corpus))


@pytest.mark.parametrize(("share", "number"), [("", 3), ("minority", 1), ("tie", 1), ("majority", 2)])
def test_false_documents_join_the_true_ones(place: Place, example: Example, share: str, number: int) -> None:
    edit = conflict.apply(NOTHING, place(), share=share, copies=3)
    assert (edit.value.hide, len(edit.value.add), edit.planted) == ((), number, "81 guests")
    assert edit.added == tuple(doc.id for doc in edit.value.add)
    assert edit.added[0] == "conflict:ferry"
    for doc in edit.value.add:
        assert holds(doc, ("81 guests",))
        assert not holds(doc, example.answers)


def test_what_an_earlier_step_added_or_hid_stays(place: Place) -> None:
    before = CorpusEdit(hide=("bees",), add=(Doc(id="new", text="Nothing."),))
    for operator in OPERATORS:
        after = operator.apply(before, place()).value
        assert "bees" in after.hide
        assert "new" in {doc.id for doc in after.add}


def test_nothing_is_contested_where_no_gold_document_is_indexed(place: Place) -> None:
    gone = delete_gold.apply(NOTHING, place()).value
    for operator in OPERATORS:
        edit = operator.apply(gone, place())
        assert (edit.value, edit.status) == (gone, "not_applicable")


def test_both_versions_are_indexed_and_their_dates_settle_it(place: Place, corpus: Corpus, example: Example) -> None:
    for seed in range(20):
        edit = stale.apply(NOTHING, place(seed=seed))
        old, current = edit.value.add
        assert (old.id, current.id, edit.value.hide) == ("stale:ferry", "ferry", ())
        years = [int(found[1]) for found in (STAMP.match(old.text), STAMP.match(current.text)) if found]
        assert 2023 < years[0] < years[1]
        assert current.text.endswith(corpus.docs["ferry"].text)
        assert holds(current, example.answers)
        assert not holds(old, example.answers)


def test_alone_the_old_version_is_all_that_speaks_of_it(place: Place, corpus: Corpus, example: Example) -> None:
    edit = stale.apply(NOTHING, place(), newest="absent")
    left = [doc for doc in corpus.docs.values() if doc.id not in edit.value.hide]
    assert [doc.id for doc in edit.value.add] == ["stale:ferry"]
    assert set(edit.removed) == set(edit.value.hide) == {doc.id for doc in corpus.docs.values()} - {d.id for d in left}
    assert not any(holds(doc, example.answers) for doc in (*left, *edit.value.add))


def test_a_snapshot_has_the_documents_as_they_were(place: Place, corpus: Corpus, example: Example) -> None:
    edit = snapshot.apply(NOTHING, place(), dated=False)
    (doc,) = edit.value.add
    assert (doc.id, edit.planted) == ("ferry", "81 guests")
    assert doc.text == corpus.docs["ferry"].text.replace("72 guests", "81 guests")
    assert "ferry" not in edit.value.hide
    served = [doc, *(d for d in corpus.docs.values() if d.id not in (*edit.value.hide, "ferry"))]
    assert not any(holds(one, example.answers) for one in served)
    assert STAMP.match(snapshot.apply(NOTHING, place()).value.add[0].text)


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.short)
def test_a_retriever_finds_what_was_added_and_the_gate_finds_the_old_value(
    operator: Operator, corpus: Corpus, example: Example
) -> None:
    trial = driven(operator, corpus, example)
    assert (trial.skip, trial.planted) == ("", "81 guests")
    assert trial.verdict is not None
    assert trial.verdict.validity == "valid"
    assert trial.ranking is not None
    assert any(holds(passage, ("81 guests",)) for passage in trial.ranking)
    stated = any(holds(passage, example.answers) for passage in trial.ranking)
    assert stated == (operator is not snapshot)


def test_a_system_whose_index_takes_no_document_is_not_asked(corpus: Corpus, example: Example) -> None:
    class Fixed(Mirror):
        """A mirror whose index is what it is."""

    system = Fixed(example=example, corpus=corpus, adds=False)
    case = Case("c", example, Condition("conflict", 1.0, (Step(conflict, check_options(conflict, {})),)))
    trial = run_alone(drive(case, system, corpus))
    assert (trial.skip, trial.answer) == ("not_applicable", None)
    assert "added" in trial.note


def test_an_answer_in_another_spelling_spoils_the_snapshot(place: Place) -> None:
    docs = [Doc(id="d", text="It took 72 guests. In all 72.0 came."), Doc(id="e", text="Yes.")]
    asked = Example(id="q", question="?", answers=("72",), gold_doc_ids=("d",), wrong_answers=("81",))
    edit = snapshot.apply(NOTHING, place(example=asked, corpus=Corpus.of(docs)))
    assert (edit.status, edit.value) == ("invalid_case", NOTHING)
    assert Passage(doc_id="d", text="x") not in edit.value.add


def test_a_question_without_a_fact_has_no_older_one(place: Place, example: Example) -> None:
    for operator in OPERATORS:
        assert operator.apply(NOTHING, place(example=replace(example, answerable=False))).status == "not_applicable"
        assert operator.apply(NOTHING, place(example=replace(example, gold_doc_ids=()))).status == "not_applicable"
