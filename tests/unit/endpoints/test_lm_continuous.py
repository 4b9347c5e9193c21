from __future__ import annotations

import models
import pytest
from lm_world import TEXTS, Built, chat, lm, values

from robustcore.endpoints.local.lm_continuous import TRIAL, Choice
from robustcore.endpoints.local.lm_rows import Row

CALLS = [chat(text) for text in TEXTS] + [chat(text, stop=["the", "o"]) for text in TEXTS]


def rows(count: int) -> list[Row]:
    return [Row(index=index, prompt=(1, 2), room=3) for index in range(count)]


def test_continuous_batches_give_the_answers_of_static_ones(built: Built) -> None:
    folder = built(models.causal_model)
    assert values(lm(folder, batching="continuous"), CALLS) == values(lm(folder, batching="static"), CALLS)


def test_what_continuous_batches_cannot_do_is_done_in_static_ones(built: Built) -> None:
    calls = [chat("a", temperature=1.0), chat("a", top_logprobs=2)]
    folder = built(models.causal_model)
    assert values(lm(folder, batching="continuous"), calls) == values(lm(folder, batching="static"), calls)
    folder = built(models.seq2seq_model)
    assert values(lm(folder, batching="continuous"), CALLS) == values(lm(folder, batching="static"), CALLS)


def test_static_batches_take_over_where_continuous_ones_fail(built: Built) -> None:
    folder = built(models.causal_model)
    model = lm(folder, batching="continuous")
    inner = model.loaded().model.model

    def broken(**_: object) -> None:
        raise ValueError("no paged attention")

    inner.continuous_batching_context_manager = broken
    with pytest.warns(RuntimeWarning, match="static batches go on: ValueError: no paged attention"):
        first = values(model, CALLS[:3])
    assert first == values(lm(folder), CALLS[:3])
    assert values(model, CALLS[:3]) == first  # no warning: it is not tried again


@pytest.mark.parametrize(("seconds", "faster"), [({"static": 2, "continuous": 1}, "continuous"), ({}, "static")])
def test_on_a_gpu_a_few_rows_of_each_kind_are_timed_and_the_rest_goes_to_the_faster(
    seconds: dict[str, int], faster: str
) -> None:
    now = [0.0]
    choice = Choice("auto", gpu=True, clock=lambda: now[0])
    sent: list[tuple[str, int]] = []
    for kind, part in choice.parts(rows(5 * TRIAL)):
        choice.begin()
        now[0] += seconds.get(kind, 1) * (1 if kind == "static" or seconds else 2)
        choice.end(kind, part)
        sent.append((kind, len(part)))
    assert sent == [("continuous", TRIAL), ("static", TRIAL), (faster, 3 * TRIAL)]
    assert [kind for kind, _ in choice.parts(rows(5))] == [faster]


def test_without_a_gpu_or_with_few_rows_batches_are_static_unless_told() -> None:
    assert Choice("auto", gpu=False).kind == "static"
    assert [kind for kind, _ in Choice("auto", gpu=True).parts(rows(TRIAL))] == ["static"]
    assert Choice("continuous", gpu=False).kind == "continuous"
