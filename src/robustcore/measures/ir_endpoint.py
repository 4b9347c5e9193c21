"""The endpoint that computes retrieval measures: one pass of ir_measures for a whole batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from robustcore.calls.types import Call, CallError, Packing, Reply, Response
from robustcore.errors import require
from robustcore.keys import canonical_json
from robustcore.measures.ir_names import EXTRA, PURPOSE

NAME = "ir_measures"
OP = "score"


class IrEndpoint:
    """Answers calls ``{"measure": "nDCG@10", "ranking": [ids, best first], "relevance": {id: grade}}`` with a number.

    Identical rankings share a query, so the batch costs one `ir_measures.iter_calc`. A measure that no installed
    provider computes is an ``infra_error`` for its calls alone.
    """

    live = False

    def __init__(self) -> None:
        self.packing = Packing(max_calls=20_000, by_length=False)

    @cached_property
    def fingerprint(self) -> str:
        """Return the version of ir_measures, read once and without importing it."""
        try:
            return f"ir_measures {version('ir_measures')}"
        except PackageNotFoundError:
            return "ir_measures, not installed"  # every call will say so

    def run(self, calls: Sequence[Call]) -> Iterator[tuple[int, Reply]]:
        """Yield the value of every call."""
        library = require("ir_measures", extra=EXTRA, purpose=PURPOSE)
        measures = {call.payload["measure"]: library.parse_measure(call.payload["measure"]) for call in calls}
        usable = {name: measure for name, measure in measures.items() if library.DefaultPipeline.supports(measure)}
        wanted: dict[tuple[str, Any], list[int]] = {}
        qrels: dict[str, dict[str, int]] = {}
        run: dict[str, dict[str, float]] = {}
        queries: dict[str, str] = {}
        for index, call in enumerate(calls):
            name, ranking, relevance = (call.payload[key] for key in ("measure", "ranking", "relevance"))
            if name not in usable:
                message = f"no installed provider of ir_measures computes {name}"
                yield index, CallError(kind="infra_error", message=message)
                continue
            query = queries.setdefault(canonical_json([ranking, relevance]), str(len(queries)))
            qrels[query] = relevance
            run[query] = {doc: float(len(ranking) - rank) for rank, doc in enumerate(ranking)}
            wanted.setdefault((query, usable[name]), []).append(index)
        for metric in library.iter_calc(list(set(usable.values())), qrels, run) if run else ():
            for index in wanted.get((metric.query_id, metric.measure), ()):
                yield index, Response(value=float(metric.value))
