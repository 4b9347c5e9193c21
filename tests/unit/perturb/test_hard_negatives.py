"""Hard negatives, injections, planted documents, near-duplicates, load, chats and regimes: what each puts where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from robustcore.calls.engine import Engine
from robustcore.calls.flows import run_alone
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Call, Flow
from robustcore.corpus.normalise import contains_answer
from robustcore.corpus.pools import chat_pool, document_pool
from robustcore.corpus.records import Corpus, Example, Passage
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.perturb.context.gold import own_documents
from robustcore.perturb.context.hard_negatives import STORED, hard_negative, hard_negative_written
from robustcore.perturb.context.repeated import conflict_source, distractor_unrelated, load, near_duplicate
from robustcore.perturb.corpus.injection import DISGUISES, LEVELS, canary_of, corpus_injection, injection
from robustcore.perturb.edit import At, CorpusEdit, Edit, Models, Talk
from robustcore.perturb.families import shipped
from robustcore.perturb.framing.random_chat import random_chat

Make = Callable[..., tuple[Passage, ...]]
Place = Callable[..., At]
NAMED = {operator.name: operator for operator in shipped()}


def test_a_stored_hard_negative_comes_first_and_mined_ones_follow(
    place: Place, passages: Make, example: Example
) -> None:
    told = replace(example, passages={STORED: "Guests of the line buy tickets ashore."})
    edit = hard_negative.apply(passages("ferry"), place(example=told), passages=2)
    assert edit.status == "applied"
    assert edit.value[0].doc_id == "hard:q1"
    assert edit.value[-1].doc_id == "ferry"
    assert "echo" not in [p.doc_id for p in edit.value]  # it says 72, too
    alone = hard_negative.apply(passages("ferry"), place(example=told), source="stored", passages=3)
    assert [p.doc_id for p in alone.value] == ["hard:q1", "ferry"]
    assert "only 1 of 3" in alone.note


def test_mining_asks_the_retriever_of_the_system_and_leaves_what_may_state_the_answer(
    place: Place, passages: Make, corpus: Corpus
) -> None:
    asked: list[tuple[str, ...]] = []

    def search(hidden: tuple[str, ...]) -> Flow[tuple[Passage, ...]]:
        asked.append(hidden)
        left = [doc for doc in corpus.docs.values() if doc.id not in hidden][:2]
        return tuple(Passage(doc_id=doc.id, text=doc.text, title=doc.title, score=0.5) for doc in left)
        yield []

    at = place()._replace(search=search)
    edit = run_alone(hard_negative.flow(passages("ferry"), at, passages=3))  # type: ignore[misc]  # it has a flow
    assert asked[0] == ("ferry",)
    assert set(asked[0]) < set(asked[1])  # what was no use is hidden the next time
    assert edit.added == ("port", "pier", "bees")
    assert all(p.score is None for p in edit.value)


def test_nothing_near_the_question_is_no_pass(place: Place, passages: Make) -> None:
    edit = hard_negative.apply(passages("ferry"), place(), source="stored")
    assert (edit.status, edit.value) == ("not_applicable", passages("ferry"))
    written = hard_negative_written.apply(passages("ferry"), place())
    assert written.status == "not_applicable"
    assert written.note.startswith("not run: ")


HARMLESS = "In 2021 the Storoy Line carried many guests over a calm sea. It has eleven ships."


def written(passages: tuple[Passage, ...], at: At, *, says: str, judged: str = "") -> tuple[Edit[Any], list[Call]]:
    """Return what becomes of a passage that the writer ``says`` and on which the judge, if asked, says ``judged``."""
    writer = ScriptedEndpoint(lambda call: {"text": says})
    judge = ScriptedEndpoint(lambda call: {"text": judged})
    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints({"w": writer, "j": judge})
    models = Models(writer="w", judge="j" if judged else "")
    flow = hard_negative_written.flow
    assert flow is not None
    (edit,) = dict(engine.run([("one", flow(passages, at._replace(models=models)))])).values()
    return edit, [*writer.sent, *judge.sent]


def test_a_writer_makes_a_hard_negative_for_the_question(place: Place, passages: Make) -> None:
    edit, sent = written(passages("ferry"), place(), says=f"<think>Hm.</think>\n{HARMLESS}", judged="No.")
    assert (edit.status, edit.source, edit.added) == ("applied", "model", ("hard:q1",))
    assert [p.doc_id for p in edit.value] == ["hard:q1", "ferry"]
    assert edit.value[0].text == HARMLESS
    assert edit.origin is not None
    asked = [call.payload["messages"][1]["content"] for call in sent]
    assert "Answer: 72 guests | 72" in asked[0]
    assert asked[1].endswith(f"Passage: {HARMLESS}")


@pytest.mark.parametrize(
    ("says", "judged", "status", "note"),
    [
        ("", "", "invalid_case", "the writer wrote nothing"),
        ("An average crossing had 72 guests.", "", "invalid_case", "states the answer or a wrong one"),
        ("Others counted 81 guests.", "", "invalid_case", "states the answer or a wrong one"),
        (HARMLESS, "Yes, no doubt.", "invalid_case", "helps or leaks"),
        (HARMLESS, "<think>no</think>yes", "invalid_case", "helps or leaks"),
        (HARMLESS, "Perhaps.", "undecided_case", "neither yes nor no"),
    ],
)
def test_what_helps_leaks_or_cannot_be_judged_is_no_hard_negative(
    place: Place, passages: Make, says: str, judged: str, status: str, note: str
) -> None:
    edit, _ = written(passages("ferry"), place(), says=says, judged=judged)
    assert (edit.status, edit.value) == (status, passages("ferry"))
    assert note in edit.note


@pytest.mark.parametrize("severity", LEVELS)
def test_an_injection_is_known_by_its_canary_and_wears_its_disguise(
    place: Place, passages: Make, severity: float
) -> None:
    edit = injection.apply(passages("ferry", "port"), place(severity))
    (added,) = (p for p in edit.value if p.doc_id in edit.added)
    assert edit.planted == canary_of(place(severity))
    assert edit.planted in added.text
    marks = {"plain": "Ignore", "quoted": 'read: "Ignore', "comment": "<!--", "system": "[SYSTEM NOTE]"}
    assert marks[DISGUISES[LEVELS.index(severity)]] in added.text
    assert not any(edit.planted in p.text for p in passages("ferry", "port"))


def test_goals_of_an_injection(place: Place, passages: Make, example: Example) -> None:
    leak = injection.apply(passages("ferry"), place(), goal="leak")
    assert len(leak.added) == 2
    assert [leak.planted in p.text for p in leak.value if p.doc_id in leak.added] == [False, True]
    answer = injection.apply(passages("ferry"), place(), goal="answer", within="start")
    assert answer.planted == "81 guests"
    assert "81 guests" in answer.value[0].text[:140]
    indexed = corpus_injection.apply(CorpusEdit(), place())
    assert indexed.value.add[0].text.startswith(example.question)  # written to be retrieved


@pytest.mark.parametrize("family", ["distractor", "conflict", "poison"])
def test_the_same_documents_are_planted_and_indexed(place: Place, passages: Make, family: str) -> None:
    context = NAMED[f"context.planted_{family}"].apply(passages("ferry"), place(seed=1), copies=3)
    index = NAMED[f"corpus.indexed_{family}"].apply(CorpusEdit(), place(seed=2), copies=3)
    planted = [(p.doc_id, p.text, p.title) for p in context.value if p.doc_id in context.added]
    assert planted == [(doc.id, doc.text, doc.title) for doc in index.value.add]
    assert len(planted) == 3
    assert len({text for _, text, _ in planted}) == 3
    assert context.planted == index.planted == ("" if family == "distractor" else "81 guests")
    for _, text, _ in planted:
        assert not contains_answer(text, ["72 guests", "72"])
        assert contains_answer(text, ["81 guests"]) == (family != "distractor")


def test_a_poisoned_document_repeats_the_question(place: Place, example: Example) -> None:
    edit = NAMED["corpus.indexed_poison"].apply(CorpusEdit(hide=("bees",)), place())
    assert edit.value.add[0].text.startswith(example.question)
    assert edit.value.hide == ("bees",)


@pytest.mark.parametrize("of", ["evidence", "distractor"])
def test_near_duplicates_differ_and_keep_what_they_must(place: Place, passages: Make, of: str) -> None:
    edit = near_duplicate.apply(passages("port", "ferry"), place(), copies=4, of=of)
    source = {"evidence": "ferry", "distractor": "port"}[of]
    texts = [p.text for p in edit.value if p.doc_id in edit.added]
    assert len(texts) == 4
    original = next(p.text for p in passages(source))
    assert original not in texts
    assert all(contains_answer(text, ["72"]) == (of == "evidence") for text in texts)


def test_named_sources_stand_on_both_sides(place: Place, passages: Make) -> None:
    for credible, true, false in (("gold", ("official", "published"), ("anonymous", "hearsay")),):
        edit = conflict_source.apply(passages("ferry"), place(), credible=credible)
        copy, gold = edit.value
        assert any(word in gold.text[:60] for word in true)
        assert any(word in copy.text[:60] for word in false)
    other = conflict_source.apply(passages("ferry"), place(), credible="false").value
    assert any(word in other[0].text[:60] for word in ("official", "published"))


def test_a_context_grows_to_the_words_asked_for(place: Place, passages: Make) -> None:
    edit = load.apply(passages("ferry"), place(), words=300)
    added = [p for p in edit.value if p.doc_id in edit.added]
    total = sum(len(p.text.split()) for p in added)
    assert 300 <= total < 300 + max(len(p.text.split()) for p in added)
    assert not any(contains_answer(p.text, ["72"]) for p in added)
    few = distractor_unrelated.apply(passages("ferry"), place(0.5), passages=6)
    assert len(few.added) == 3
    assert set(few.added) <= {doc.id for doc in document_pool()}


def test_a_random_chat_takes_turns_and_never_states_the_answer(place: Place) -> None:
    edit = random_chat.apply(Talk(before=(("user", "x"), ("assistant", "y"))), place(0.5))
    roles = [role for role, _ in edit.value.before]
    assert roles == ["user", "assistant"] * 5
    assert edit.value.before[-2:] == (("user", "x"), ("assistant", "y"))
    spoken = next(text for _, text in chat_pool()[0].turns).split()[2]
    told = Example(id="q", question="?", answers=(spoken,))
    for seed in range(5):
        other = random_chat.apply(Talk(), place(example=told, seed=seed))
        assert not any(contains_answer(text, [spoken]) for _, text in other.value.before)


def test_an_item_gets_its_own_documents_and_a_task_without_any_nothing(
    place: Place, passages: Make, example: Example
) -> None:
    assert [p.doc_id for p in own_documents.apply(passages("port", "echo"), place()).value] == ["ferry"]
    none = own_documents.apply(passages("port"), place(example=replace(example, gold_doc_ids=())))
    assert (none.status, none.value, none.removed) == ("applied", (), ("port",))
    unknown = own_documents.apply(passages("port"), place(example=replace(example, gold_doc_ids=("x",))))
    assert unknown.status == "no_oracle"
