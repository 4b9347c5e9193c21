"""Reports at the end of a run: the files that were asked for, and what a CI system reads by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pytest_robust.options import Options
from robustcore.errors import RobustError
from robustcore.report.annotations import annotation_lines
from robustcore.report.types import Report
from robustcore.report.writers import append_markdown, write


def publish(report: Report, options: Options, reporter: Any) -> None:
    """Write the reports and say where they are; say what cannot be written, too: no verdict depends on it."""
    for form, path in options.reports:
        _try(partial(write, report, form, path), path, reporter)
    if options.step_summary is not None:
        path = options.step_summary
        _try(partial(append_markdown, report, path), path, reporter, what="job summary")
    if options.annotate:
        reporter.ensure_newline()
        for annotation in annotation_lines(report):
            reporter._tw._file.write(f"{annotation}\n")  # a command fills its line: no width, no colour


def _try(work: Callable[[], None], path: Path, reporter: Any, what: str = "report") -> None:
    try:
        work()
    except (OSError, RobustError) as error:
        reporter.write_line(f"the {what} could not be written to {path}: {error}", red=True)
    else:
        reporter.write_line(f"{what}: {path}")
