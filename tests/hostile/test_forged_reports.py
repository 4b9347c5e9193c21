"""A report or baseline with one value changed: refused in words, or shown in every format and compared."""

from __future__ import annotations

import contextlib
import copy
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_world import small_report, told_report
from rich.console import Console

from robustcore.errors import InputError
from robustcore.keys import read_finite_json
from robustcore.report.baseline import dump_baseline, read_snapshot, snapshot_of
from robustcore.report.compare import compare
from robustcore.report.json_form import from_json, to_json
from robustcore.report.terminal import render
from robustcore.report.writers import writer_registry

INFINITE = "1e999"  # a number of JSON that is infinite when read
ODD: tuple[Any, ...] = (None, "x", "", -1, 0, 1e308, True, [], {}, [[]], {"x": None}, "\x1b[31m", INFINITE)
FORMS = ("json", "markdown", "html", "sarif", "gitlab", "github")


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside of ``value``; of a list, those of its first two items."""
    items = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, part in items:
        yield (*path, key)
        yield from places(part, (*path, key))


def changed(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """Return ``value`` with ``odd`` at ``path``; with nothing there where ``odd`` is `Ellipsis`."""
    made = copy.deepcopy(value)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    if odd is Ellipsis:
        del holder[path[-1]]
    else:
        holder[path[-1]] = odd
    return made


def text(value: Any) -> str:
    """Return ``value`` as JSON."""
    return json.dumps(value).replace(f'"{INFINITE}"', INFINITE)


REPORTS = [to_json(small_report()), to_json(told_report())]
BASELINE = json.loads(dump_baseline(snapshot_of(small_report())))
CHANGES = [(which, path) for which, made in enumerate(REPORTS) for path in places(made)]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(change=st.sampled_from(CHANGES), odd=st.sampled_from((*ODD, ...)))
def test_a_report_with_one_value_changed(change: tuple[int, tuple[Any, ...]], odd: Any) -> None:
    which, path = change
    with contextlib.suppress(InputError, ValueError if odd == INFINITE else InputError):
        report = from_json(read_finite_json(text(changed(REPORTS[which], path, odd))))
        for form in FORMS:
            writer_registry().get(form)(report)
        render(report, Console(file=io.StringIO(), width=80))
        compare(snapshot_of(report), snapshot_of(small_report()), source="a")


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from([*places(BASELINE)]), odd=st.sampled_from((*ODD, ...)))
def test_a_baseline_with_one_value_changed(path: tuple[Any, ...], odd: Any, tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(text(changed(BASELINE, path, odd)), encoding="utf-8")
    with contextlib.suppress(InputError):
        compare(read_snapshot(file), snapshot_of(small_report()), source="a")


def test_what_is_not_changed_is_read() -> None:
    for made in REPORTS:
        assert to_json(from_json(read_finite_json(text(made)))) == made
