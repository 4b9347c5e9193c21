"""Retrievers by name, as ``system: {use: dense, options: {...}}`` has them, with their options checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from robustcore.corpus.records import Dataset
from robustcore.endpoints.local.cross_encoder import CrossEncoderEndpoint
from robustcore.endpoints.local.encoder import Encoder
from robustcore.endpoints.local.weights import PACKAGED
from robustcore.errors import InputError, Problem, suggest
from robustcore.systems.retrieval.base import Retriever
from robustcore.systems.retrieval.dense import Dense
from robustcore.systems.retrieval.hybrid import Hybrid
from robustcore.systems.retrieval.lexical import Bm25
from robustcore.systems.retrieval.rerank import CrossEncoder, MaxSim, Reranked
from robustcore.systems.retrieval.system import CERTIFIED, DEPTH, RetrieverSystem
from robustcore.systems.retrieval.vectors import DTYPES

RETRIEVERS: Final = ("dense", "bm25", "hybrid", "reranked")
MAXSIM: Final = "maxsim"
_COMMON: Final[Mapping[str, Any]] = {"depth": DEPTH, "k": CERTIFIED}
_OF_DENSE: Final[Mapping[str, Any]] = {"encoder": PACKAGED, "index": "flat", "precision": "fp32"}
OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "dense": {**_COMMON, **_OF_DENSE},
    "bm25": _COMMON,
    "hybrid": {**_COMMON, **_OF_DENSE, "fused": 100, "rrf": 60.0},
    "reranked": {**_COMMON, **_OF_DENSE, "first": "hybrid", "reranker": MAXSIM, "candidates": 30},
}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "index": ("flat", "hnsw", "ivf"),
    "precision": tuple(DTYPES),
    "first": ("dense", "bm25", "hybrid"),
}


def build(
    name: str, dataset: Dataset, options: Mapping[str, Any] | None = None, *, cache: Path | None = None
) -> RetrieverSystem:
    """Return the retriever called ``name`` over ``dataset.corpus`` as a system; nothing is loaded or indexed yet.

    ``cache`` is a folder that keeps embeddings between sessions. Raises `InputError` with every problem of the options.
    """
    full = read_options(name, options or {})
    return RetrieverSystem(retriever(name, dataset, full, cache=cache), dataset, depth=full["depth"], k=full["k"])


def retriever(
    name: str,
    dataset: Dataset,
    full: Mapping[str, Any],
    *,
    cache: Path | None = None,
    encoder_of: Callable[[str], Encoder] = Encoder,
) -> Retriever:
    """Return the retriever itself, for options as `read_options` returns them."""
    if name == "bm25":
        return Bm25(dataset.corpus)
    encoder = encoder_of(full["encoder"])
    dense = Dense(
        dataset.corpus,
        encoder,
        index=full["index"],
        cache=cache,
        precision=full["precision"],
        threads=encoder.threads,
        name=_named(full),
    )
    if name == "dense":
        return dense
    hybrid = Hybrid(members=(dense, Bm25(dataset.corpus)), depth=int(full.get("fused", 100)), rrf=full.get("rrf", 60.0))
    if name == "hybrid":
        return hybrid
    first: dict[str, Retriever] = {"dense": dense, "bm25": Bm25(dataset.corpus), "hybrid": hybrid}
    by = MaxSim(encoder=encoder) if full["reranker"] == MAXSIM else _cross(full["reranker"])
    return Reranked(first=first[full["first"]], by=by, docs=dataset.corpus.docs, depth=full["candidates"])


def read_options(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the full options of the retriever ``name``; raise `InputError` with every problem of those given."""
    if name not in OPTIONS:
        raise InputError(Problem(what=f"unknown retriever {name!r}", choices=RETRIEVERS, fix=suggest(name, RETRIEVERS)))
    defaults = OPTIONS[name]
    problems = []
    for key, value in given.items():
        if key not in defaults:
            what = f"{name} has no option {key!r}"
            problems.append(Problem(what=what, choices=tuple(defaults), fix=suggest(key, defaults)))
        elif wrong := _wrong(key, value, defaults[key]):
            choices = _CHOICES.get(key, ())
            problems.append(Problem(what=f"{name}: {key} {wrong}", choices=choices, fix=suggest(str(value), choices)))
    if problems:
        raise InputError(problems)
    return {**defaults, **given}


def _wrong(key: str, value: Any, default: Any) -> str:
    if isinstance(default, str):
        if not isinstance(value, str) or (key in _CHOICES and value not in _CHOICES[key]):
            return f"cannot be {value!r}"
    elif isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        return f"must be a number above 0, not {value!r}"
    elif isinstance(default, int) and value != int(value):
        return f"must be a whole number, not {value!r}"
    return ""


def _named(full: Mapping[str, Any]) -> str:
    """Return ``dense``, with what is not the default: an approximate index is never taken for an exact one."""
    changed = [str(full[key]) for key in ("encoder", "index", "precision") if full[key] != _OF_DENSE[key]]
    label = [*changed, *(["approximate"] if full["index"] != "flat" else [])]
    return f"dense ({', '.join(label)})" if label else "dense"


def _cross(name: str) -> CrossEncoder:
    return CrossEncoder(endpoint=CrossEncoderEndpoint(name))
