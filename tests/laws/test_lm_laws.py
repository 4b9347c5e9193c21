"""Batches change nothing: in fp32 every call is answered as it would be alone, token for token."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import models
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lm_world import PASSAGE, Built, alone, chat, likelihood, lm, values

from robustcore.endpoints.local.lm_rows import Row, in_order, share_prefixes

KINDS = pytest.mark.parametrize(
    "build", [models.causal_model, models.sliding_model, models.seq2seq_model], ids=lambda build: build.__name__
)
LAW = settings(max_examples=12, deadline=None)
TEXTS = st.builds(
    lambda head, words, tail: PASSAGE * head + " ".join(words) + tail,
    st.integers(0, 2),
    st.lists(st.sampled_from(models.WORDS.split()), max_size=20),
    st.text(max_size=8),
)
SETTINGS = st.sampled_from(
    [
        {"max_tokens": 8},
        {"max_tokens": 12, "top_logprobs": 0},
        {"max_tokens": 8, "temperature": 1.0, "seed": 7},
        {"max_tokens": 8, "temperature": 0.5, "top_p": 0.7},
        {"max_tokens": 12, "stop": ["e", "a"]},
    ]
)
TOKENS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12).map(tuple), min_size=1, max_size=12)


@KINDS
@LAW
@given(texts=st.lists(TEXTS, min_size=2, max_size=9, unique=True), how=SETTINGS)
def test_batched_equals_one_by_one_token_for_token(
    build: Any, texts: list[str], how: dict[str, Any], built: Built
) -> None:
    model = lm(built(build))
    calls = [chat(text, **how) for text in texts]
    for together, single in zip(values(model, calls), alone(model, calls), strict=True):
        for one, other in zip(together.pop("logprobs") or [], single.pop("logprobs") or [], strict=True):
            assert one[0] == other[0]
            assert one[1] == pytest.approx(other[1], abs=1e-4)
        assert together == single


@KINDS
@LAW
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=4, unique=True),
    ends=st.lists(TEXTS.filter(bool), min_size=1, max_size=3),
)
def test_batched_likelihoods_equal_those_one_by_one(
    build: Any, texts: list[str], ends: list[str], built: Built
) -> None:
    model = lm(built(build))
    calls = [likelihood(text, end) for text in texts for end in ends]
    for one, other in zip(values(model, calls), alone(model, calls), strict=True):
        assert one["logprob"] == pytest.approx(other["logprob"], abs=1e-4, rel=2e-6)
        assert one["tokens"] == other["tokens"]


@given(prompts=TOKENS, least=st.integers(1, 4))
def test_shared_beginnings_are_common_long_enough_and_never_all_of_a_prompt(
    prompts: list[tuple[int, ...]], least: int
) -> None:
    shared = share_prefixes(prompts, least=least)
    heads = [prompt[:count] for prompt, count in zip(prompts, shared, strict=True)]
    for prompt, head in zip(prompts, heads, strict=True):
        assert len(head) < len(prompt)
        assert not head or (len(head) >= least and heads.count(head) > 1)


@given(prompts=TOKENS)
def test_the_order_of_rows_loses_none_and_keeps_shared_beginnings_together(prompts: list[tuple[int, ...]]) -> None:
    shared = share_prefixes(prompts, least=1)
    rows = [Row(index=i, prompt=p, room=1, shared=s) for i, (p, s) in enumerate(zip(prompts, shared, strict=True))]
    ordered = in_order(rows)
    assert sorted(row.index for row in ordered) == list(range(len(prompts)))
    heads = [row.prompt[: row.shared] for row in ordered]
    changes = sum(one != other for one, other in pairwise(heads))
    assert changes == len(set(heads)) - 1
