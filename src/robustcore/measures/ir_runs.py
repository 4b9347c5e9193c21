"""Retrieval measures of whole runs, query by query, through ir_measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from robustcore.errors import InputError, Problem, require
from robustcore.measures.ir_names import EXAMPLES, EXTRA, PURPOSE


def score_run(
    names: Sequence[str], qrels: Mapping[str, Mapping[str, int]], run: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    """Return measure → query → value for rankings of document ids, best first.

    Queries without a relevant judged document are left out (``no_relevant_judged``); a query without a ranking has 0.
    Raises `InputError` for a measure that nothing installed computes.
    """
    library = require("ir_measures", extra=EXTRA, purpose=PURPOSE)
    measures = {name: _parsed(library, name) for name in names}
    judged = {query: dict(grades) for query, grades in qrels.items() if any(grade > 0 for grade in grades.values())}
    found: dict[str, dict[str, float]] = {name: dict.fromkeys(judged, 0.0) for name in names}
    scores = {
        query: {doc: float(len(run[query]) - rank) for rank, doc in enumerate(run[query])}
        for query in judged
        if run.get(query)
    }
    by_measure = {measure: name for name, measure in measures.items()}
    answered = {query: judged[query] for query in scores}
    for metric in library.iter_calc(list(by_measure), answered, scores) if scores else ():
        found[by_measure[metric.measure]][metric.query_id] = float(metric.value)
    return found


def _parsed(library: object, name: str) -> object:
    try:
        measure = library.parse_measure(name)  # type: ignore[attr-defined]  # the module ir_measures
    except (ValueError, NameError, SyntaxError) as error:
        raise InputError(Problem(what=f"unknown retrieval measure {name!r}", choices=EXAMPLES)) from error
    if not library.DefaultPipeline.supports(measure):  # type: ignore[attr-defined]
        raise InputError(Problem(what=f"no installed provider of ir_measures computes {name}", choices=EXAMPLES))
    return measure
