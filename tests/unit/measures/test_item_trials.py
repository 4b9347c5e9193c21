"""The two phases that validate an item of DeR2, with models whose replies are written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from trials import _reply

from robustcore.calls.types import Call, CallError, Endpoint, Flow
from robustcore.corpus.records import Corpus, Doc, Example
from robustcore.endpoints.generation import Generation
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.measures.item_trials import ItemVerdict, Trials, counts_of, validated
from robustcore.measures.judging import Judge

ITEM = Example(
    id="q",
    question="What is due?",
    answers=("12",),
    answerable=True,
    gold_doc_ids=("law",),
    concepts=("The levy is 3 a crate.", "Half is waived."),
)
LIBRARY = Corpus.of([Doc(id="law", text="A levy of three is due for each crate.", title="Levies")])
RIGHT, WRONG = "Answer: 12", "Answer: 24"
Says = Callable[[str, int], str]


def model(says: Says) -> tuple[ScriptedEndpoint, list[Call]]:
    """Return an endpoint that replies by phase and number of the trial, and the list of what it was asked."""
    asked: list[Call] = []

    def reply(call: Call) -> Any:
        asked.append(call)
        text = str(call.payload["messages"])
        phase = "documents" if "A levy of three" in text else "concepts" if "The levy is 3" in text else "alone"
        said = says(phase, call.replicate)
        return CallError(kind="infra_error", message="gone") if said == "lost" else Generation(text=said).to_json()

    return ScriptedEndpoint(reply), asked


def drive(flow: Flow[ItemVerdict], endpoints: dict[str, Endpoint]) -> ItemVerdict:
    try:
        calls = next(flow)
        while True:
            calls = flow.send([_reply(call, endpoints) for call in calls])
    except StopIteration as stop:
        found: ItemVerdict = stop.value
        return found


def verdict(says: Says, item: Example = ITEM, library: Corpus = LIBRARY, each: int = 3) -> ItemVerdict:
    endpoint, _ = model(says)
    return drive(validated(item, library, Trials(models=("m",), each=each)), {"m": endpoint})


def by_phase(**right: int) -> Says:
    """Return a model that is right in so many of the first trials of each phase."""
    return lambda phase, number: RIGHT if number < right.get(phase, 0) else WRONG


@pytest.mark.parametrize(
    ("says", "status", "why", "solved"),
    [
        (by_phase(alone=1), "dropped", "solved without its concepts", {"alone": (1, 3)}),
        (
            by_phase(),
            "dropped",
            "never solved with its concepts",
            {"alone": (0, 3), "concepts": (0, 3)},
        ),
        (by_phase(concepts=1), "kept", "solved at times", {"alone": (0, 3), "concepts": (1, 3)}),
        (by_phase(concepts=2), "kept", "solved at times", {"alone": (0, 3), "concepts": (2, 3)}),
        (
            by_phase(concepts=3, documents=3),
            "dropped",
            "always solved, from documents too",
            {"alone": (0, 3), "concepts": (3, 3), "documents": (3, 3)},
        ),
        (
            by_phase(concepts=3, documents=2),
            "kept",
            "always solved with its concepts, not always from documents",
            {"alone": (0, 3), "concepts": (3, 3), "documents": (2, 3)},
        ),
    ],
)
def test_what_trials_decide(says: Says, status: str, why: str, solved: dict[str, tuple[int, int]]) -> None:
    found = verdict(says)
    assert (found.status, found.why, found.solved) == (status, why, solved)


def test_a_trial_without_a_reply_leaves_the_item_undecided() -> None:
    found = verdict(lambda phase, number: "lost" if phase == "concepts" and number else WRONG)
    assert (found.status, found.why) == ("undecided", "2 trials without a verdict (concepts)")
    assert found.solved == {"alone": (0, 3), "concepts": (0, 3)}


def test_an_item_without_concepts_or_documents_is_not_tried_with_them() -> None:
    bare = verdict(by_phase(alone=3), replace(ITEM, concepts=()))
    assert (bare.status, bare.why, bare.solved) == ("dropped", "it names no concepts", {})
    for item, library in ((ITEM, Corpus()), (replace(ITEM, gold_doc_ids=()), LIBRARY)):
        found = verdict(by_phase(concepts=3, documents=3), item, library)
        assert (found.status, found.why) == ("undecided", "always solved, and its documents are not there")


def test_every_model_tries_so_many_times_with_sampling() -> None:
    endpoint, asked = model(by_phase())
    trials = Trials(models=("m", "n"), each=2)
    found = drive(validated(ITEM, LIBRARY, trials), {"m": endpoint, "n": endpoint})
    assert found.solved == {"alone": (0, 4), "concepts": (0, 4)}
    assert [(call.endpoint, call.replicate) for call in asked[:4]] == [("m", 0), ("m", 1), ("n", 0), ("n", 1)]
    assert {(call.op, tuple(sorted(call.settings.items()))) for call in asked} == {
        ("chat", (("max_tokens", 1024), ("temperature", 1.0), ("top_p", 0.7)))
    }
    assert all(call.length == sum(len(one["content"]) for one in call.payload["messages"]) for call in asked)
    assert Trials(models=("m",)).each == 3


def test_an_items_own_grader_decides_unless_a_judge_does() -> None:
    stated = replace(ITEM, grader={"kind": "answer_correct"})
    says: Says = lambda phase, number: f"12 at first. {WRONG}" if phase == "alone" else WRONG  # noqa: E731
    assert verdict(says).why == "never solved with its concepts"
    assert verdict(says, stated).why == "solved without its concepts"


@pytest.mark.parametrize(
    ("rating", "status", "why"),
    [
        ('{"score": 1, "used": [1, 2], "other": 0, "errors": []}', "dropped", "solved without its concepts"),
        ('{"score": 0.75, "used": [1], "other": 0, "errors": ["R"]}', "dropped", "never solved with its concepts"),
        ('{"score": 1, "used": [3], "other": 0, "errors": []}', "undecided", "3 trials without a verdict (alone)"),
        ("no idea", "undecided", "3 trials without a verdict (alone)"),
    ],
)
def test_a_judge_decides_where_there_is_one(rating: str, status: str, why: str) -> None:
    endpoint, _ = model(by_phase())
    rates = ScriptedEndpoint(lambda call: Generation(text=rating).to_json())
    judge = Judge(name="judge", endpoint=rates)
    found = drive(validated(ITEM, LIBRARY, Trials(models=("m",), judge=judge)), {"m": endpoint, "judge": rates})
    assert (found.status, found.why) == (status, why)


def test_verdicts_are_counted_by_reason_in_order() -> None:
    kept, other = (ItemVerdict(status="kept", why=why, solved={}) for why in ("solved at times", "not always"))
    dropped = ItemVerdict(status="dropped", why="it names no concepts", solved={})
    unknown = ItemVerdict(status="undecided", why="2 trials", solved={})
    counts = counts_of([unknown, kept, dropped, other, dropped])
    assert list(counts.items()) == [("dropped: it names no concepts", 2), ("kept", 2), ("undecided: 2 trials", 1)]
    assert counts_of([]) == {}
