"""Operators that need a writer: stored variant first, then a model, else a refusal that says what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from robustcore.calls.engine import Engine
from robustcore.calls.flows import run_alone
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Call, Flow
from robustcore.corpus.records import Corpus, Doc, Example, Passage
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.keys import rng_of
from robustcore.perturb.base import Operator
from robustcore.perturb.edit import NO_MODELS, At, Edit, Models
from robustcore.perturb.question.written import (
    OPERATORS,
    back_translation,
    context_back_translation,
    grammar_rewrite,
    paraphrase,
)
from robustcore.perturb.writing import NEEDS_WRITER, cleaned

ASKED = "Which port does the Aurelia leave from in winter?"
QUESTION_OPERATORS = [operator for operator in OPERATORS if operator.inject == "question"]


def _at(models: Models = NO_MODELS, *, corpus: Corpus | None = None, **example: Any) -> At:
    asked = Example(id="q", question=ASKED, **example)
    return At(severity=1.0, rng=rng_of(1), example=asked, corpus=corpus or Corpus(), models=models)


def _flow(operator: Operator, value: Any, at: At) -> Flow[Edit[Any]]:
    assert operator.flow is not None
    return operator.flow(value, at)


def _answered(flow: Flow[Edit[Any]], endpoint: ScriptedEndpoint) -> Edit[Any]:
    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints({"w": endpoint, "e": endpoint})
    return dict(engine.run([("one", flow)]))["one"]


@pytest.mark.parametrize("operator", QUESTION_OPERATORS, ids=lambda operator: operator.short)
def test_a_stored_variant_is_taken_without_a_call_even_where_there_is_a_writer(operator: Operator) -> None:
    at = _at(Models(writer="w", encoder="e"), variants={operator.name: "From which port does the Aurelia sail?"})
    edit = run_alone(_flow(operator, ASKED, at))
    assert (edit.status, edit.source, edit.value) == ("applied", "stored", "From which port does the Aurelia sail?")
    assert edit.edits >= 1


@pytest.mark.parametrize("operator", QUESTION_OPERATORS, ids=lambda operator: operator.short)
def test_without_variant_and_writer_the_case_is_not_run_and_says_what_is_missing(operator: Operator) -> None:
    edit = run_alone(_flow(operator, ASKED, _at()))
    assert (edit.status, edit.note, edit.value) == ("not_applicable", NEEDS_WRITER, ASKED)


def test_a_stored_variant_stands_for_the_original_question_alone() -> None:
    at = _at(variants={"question.paraphrase": "From which port does the Aurelia sail?"})
    assert run_alone(_flow(paraphrase, ASKED.upper(), at)).note == NEEDS_WRITER


def test_back_translation_gives_the_second_round_what_the_first_wrote() -> None:
    rounds = {"German": "Von welchem Hafen?", "English": "From what harbour does the Aurelia depart in winter?"}

    def write(call: Call) -> dict[str, str]:
        language = next(word for word in rounds if word in call.payload["messages"][0]["content"])
        return {"text": rounds[language]}

    writer = ScriptedEndpoint(write)
    edit = _answered(_flow(back_translation, ASKED, _at(Models(writer="w"))), writer)
    assert [call.payload["messages"][1]["content"] for call in writer.sent] == [ASKED, rounds["German"]]
    assert (edit.value, edit.source) == (rounds["English"], "model")


def test_of_three_drafts_the_most_similar_is_kept() -> None:
    drafts = ["From where?", "In winter, which port does the Aurelia leave from?", "Which port?"]
    cosines = dict(zip(drafts, (0.2, 0.97, 0.5), strict=True))

    def answer(call: Call) -> dict[str, Any]:
        if call.op == "compare":
            return {"cosine": cosines[call.payload["after"]]}
        assert (call.settings or {})["temperature"] == 0.7
        return {"text": drafts[call.replicate]}

    edit = _answered(_flow(grammar_rewrite, ASKED, _at(Models(writer="w", encoder="e"))), ScriptedEndpoint(answer))
    assert edit.value == drafts[1]


@pytest.mark.parametrize(
    ("reply", "status"), [("", "invalid_case"), (ASKED, "noop"), ("Which harbour is it?", "applied")]
)
def test_what_the_writer_says_decides_the_status(reply: str, status: str) -> None:
    writer = ScriptedEndpoint(lambda call: {"text": reply})
    assert _answered(_flow(paraphrase, ASKED, _at(Models(writer="w"))), writer).status == status


def test_a_gold_answer_that_stood_in_the_question_may_not_be_lost() -> None:
    writer = ScriptedEndpoint(lambda call: {"text": "Which harbour does the ship leave from?"})
    at = _at(Models(writer="w"), answers=("Aurelia",))
    assert _answered(_flow(paraphrase, ASKED, at), writer).status == "invalid_case"


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ('<think>hm\nhm</think>\n"Who was it?"', "Who was it?"),
        ("Rewritten question: Who was it?\n\nI kept the name.", "Who was it?"),
        ('"A" or "B"?', '"A" or "B"?'),
        ("<think>never ends", ""),
    ],
)
def test_a_reply_is_freed_from_what_is_not_the_text(reply: str, text: str) -> None:
    assert cleaned(reply) == text


def test_a_stored_passage_stands_for_the_same_sentences_of_its_document() -> None:
    doc = Doc(
        id="d",
        text="Ada wrote it. She lived in London. It was 1843.",
        variants={"context.back_translation": "It was written by Ada. London was her home. The year was 1843."},
    )
    at = _at(corpus=Corpus.of([doc]))
    edit = context_back_translation.apply((Passage(doc_id="d", text="She lived in London. It was 1843."),), at)
    assert [passage.text for passage in edit.value] == ["London was her home. The year was 1843."]
    missing = context_back_translation.apply((Passage(doc_id="other", text="Nobody knows."),), at)
    assert (missing.status, missing.note) == ("not_applicable", NEEDS_WRITER)
