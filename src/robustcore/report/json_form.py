"""Report ⇄ JSON values: a round trip is exact but for infinite limits, which become none.

A newer or foreign file is refused in words.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from robustcore.errors import InputError, Location, Problem
from robustcore.report.types import COUNTED, SCHEMA, VERSION, Report
from robustcore.report.unrun import gate_counts

_FIX: Final = "write one with: pytest --robust --robust-report out.json"
_TEXTS: Final = ("perturbed", "clean_answer", "answer")
_MOST: Final = 5  # problems of one file


def to_json(report: Report) -> dict[str, Any]:
    """Return the report as JSON values, with schema name, version, and how many gates have which status, first."""
    return {"schema": SCHEMA, "version": VERSION, "gates": gate_counts(report), **plain(report)}


def from_json(data: Any, where: Location | None = None) -> Report:
    """Return the report that `to_json` wrote, read from the file ``where``.

    Raises `InputError` for another schema or version, and with one problem per value that is not what a report holds.
    """
    found = (data.get("schema"), data.get("version")) if isinstance(data, Mapping) else (None, None)
    if found != (SCHEMA, VERSION):
        what = f"not a report of version {VERSION}: schema and version are {found}"
        raise InputError(Problem(what=what, where=where, fix=_FIX))
    body = {key: value for key, value in data.items() if key not in ("schema", "version", "gates")}
    try:
        report = _reader().validate_python(body)
    except ValidationError as error:
        raise InputError([_problem(fault, where) for fault in error.errors()[:_MOST]]) from None
    if holes := list(islice(_holes(report), _MOST)):
        raise InputError([Problem(what=f"this is no report: {hole}", where=where, fix=_FIX) for hole in holes])
    return report


def _holes(report: Report) -> Iterator[str]:
    """Yield what is lacking: a counter of calls; of a case a value of each measure, and its texts or none."""
    if lost := [name for name in COUNTED if name not in report.calls]:
        yield f"calls lack {', '.join(lost)}"
    for scenario in report.scenarios:
        for case in scenario.cases:
            lacking = [name for name in scenario.measures if name not in case.scores or name not in case.clean]
            lacking += [name for name in _TEXTS if case.texts and name not in case.texts]
            if lacking:
                yield f"{scenario.name}: case {case.id} lacks {', '.join(lacking)}"


@cache
def _reader() -> TypeAdapter[Report]:
    return TypeAdapter(Report)


def _problem(fault: Any, where: Location | None) -> Problem:
    place = ".".join(str(part) for part in fault["loc"])
    return Problem(what=f"this is no report: {place}: {fault['msg']}", where=where, fix=_FIX)


def plain(value: Any) -> Any:
    """Return a value of the report as JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and math.isinf(value):
        return None  # JSON has no infinity: a limit that excludes nothing is no limit
    return value
