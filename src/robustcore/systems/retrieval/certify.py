"""Certificates of a dense retriever: the radius of each query on its index, and what a perturbed query really does."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustcore.calls.types import Json
from robustcore.perturb.edit import CorpusEdit
from robustcore.stats.certificates import Radius, early_radius, gold_radius
from robustcore.systems.retrieval.dense import Dense
from robustcore.systems.retrieval.nearest import Floats, Ids, Nearest
from robustcore.systems.retrieval.overlay import best, dots

FIRST = 48  # documents behind the top-k that are read first; four times as many each time that is not enough
ROUNDING = 1e-5  # of a displacement or a radius in single precision: closer to the edge nothing is claimed
NO_EDIT = CorpusEdit()


def certificates(dense: Dense, payloads: Sequence[Json], *, k: int) -> list[Json]:
    """Return a certificate for each ``{question, original, gold}``, as JSON.

    ``radius`` is that of the original query (None: infinite), ``size`` its length, ``weak`` the two documents that give
    way first, ``gold_radius`` how far it may move with gold in the top-k (None: gold is not in it, or infinite, see
    ``gold_in``), ``displacement`` how far the perturbed query stands from it, ``certified`` whether that is inside,
    ``changed`` whether the retriever's own top-k is another set, ``exact`` whether the index overlooks nothing,
    ``read`` how many documents were looked at.
    """
    originals = list(dict.fromkeys(payload["original"] for payload in payloads))
    texts = list(dict.fromkeys([*originals, *(payload["question"] for payload in payloads)]))
    vectors = dict(zip(texts, dense.embed(texts), strict=True)) if texts else {}
    tops = dict(zip(texts, dense.search(texts, [NO_EDIT] * len(texts), k), strict=True))
    base = dense.overlay.base
    size = longest_norm(base)
    radii = dict(
        zip(originals, radii_of(base, np.stack([vectors[t] for t in originals]), k, longest=size), strict=True)
    )
    names = tuple(dense.corpus.docs)
    found = []
    for payload in payloads:
        original, question = payload["original"], payload["question"]
        radius, query = radii[original], vectors[original]
        moved = float(np.linalg.norm(vectors[question].astype(np.float64) - query.astype(np.float64)))
        gold = _gold(base, query, k, payload["gold"], names, tops[original].ids)
        found.append(
            {
                "radius": _finite(radius.value),
                "size": float(np.linalg.norm(query)),
                "weak": None if radius.weak is None else [names[place] for place in radius.weak],
                "gold_in": gold is not None,
                "gold_radius": None if gold is None else _finite(gold),
                "displacement": moved,
                "certified": moved < radius.value - ROUNDING,
                "changed": set(tops[original].ids) != set(tops[question].ids),
                "exact": dense.exact,
                "read": radius.read,
            }
        )
    return found


def radii_of(base: Nearest, queries: Floats, k: int, *, longest: float) -> list[Radius]:
    """Return the radius of each query (q, d), reading the index in ranked order no further than it has to."""
    depth = min(base.size, k + FIRST)
    ids = base.search(queries, depth)
    return [
        early_radius(query.astype(np.float64), _blocks(base, query, own, k), k, longest=longest)
        for query, own in zip(queries, ids, strict=True)
    ]


def longest_norm(base: Nearest) -> float:
    """Return the greatest length of an indexed vector."""
    step = 1 << 16
    parts = (base.rows(np.arange(start, min(base.size, start + step))) for start in range(0, base.size, step))
    return max((float(np.linalg.norm(part, axis=1).max()) for part in parts), default=1.0)


def _blocks(base: Nearest, query: Floats, first: Ids, k: int) -> Iterator[tuple[Ids, NDArray[Any]]]:
    """Yield positions and vectors by falling score: small blocks of what is there, then deeper searches."""
    done, ids = 0, first
    while True:
        order, rows = _ordered(base, query, ids)
        for start, stop in _steps(done, len(order), k):
            yield order[start:stop], rows[start:stop]
        done = len(order)
        if done >= base.size or (ids < 0).any():
            return
        ids = base.search(query[None, :], min(base.size, 4 * len(ids)))[0]


def _steps(start: int, end: int, k: int) -> Iterator[tuple[int, int]]:
    step = max(8, k + 1)
    while start < end:
        stop = min(end, start + step)
        yield start, stop
        start, step = stop, 2 * step


def _ordered(base: Nearest, query: Floats, ids: Ids) -> tuple[Ids, NDArray[Any]]:
    there = ids[ids >= 0]
    rows = base.rows(there)
    found = best(there[None, :], there[None, :], dots(query[None, :], rows[None, :]), len(there))
    place = {int(one): row for row, one in enumerate(there)}
    return found.ids[0], rows[[place[int(one)] for one in found.ids[0]]].astype(np.float64)


def _gold(
    base: Nearest, query: Floats, k: int, gold: Sequence[str], names: Sequence[str], top: Sequence[str]
) -> float | None:
    """Return the largest membership radius of any gold document, None if none is in the top-k.

    Over the documents an exact index gives at a depth at which no other can matter.
    """
    inside = [doc_id for doc_id in gold if doc_id in top]
    if not inside:
        return None
    depth, longest = min(base.size, k + FIRST), None
    while True:
        order, rows = _ordered(base, query, base.search(query[None, :], depth)[0])
        vectors, wide = rows, query.astype(np.float64)
        radii = []
        for doc_id in inside:
            place = next((row for row, one in enumerate(order) if names[int(one)] == doc_id), None)
            found = None if place is None else gold_radius(wide, vectors, k, place)
            if found is not None:
                radii.append((found, float(vectors[place] @ wide)))
        if not radii:
            return None
        longest = longest or longest_norm(base)
        reach = float(vectors[-1] @ wide)
        if depth >= base.size or all((score - reach) / (2 * longest) >= value for value, score in radii):
            return math.inf if k >= base.size else max(value for value, _ in radii)
        depth = min(base.size, 4 * depth)


def _finite(value: float) -> float | None:
    return None if math.isinf(value) else value
