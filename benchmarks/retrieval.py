"""(r) Retrieval at the size of a real index: overlays and rebuilds, certificates and all pairs, the style index."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import print_table, verdict
from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.select import merge
from robustcore.endpoints.local.encoder import Encoder
from robustcore.stats.certificates import topk_radius
from robustcore.stats.style import margins, neighbour_counts
from robustcore.systems.retrieval.certify import longest_norm, radii_of
from robustcore.systems.retrieval.nearest import Flat
from robustcore.systems.retrieval.overlay import Delta, Overlay
from robustcore.systems.retrieval.styles import K, style_texts

SIZE, WIDTH = 1_000_000, 384
SCENARIOS, EDITS, QUERIES, TOP = 200, 10, 100, 10
REBUILDS = 5
CERTIFIED, PAIRED = 1000, 10
AT_LEAST_FASTER, MOST_MEMORY, LEAST_ENCODING = 100, 1.3, 0.8


def run(folder: Path, repeats: int) -> None:
    """Measure and print everything once, whatever ``repeats``: the overlay and the rebuilds run in turn."""
    del folder, repeats
    size = int(os.environ.get("ROBUST_BENCH_VECTORS", SIZE))
    rng = np.random.default_rng(20250607)
    before = _peak()
    vectors = _unit(rng, size)
    queries, deltas = _unit(rng, QUERIES), [_delta(rng, size) for _ in range(SCENARIOS)]
    overlay, peak, faster, same = _overlays(vectors, queries, deltas, before)
    more = peak / vectors.nbytes
    rows = [
        ["overlay", f"{SCENARIOS} scenarios", f"{overlay:.2f} s", f"{overlay / SCENARIOS * 1e3:.1f} ms each", ""],
        [
            "rebuild and search / overlay",
            f"{REBUILDS} timed",
            f"{faster:.0f}x",
            "",
            verdict(faster, at_least=AT_LEAST_FASTER),
        ],
        ["same documents and scores", f"{REBUILDS} x {QUERIES} queries", str(same), "", "met" if same else "MISSED"],
        [
            "memory beside an empty process",
            f"{vectors.nbytes / 1e9:.2f} GB of vectors",
            f"{more:.2f}x",
            "",
            verdict(more, at_most=MOST_MEMORY),
        ],
        *_certificates(rng, vectors),
        *_style(),
    ]
    print_table(
        f"(r) {size:,} x {WIDTH} vectors, {QUERIES} queries, {EDITS} edits a scenario",
        ["", "of", "", "", "target"],
        rows,
    )


def _overlays(
    vectors: NDArray[np.float32], queries: NDArray[np.float32], deltas: list[Delta], before: float
) -> tuple[float, float, float, bool]:
    """Return seconds of the overlay, peak bytes it took, how many times longer rebuilds take, and whether all agree."""
    index = Overlay(Flat(vectors))
    began = time.perf_counter()
    found = index.search(queries, deltas, TOP)
    overlay = time.perf_counter() - began
    peak = _peak() - before
    same, spent = True, 0.0
    for number in range(REBUILDS):
        began = time.perf_counter()
        anew, names = _rebuilt(vectors, deltas[number])
        (whole,) = Overlay(Flat(anew)).search(queries, [Delta(hide=np.zeros(0, np.int64), added=anew[:0])], TOP)
        spent += time.perf_counter() - began
        same &= bool((names[whole.ids] == found[number].ids).all() and (whole.scores == found[number].scores).all())
        del anew
    return overlay, peak, spent / REBUILDS * SCENARIOS / overlay, same


def _rebuilt(vectors: NDArray[np.float32], delta: Delta) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return what is left and what was added as one table, and the overlay's name of each of its rows."""
    kept = np.ones(len(vectors), bool)
    kept[delta.hide] = False
    names = np.concatenate([np.flatnonzero(kept), len(vectors) + np.arange(len(delta.added))])
    return np.concatenate([vectors[kept], delta.added]), names


def _certificates(rng: np.random.Generator, vectors: NDArray[np.float32]) -> list[list[str]]:
    base = Flat(vectors)
    queries = _unit(rng, CERTIFIED)
    longest = longest_norm(base)
    began = time.perf_counter()
    radii = radii_of(base, queries, TOP, longest=longest)
    taken = time.perf_counter() - began
    read = float(np.mean([one.read for one in radii]))
    part = vectors[:20_000]
    small = Flat(part)
    began = time.perf_counter()
    early = radii_of(small, queries[:PAIRED], TOP, longest=longest)
    quick = time.perf_counter() - began
    began = time.perf_counter()
    full = [topk_radius(query, part, TOP) for query in queries[:PAIRED]]
    slow = time.perf_counter() - began
    same = all(abs(a.value - b.value) < 1e-6 and a.weak == b.weak for a, b in zip(early, full, strict=True))
    return [
        [
            f"certificates, k = {TOP}",
            f"{CERTIFIED} queries",
            f"{taken:.2f} s",
            f"{read:.0f} documents read a query",
            "",
        ],
        [
            "all pairs / early exit",
            f"{PAIRED} queries on {len(part):,}",
            f"{slow / quick:.0f}x",
            "same radii and pairs",
            "met" if same else "MISSED",
        ],
    ]


def _style() -> list[list[str]]:
    names = ("encyclopedia", "handbook", "annual-reports")
    texts = style_texts(merge([bundled_dataset(name) for name in names]).examples)
    encoder = Encoder()
    encoder.encode(["the model is loaded before anything is timed"])
    began = time.perf_counter()
    vectors = encoder.encode(texts.texts)
    encoding = time.perf_counter() - began
    began = time.perf_counter()
    grid = texts.grid(vectors)
    neighbour_counts(grid, K)
    margins(grid)
    index = time.perf_counter() - began
    share = encoding / (encoding + index)
    size = f"{len(texts.rows)} meanings x {len(texts.styles)} styles"
    return [
        [
            "style index: share of encoding",
            size,
            f"{share:.1%}",
            f"{encoding + index:.2f} s",
            verdict(share, at_least=LEAST_ENCODING),
        ]
    ]


def _unit(rng: np.random.Generator, rows: int) -> NDArray[np.float32]:
    """Return random unit vectors, made in place: no second table is ever there."""
    table = rng.standard_normal((rows, WIDTH), dtype=np.float32)
    for start in range(0, rows, 20_000):
        part = table[start : start + 20_000]
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return table


def _delta(rng: np.random.Generator, size: int) -> Delta:
    """Return an edit of a scenario: half of its documents withdrawn, half of them put in."""
    hide = np.sort(rng.choice(size, EDITS // 2, replace=False))
    return Delta(hide=hide, added=_unit(rng, EDITS - EDITS // 2))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
