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


def publish(report: Report, options: Options, reporter: Any) -> bool:
    """Write the reports and say where they are, or why not; return whether all are there that were asked for.

    No verdict depends on it. The summary of a CI job and its annotations are extras that nobody asked for by name.
    """
    wrote = [_wrote(partial(write, report, form, path), path, reporter) for form, path in options.reports]
    if options.step_summary is not None:
        path = options.step_summary
        _wrote(partial(append_markdown, report, path), path, reporter, what="job summary")
    if options.annotate:
        reporter.ensure_newline()
        for annotation in annotation_lines(report):
            reporter._tw._file.write(f"{annotation}\n")  # a command fills its line: no width, no colour
    return all(wrote)


def _wrote(work: Callable[[], None], path: Path, reporter: Any, what: str = "report") -> bool:
    try:
        work()
    except (OSError, RobustError) as error:
        reporter.write_line(f"the {what} could not be written to {path}: {error}", red=True)
        return False
    reporter.write_line(f"{what}: {path}")
    return True
