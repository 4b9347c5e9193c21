"""The gold documents as what the reader is given."""

from __future__ import annotations

from typing import Any

import pytest

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.case import Case, Condition, Step
from robustcore.corpus.records import Corpus, Dataset, Doc, Example, Passage
from robustcore.keys import rng_of
from robustcore.perturb.context.gold import gold_only
from robustcore.perturb.edit import At
from robustcore.perturb.families import operator_registry
from robustcore.systems.adapt import adapt
from robustcore.systems.drive import drive
from robustcore.systems.trial import Trial

GOLD = Doc(id="ferry", title="Line", text="In 2023 an average of 72 guests travelled. The harbour master counted.")
OTHER = Doc(id="bees", text="Bees dance.")
CORPUS = Corpus.of([GOLD, OTHER])
ASKED = Example(id="q", question="How many guests travelled on average?", answers=("72",), gold_doc_ids=("ferry",))


class Reader:
    """Retrieves what it was made with, and reads the first number it finds, or refuses."""

    def __init__(self, *ids: str) -> None:
        self.ids = ids

    def retrieve(self, question: str) -> list[dict[str, str]]:
        return [{"id": i, "text": CORPUS.docs[i].text, "title": CORPUS.docs[i].title} for i in self.ids]

    def read(self, question: str, passages: Any) -> dict[str, Any]:
        words = " ".join(passage.text for passage in passages).split()
        return {"answer": next((word for word in words if word.isdigit() and len(word) == 2), "I do not know.")}


def driven(reader: Reader, *links: Any, severity: float = 1.0, example: Example = ASKED) -> Trial:
    operators = operator_registry()
    steps = tuple(Step(operators.get(name), {**_defaults(name), **options}, own) for name, own, options in links)
    case = Case("c-q", example, Condition("c", severity, steps))
    dataset = Dataset(name="d", corpus=CORPUS, examples=(example,))
    system = adapt(reader, name="r", dataset=dataset, options={})
    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints(system.endpoints)
    return dict(engine.run([("c", drive(case, system, CORPUS))]))["c"]


def _defaults(name: str) -> dict[str, Any]:
    return {option.name: option.default for option in operator_registry().get(name).options.values()}


def test_the_reader_gets_exactly_the_gold_documents_whatever_was_retrieved() -> None:
    trial = driven(Reader("bees"), ("context.gold_only", None, {}))
    assert trial.answer is not None
    assert trial.answer.text == "72"
    assert [passage.doc_id for passage in trial.ranking or ()] == ["bees"]
    assert (trial.added, trial.removed) == (("ferry",), ("bees",))


def test_gold_documents_that_were_retrieved_anyway_are_no_noop() -> None:
    trial = driven(Reader("ferry"), ("context.gold_only", None, {}))
    assert (trial.reason, trial.edits) == ("", 0)
    assert trial.answer is not None


def test_a_setting_does_not_hide_that_nothing_was_perturbed() -> None:
    lower = Example(id="q", question="how many guests?", answers=("72",), gold_doc_ids=("ferry",))
    chain: list[Any] = [("question.casing", None, {"mode": "lower"}), ("context.gold_only", None, {})]
    assert driven(Reader("bees"), *chain, example=lower).reason == "noop"
    assert driven(Reader("bees"), *chain).reason == ""


def test_evidence_that_could_not_be_removed_makes_the_case_a_noop_in_a_chain_too() -> None:
    chain: list[Any] = [("question.casing", None, {"mode": "upper"}), ("context.remove_gold", None, {})]
    assert driven(Reader("bees"), *chain).reason == "noop"
    assert driven(Reader("bees", "ferry"), *chain).reason == ""


def test_a_link_at_its_own_severity_changes_less_than_the_chain_would() -> None:
    long = Example(
        id="q",
        question=" ".join(f"travellers counted during winter{n}" for n in "abcdefghij"),
        answers=("72",),
        gold_doc_ids=("ferry",),
    )
    gold: Any = ("context.gold_only", None, {})
    mild = driven(Reader("bees"), ("question.qwerty_swap", 0.2, {}), gold, example=long)
    full = driven(Reader("bees"), ("question.qwerty_swap", None, {}), gold, example=long)
    assert 0 < mild.edits < full.edits


def test_what_a_setting_does_is_no_change_and_what_follows_is_measured_from_it() -> None:
    gold: Any = ("context.gold_only", None, {})
    assert driven(Reader("bees"), gold).change is None
    cut = driven(Reader("bees"), gold, ("context.remove_answer_sentences", None, {}))
    assert cut.change == pytest.approx((len(GOLD.text) - len("The harbour master counted.")) / len(GOLD.text))


def test_a_link_that_found_nothing_to_change_is_named_though_others_did() -> None:
    lower = Example(id="q", question="how many guests?", answers=("72",), gold_doc_ids=("ferry",))
    chain: list[Any] = [
        ("question.casing", None, {"mode": "lower"}),
        ("context.gold_only", None, {}),
        ("context.remove_answer_sentences", None, {}),
    ]
    trial = driven(Reader("bees"), *chain, example=lower)
    assert (trial.reason, trial.idle) == ("", ("question.casing",))
    assert driven(Reader("bees"), *chain).idle == ()


@pytest.mark.parametrize(
    ("example", "status"),
    [
        (Example(id="q", question="?", answerable=False), "not_applicable"),
        (Example(id="q", question="?", answers=("x",)), "no_oracle"),
        (Example(id="q", question="?", answers=("x",), gold_doc_ids=("nowhere",)), "no_oracle"),
    ],
)
def test_without_gold_documents_there_is_nothing_to_hand_over(example: Example, status: str) -> None:
    edit = gold_only.apply(
        (Passage(doc_id="bees", text="x"),), At(severity=1.0, rng=rng_of(0), example=example, corpus=CORPUS)
    )
    assert (edit.status, bool(edit.note)) == (status, True)
