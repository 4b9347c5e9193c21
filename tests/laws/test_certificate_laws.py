"""No move inside the certified radius changes the exact top-k, and a step just beyond along the weak pair does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.load import load_dataset
from robustcore.corpus.records import Dataset
from robustcore.corpus.select import merge
from robustcore.endpoints.local.encoder import Encoder
from robustcore.stats import certificates as cert
from robustcore.systems.retrieval.base import text_of
from robustcore.systems.retrieval.certify import certificates, longest_norm, radii_of
from robustcore.systems.retrieval.dense import Dense
from robustcore.systems.retrieval.nearest import Flat

pytest.importorskip("sentence_transformers", reason="needs the extra 'local'")

K = 10
DIRECTIONS = 5


@st.composite
def indexes(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    width, size = draw(st.integers(2, 6)), draw(st.integers(2, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.standard_normal(width), rng.standard_normal((size, width)), draw(st.integers(1, size))


@settings(max_examples=120, deadline=None)
@given(indexes())
def test_early_exit_reads_less_and_finds_the_same_radius_and_pair(
    case: tuple[NDArray[np.float64], NDArray[np.float64], int],
) -> None:
    query, documents, k = case
    full = cert.topk_radius(query, documents, k)
    base = Flat(documents.astype(np.float32))
    rounded = cert.topk_radius(query.astype(np.float32), documents.astype(np.float32), k)
    (early,) = radii_of(base, query.astype(np.float32)[None, :], k, longest=longest_norm(base))
    assert math.isclose(early.value, rounded.value, rel_tol=1e-9, abs_tol=1e-9) or early.value == rounded.value
    assert early.weak == rounded.weak
    assert early.read <= len(documents)
    assert math.isinf(full.value) == (k >= len(documents))


@settings(max_examples=80, deadline=None)
@given(indexes(), st.integers(0, 2**32))
def test_the_radius_is_sound_and_tight(case: tuple[NDArray[np.float64], NDArray[np.float64], int], seed: int) -> None:
    query, documents, k = case
    found = cert.topk_radius(query, documents, k)
    if math.isinf(found.value):
        return
    holds(query, documents, k, found, np.random.default_rng(seed))
    assert cert.easy_bound(query, documents, k) <= found.value + 1e-12
    assert cert.order_radius(query, documents, k) <= found.value + 1e-12


def holds(query: NDArray[Any], documents: NDArray[Any], k: int, found: cert.Radius, rng: np.random.Generator) -> None:
    """Assert that random moves and the worst one keep the top-k inside the radius, and the worst breaks it beyond."""
    query, documents = query.astype(np.float64), documents.astype(np.float64)
    top = set(cert.ranked(query, documents)[:k].tolist())
    assert found.weak is not None
    worst = cert.worst_direction(documents[found.weak[0]], documents[found.weak[1]])
    moves = rng.standard_normal((DIRECTIONS, len(query)))
    for move in [*(moves / np.linalg.norm(moves, axis=1, keepdims=True)), worst]:
        moved = query + 0.999 * found.value * move
        assert set(cert.ranked(moved, documents)[:k].tolist()) == top
    beyond = query + (1.001 * found.value + 1e-9) * worst
    assert set(cert.ranked(beyond, documents)[:k].tolist()) != top


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


def law_on(data: Dataset, encoder: Encoder, questions: Sequence[str]) -> int:
    """Check the law for every question on the flat index of the real encoder; return how many were checked."""
    dense = Dense(data.corpus, encoder)
    base = dense.overlay.base
    documents = base.rows(np.arange(base.size)).astype(np.float64)
    vectors = dense.embed(questions)
    rng = np.random.default_rng(11)
    radii = radii_of(base, vectors, K, longest=longest_norm(base))
    for query, radius in zip(vectors, radii, strict=True):
        exact = cert.topk_radius(query.astype(np.float64), documents, K)
        assert math.isclose(radius.value, exact.value, rel_tol=1e-9)
        assert radius.weak == exact.weak
        if radius.value > 0:
            holds(query, documents, K, radius, rng)
    return len(radii)


def test_the_law_holds_for_every_question_of_the_fixtures(encoder: Encoder) -> None:
    data = merge([bundled_dataset(name) for name in ("encyclopedia", "handbook", "annual-reports")])
    assert law_on(data, encoder, [example.question for example in data.examples]) == len(data.examples)


def test_the_law_holds_for_squad_questions(encoder: Encoder, datasets: Path) -> None:
    data = load_dataset(datasets / "squad2" / "dev-even.json")
    assert law_on(data, encoder, [example.question for example in data.examples[::6]]) > 450


def test_observed_moves_inside_the_radius_never_change_an_exact_top_k(encoder: Encoder) -> None:
    data = bundled_dataset("handbook")
    questions = [example.question for example in data.examples[:60]]
    moved = [question.rstrip("?") + suffix for question in questions for suffix in ("", " ?", " please?")]
    payloads = [
        {"original": question, "question": other, "gold": list(data.examples[i].gold_doc_ids)}
        for i, question in enumerate(questions)
        for other in moved[3 * i : 3 * i + 3]
    ]
    found = certificates(Dense(data.corpus, encoder), payloads, k=K)
    assert not [one for one in found if one["certified"] and one["changed"]]
    assert 0 < sum(one["certified"] for one in found) < len(found)
    assert sum(one["gold_in"] for one in found) > len(found) / 2


def test_gold_stays_in_the_top_k_inside_its_radius(encoder: Encoder) -> None:
    data = bundled_dataset("handbook")
    dense = Dense(data.corpus, encoder)
    documents = encoder.encode([text_of(doc) for doc in data.corpus.docs.values()]).astype(np.float64)
    names, rng = list(data.corpus.docs), np.random.default_rng(5)
    checked = 0
    for example in [e for e in data.examples if len(e.gold_doc_ids) == 1][:40]:
        gold, query = names.index(example.gold_doc_ids[0]), encoder.encode([example.question])[0]
        radius = cert.gold_radius(query.astype(np.float64), documents, K, gold)
        payload = {"original": example.question, "question": example.question, "gold": list(example.gold_doc_ids)}
        (shown,) = certificates(dense, [payload], k=K)
        assert shown["gold_in"] == (radius is not None)
        if radius is None:
            continue
        checked += 1
        assert shown["gold_radius"] == pytest.approx(radius)
        for move in rng.standard_normal((DIRECTIONS, len(query))):
            order = cert.ranked(query + 0.999 * radius * move / np.linalg.norm(move), documents)
            assert gold in order[:K]
    assert checked > 20
