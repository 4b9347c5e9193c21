"""An overlay gives what an index built anew would give, and embeds only what is new."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from robustcore.errors import InputError
from robustcore.systems.retrieval.nearest import FaissIndex, Flat, build_index
from robustcore.systems.retrieval.overlay import MANY, Delta, Overlay
from robustcore.systems.retrieval.vectors import VectorStore

faiss = pytest.importorskip("faiss", reason="needs the extra 'local'")
EMPTY = np.zeros(0, np.int64)


def rebuilt(vectors: NDArray[np.float32], delta: Delta, queries: NDArray[np.float32], k: int) -> list[list[int]]:
    """Return ids by an index of what is left, in the order a rebuild would have: the plain and slow way."""
    size = len(vectors)
    places = delta.places if delta.places is not None else size + np.arange(len(delta.added))
    rows = [(place, place, vectors[place]) for place in range(size) if place not in set(delta.hide.tolist())]
    rows += [(int(place), size + j, delta.added[j]) for j, place in enumerate(places)]
    rows.sort(key=lambda row: row[0])
    found = []
    for query in queries.astype(float):
        scored = [(-round(float(np.dot(query, row.astype(float))), 11), place, name) for place, name, row in rows]
        found.append([name for _, _, name in sorted(scored)[:k]])
    return found


numbers = st.integers(-2, 2)


@st.composite
def edits(draw: st.DrawFn) -> tuple[NDArray[np.float32], NDArray[np.float32], list[Delta], int]:
    width = draw(st.integers(1, 3))
    row = st.lists(numbers, min_size=width, max_size=width)
    vectors = np.array(draw(st.lists(row, min_size=1, max_size=60)), np.float32)
    queries = np.array(draw(st.lists(row, min_size=1, max_size=4)), np.float32)
    deltas = []
    for _ in range(draw(st.integers(1, 4))):
        edited = draw(st.lists(st.integers(0, len(vectors) - 1), unique=True, max_size=5))
        hidden = draw(st.lists(st.integers(0, len(vectors) - 1), unique=True, max_size=len(vectors)))
        fresh = draw(st.integers(0, 3))
        added = np.array(
            draw(st.lists(row, min_size=len(edited) + fresh, max_size=len(edited) + fresh)), np.float32
        ).reshape(-1, width)
        places = np.array([*edited, *range(len(vectors), len(vectors) + fresh)], np.int64)
        deltas.append(Delta(hide=np.array(sorted({*hidden, *edited}), np.int64), added=added, places=places))
    return vectors, queries, deltas, draw(st.integers(1, 12))


@settings(max_examples=150, deadline=None)
@given(edits())
def test_any_edits_of_a_flat_index_equal_a_rebuild_ties_included(
    case: tuple[NDArray[np.float32], NDArray[np.float32], list[Delta], int],
) -> None:
    vectors, queries, deltas, k = case
    for found, delta in zip(Overlay(Flat(vectors)).search(queries, deltas, k), deltas, strict=True):
        ids = [[one for one in row.tolist() if one >= 0] for row in found.ids]
        assert ids == rebuilt(vectors, delta, queries, k)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("hidden", [3, MANY + 500])
def test_a_large_index_equals_a_rebuild(dtype: type, hidden: int) -> None:
    rng = np.random.default_rng(7)
    vectors: NDArray[Any] = rng.standard_normal((4000, 16)).astype(dtype)
    queries = rng.standard_normal((5, 16)).astype(np.float32)
    hide = np.sort(rng.choice(4000, hidden, replace=False))
    added = rng.standard_normal((2, 16)).astype(np.float32)
    delta = Delta(hide=hide, added=added)
    (found,) = Overlay(Flat(vectors)).search(queries, [delta], 10)
    assert found.ids.tolist() == rebuilt(vectors.astype(np.float32), delta, queries, 10)


def test_many_equal_vectors_at_the_border_are_ordered_as_a_rebuild_orders_them() -> None:
    vectors = np.ones((500, 4), np.float32)
    delta = Delta(hide=np.arange(3), added=np.ones((1, 4), np.float32), places=np.array([1]))
    (found,) = Overlay(Flat(vectors)).search(np.ones((1, 4), np.float32), [delta], 5)
    assert found.ids.tolist() == [[500, 3, 4, 5, 6]]


def test_groups_of_queries_see_their_own_edits() -> None:
    vectors = np.eye(4, dtype=np.float32)
    none = np.zeros((0, 4), np.float32)
    hidden = Delta(hide=np.array([0]), added=none)
    nothing = Delta(hide=EMPTY, added=none)
    queries = np.array([[1, 0.5, 0, 0], [1, 0.5, 0, 0]], np.float32)
    first, second = Overlay(Flat(vectors)).search_each(queries, [([1], hidden), ([0], nothing)], 1)
    assert (first.ids.tolist(), second.ids.tolist()) == ([[1]], [[0]])


def test_approximate_indexes_say_so_and_a_users_own_index_is_taken_as_it_is() -> None:
    rng = np.random.default_rng(3)
    vectors: NDArray[Any] = rng.standard_normal((600, 8)).astype(np.float32)
    queries = vectors[:20]
    exact = Overlay(build_index("flat", vectors)).search(queries, [Delta(hide=EMPTY, added=vectors[:0])], 5)[0]
    for kind in ("hnsw", "ivf"):
        base = build_index(kind, vectors)
        assert not base.exact
        found = Overlay(base).search(queries, [Delta(hide=EMPTY, added=vectors[:0])], 5)[0]
        pairs = zip(found.ids.tolist(), exact.ids.tolist(), strict=True)
        recall = np.mean([len(set(a) & set(b)) / 5 for a, b in pairs])
        assert recall > 0.5
    own = faiss.IndexFlatL2(8)
    own.add(vectors)
    base = FaissIndex(own)
    assert base.exact
    (found,) = Overlay(base).search(queries, [Delta(hide=np.array([0]), added=vectors[:1])], 1)
    assert found.ids[:, 0].tolist() == [600, *range(1, 20)]
    quantised = faiss.IndexIVFPQ(faiss.IndexFlatL2(8), 8, 2, 2, 4)
    quantised.train(vectors)
    quantised.add(vectors)
    assert not FaissIndex(quantised).exact
    with pytest.raises(InputError, match="there is no index 'tree'"):
        build_index("tree", vectors)


class Counting:
    """An encoder that counts what it is asked to encode."""

    fingerprint: str | None = "counting/1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += list(texts)
        return np.array([[len(text), sum(map(ord, text)) % 97] for text in texts], np.float32)


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_a_second_run_embeds_only_what_changed(tmp_path: Path, precision: str) -> None:
    texts = [f"text {i}" for i in range(10)]
    first = Counting()
    rows = VectorStore(first, folder=tmp_path, precision=precision).vectors(texts)  # type: ignore[arg-type]
    again = Counting()
    store = VectorStore(again, folder=tmp_path, precision=precision)  # type: ignore[arg-type]
    changed = [*texts[:4], "another text", *texts[5:]]
    new = store.vectors(changed)
    assert (len(first.asked), again.asked) == (10, ["another text"])
    assert (new[[0, 3, 5, 9]] == rows[[0, 3, 5, 9]]).all()
    assert isinstance(store.vectors(texts), np.memmap)
    assert rows.dtype == (np.float16 if precision == "fp16" else np.float32)


def test_many_small_calls_leave_few_files_and_no_vector_is_lost_or_made_twice(tmp_path: Path) -> None:
    encoder = Counting()
    beside = VectorStore(encoder, folder=tmp_path)
    beside.vectors(["text 0", "text 1"])
    store = VectorStore(encoder, folder=tmp_path)
    for start in range(0, 600, 2):
        store.vectors([f"text {start}", f"text {start + 1}"])
    texts = [f"text {i}" for i in range(600)]
    assert len(encoder.asked) == 600
    assert len(list(tmp_path.iterdir())) < 100
    expected = Counting().encode(texts)
    for one in (store, beside, VectorStore(encoder, folder=tmp_path)):
        assert (one.vectors(texts) == expected).all()
    assert len(encoder.asked) == 600


def test_a_damaged_or_unfinished_segment_is_made_again(tmp_path: Path) -> None:
    VectorStore(Counting(), folder=tmp_path).vectors(["a", "b"])
    (array,) = tmp_path.glob("*.npy")
    array.write_bytes(array.read_bytes()[:20])
    again = Counting()
    assert VectorStore(again, folder=tmp_path).vectors(["a", "b"]).shape == (2, 2)
    assert again.asked == ["a", "b"]


def test_a_folder_that_takes_no_file_is_warned_of_and_the_vectors_are_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = VectorStore(Counting(), folder=tmp_path / "file")
    with pytest.warns(UserWarning, match="keeps nothing for the next run"):
        rows = store.vectors(["a", "b"])
    assert (rows == VectorStore(Counting()).vectors(["a", "b"])).all()


def test_nothing_is_written_unless_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    VectorStore(Counting()).vectors(["a"])
    nameless = Counting()
    nameless.fingerprint = None
    VectorStore(nameless, folder=tmp_path / "cache").vectors(["a"])
    assert list(tmp_path.iterdir()) == []
