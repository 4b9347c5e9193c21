"""Functions and plain objects: sync, async, in threads, in batches; one bad input never costs the others."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from unit.systems.driving import adapted, asked, said

from robustcore.calls.types import Call, CallError, Response
from robustcore.corpus.records import Passage
from robustcore.errors import InputError
from robustcore.systems.drive import AnySystem

QUESTIONS = [f"q{i}" for i in range(20)]


def shout(question: str) -> str:
    if question == "q3":
        raise ValueError("three is too many")
    if question == "q4":
        raise ConnectionError("no route")
    return question.upper()


async def shout_later(question: str) -> str:
    await asyncio.sleep(0.001)
    return shout(question)


class AsyncObject:
    async def __call__(self, question: str) -> str:
        return await shout_later(question)


class Batch:
    def batch(self, questions: list[str]) -> list[str]:
        return [shout(question) for question in questions]


class AsyncBatch:
    async def batch(self, questions: list[str]) -> list[str]:
        return list(await asyncio.gather(*(shout_later(question) for question in questions)))


class Answers:
    def answer(self, question: str) -> str:
        return shout(question)


def shout_all(questions: list[str]) -> list[str]:
    return [shout(question) for question in questions]


@pytest.mark.parametrize(
    ("value", "options"),
    [
        (shout, {}),
        (shout, {"concurrency": 4}),
        (functools.partial(shout), {}),
        (shout_later, {}),
        (functools.partial(shout_later), {"concurrency": 1}),
        (lambda question: shout_later(question), {}),
        (lambda question: shout_later(question), {"concurrency": 4}),
        (AsyncObject(), {}),
        (functools.partial(AsyncObject()), {}),
        (Answers(), {}),
        (Answers, {}),
        (Batch(), {}),
        (Batch, {"batch_size": 3}),
        (AsyncBatch(), {}),
        (shout_all, {"batch": True}),
    ],
)
def test_every_form_gives_the_same_answers_and_the_same_errors(value: Any, options: dict[str, Any]) -> None:
    expected = [question.upper() for question in QUESTIONS]
    expected[3:5] = ["system_error: three is too many", "infra_error: no route"]
    got = said(asked(adapted(value, options), QUESTIONS))
    if isinstance(value, Batch | AsyncBatch) or value in (Batch, shout_all):
        # a raise takes its batch down: inputs are then tried alone, unless the fault was the network's
        assert got[3] == expected[3]
        assert set(got) <= {*expected, "infra_error: no route"}
    else:
        assert got == expected


def test_a_batch_that_raises_is_taken_apart() -> None:
    sizes: list[int] = []

    def answer(questions: list[str]) -> list[str]:
        sizes.append(len(questions))
        if "q3" in questions:
            raise ValueError("three is too many")
        return questions

    got = said(asked(adapted(answer, {"batch": True}), QUESTIONS))
    assert got == [q if q != "q3" else "system_error: three is too many" for q in QUESTIONS]
    assert sizes[0] == 20
    assert set(sizes[1:]) == {1}


def test_a_batch_whose_network_fails_is_not_sent_again_one_by_one() -> None:
    sizes: list[int] = []

    def answer(questions: list[str]) -> list[str]:
        sizes.append(len(questions))
        raise TimeoutError("too slow")

    assert set(said(asked(adapted(answer, {"batch": True}), QUESTIONS))) == {"infra_error: too slow"}
    assert sizes == [20]


@pytest.mark.parametrize(
    ("reply", "message"),
    [(["one"], "a batch of 20 inputs returned 1 replies"), ("text", "must return a list of replies, not str")],
)
def test_a_batch_of_the_wrong_shape_is_explained(reply: object, message: str) -> None:
    system = adapted(lambda questions: reply, {"batch": True})
    got = [r.message if isinstance(r, CallError) else "" for r in replies_of(system, QUESTIONS)]
    assert len(got) == 20
    assert all(message in text for text in got)


def test_exceptions_returned_among_the_replies_of_a_batch_belong_to_their_inputs() -> None:
    def answer(questions: list[str]) -> list[Any]:
        return [ValueError("bad") if question == "q1" else question for question in questions]

    assert said(asked(adapted(answer, {"batch": True}), QUESTIONS[:3])) == ["q0", "system_error: bad", "q2"]


def replies_of(system: AnySystem, questions: Sequence[str]) -> list[Response | CallError]:
    ((name, endpoint),) = system.endpoints.items()
    calls = [Call(endpoint=name, op="answer", payload=question) for question in questions]
    found = dict(endpoint.run(calls))
    return [found[index] for index in range(len(calls))]


@pytest.mark.parametrize("form", ["async", "threads"])
def test_at_most_concurrency_inputs_are_under_way(form: str) -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def enter(step: int) -> None:
        with lock:
            now[0] += step
            most[0] = max(most[0], now[0])

    async def later(question: str) -> str:
        enter(1)
        await asyncio.sleep(0.005)
        enter(-1)
        return question

    def threaded(question: str) -> str:
        enter(1)
        time.sleep(0.005)
        enter(-1)
        return question

    system = adapted(later if form == "async" else threaded, {"concurrency": 3})
    assert said(asked(system, QUESTIONS)) == QUESTIONS
    assert most[0] == 3


def test_async_replies_come_as_soon_as_they_are_there() -> None:
    release = threading.Event()

    async def answer(question: str) -> str:
        while question == "slow" and not release.is_set():
            await asyncio.sleep(0.001)
        return question

    system = adapted(answer)
    ((name, endpoint),) = system.endpoints.items()
    replies = iter(endpoint.run([Call(endpoint=name, op="answer", payload=text) for text in ("slow", "quick")]))
    first = next(replies)
    release.set()
    assert [first[0], *(index for index, _ in replies)] == [1, 0]


def test_all_batches_run_on_one_loop_so_that_async_clients_survive() -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def answer(question: str) -> str:
        loops.append(asyncio.get_running_loop())
        return question

    asked(adapted(answer, {"batch_size": 2}), QUESTIONS)
    assert len(loops) == 20
    assert len({id(loop) for loop in loops}) == 1


@pytest.mark.parametrize("options", [{}, {"concurrency": 3}])
@pytest.mark.parametrize("is_async", [False, True])
def test_an_interrupt_is_no_reply(options: dict[str, Any], is_async: bool) -> None:
    def interrupted(question: str) -> str:
        raise KeyboardInterrupt

    async def interrupted_later(question: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asked(adapted(interrupted_later if is_async else interrupted, options), QUESTIONS)


def test_a_cancelled_request_is_an_error_of_its_call() -> None:
    async def answer(question: str) -> str:
        if question == "q1":
            raise asyncio.CancelledError
        return question

    got = said(asked(adapted(answer), QUESTIONS[:3]))
    assert got == ["q0", "system_error: the call was cancelled", "q2"]


class Rag:
    def __init__(self) -> None:
        self.read_with: list[list[str]] = []

    async def retrieve(self, question: str) -> list[tuple[dict[str, str], float]]:
        return [({"id": "boats", "text": "Annie"}, 0.5), ({"id": "lamps", "text": "nine"}, 0.25)]

    def read(self, question: str, passages: list[Passage]) -> dict[str, Any]:
        self.read_with.append([passage.doc_id for passage in passages])
        return {"answer": passages[0].text, "citations": [passages[0].doc_id], "confidence": 0.75}


def test_an_object_that_retrieves_and_reads_shows_ranking_scores_citations_and_confidence() -> None:
    rag = Rag()
    (trial,) = asked(adapted(rag), ["who?"])
    assert [(p.doc_id, p.text, p.score) for p in trial.ranking or ()] == [
        ("boats", "Annie", 0.5),
        ("lamps", "nine", 0.25),
    ]
    assert rag.read_with == [["boats", "lamps"]]
    assert trial.answer is not None
    assert (trial.answer.text, trial.answer.confidence) == ("Annie", 0.75)
    assert [citation.doc_id for citation in trial.answer.citations] == ["boats"]


def test_an_async_reader_is_awaited() -> None:
    class Later(Rag):
        async def read(self, question: str, passages: list[Passage]) -> dict[str, Any]:  # type: ignore[override]
            await asyncio.sleep(0)
            return {"text": "later"}

    assert said(asked(adapted(Later()), ["who?"])) == ["later"]


@pytest.mark.parametrize(
    ("function", "part"),
    [
        (lambda *, question: question, "must take question by position"),
        (lambda question, user: question, "further parameters without a value: user"),
    ],
)
def test_a_function_that_cannot_be_called_with_a_question_is_refused(function: object, part: str) -> None:
    with pytest.raises(InputError, match=part):
        adapted(function, {"factory": False})


def test_seconds_of_a_batch_add_up_to_its_wall_time() -> None:
    def answer(question: str) -> str:
        time.sleep(0.004)
        return question

    began = time.perf_counter()
    replies = replies_of(adapted(answer, {"concurrency": 4}), QUESTIONS)
    wall = time.perf_counter() - began
    total = sum(reply.seconds for reply in replies if isinstance(reply, Response))
    assert 0.004 * len(QUESTIONS) / 4 <= total <= wall  # four at once sleep together
