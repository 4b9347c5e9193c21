"""Writers: formats of the report by name, and how a file of one comes to be."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from robustcore.errors import InputError, Problem, suggest
from robustcore.files import write_text
from robustcore.registry import Registry
from robustcore.report.json_form import to_json
from robustcore.report.types import Report

Writer: TypeAlias = Callable[[Report], str]

_SHIPPED: Final[Mapping[str, str]] = {
    "json": "robustcore.report.writers:json_text",
    "markdown": "robustcore.report.markdown:to_markdown",
    "html": "robustcore.report.html:to_html",
    "sarif": "robustcore.report.sarif:to_sarif",
    "github": "robustcore.report.annotations:to_annotations",
    "gitlab": "robustcore.report.gitlab:to_gitlab",
}
_SUFFIXES: Final[Mapping[str, str]] = {
    ".json": "json", ".md": "markdown", ".html": "html", ".htm": "html", ".sarif": "sarif",
}  # fmt: skip


def writer_registry() -> Registry[Writer]:
    """Return a fresh registry of formats: the shipped ones and the ``robust.reports`` entry points.

    A writer is a function of a `Report` that returns the text of the file.
    """
    registry: Registry[Writer] = Registry("report format", group="robust.reports")
    for name, target in _SHIPPED.items():
        registry.add_lazy(name, target)
    return registry


def read_target(text: str) -> tuple[str, str]:
    """Return format and path of ``FORMAT=PATH``, or of a path whose suffix says the format (``.json`` if none does).

    Raises `InputError` for a format that nobody writes, or without a path.
    """
    known = writer_registry()
    name, colon, path = text.partition(":")
    if colon and name in known:
        raise InputError(Problem(what=f"{text!r} has a colon behind the format", fix=f"{name}={path or 'PATH'}"))
    name, equals, path = text.partition("=")
    if not equals or "/" in name or "." in name:  # a path may have an equals sign in it
        return _SUFFIXES.get(Path(text).suffix.lower(), "json"), text
    if name not in known:
        what = f"{text!r}: no report format is called {name!r}"
        raise InputError(Problem(what=what, choices=tuple(known.names()), fix=suggest(name, known.names())))
    if not path:
        raise InputError(Problem(what=f"{text!r} names no file", fix=f"{name}=PATH"))
    return name, path


def write(report: Report, form: str, path: Path) -> None:
    """Write ``report`` to ``path``, whole or not at all.

    Raises `UnknownNameError` for a format nobody writes, `OSError` if the file cannot be written.
    """
    write_text(path, writer_registry().get(form)(report))


def append_markdown(report: Report, path: Path) -> None:
    """Append the report as Markdown to ``path``, as CI systems want their job summaries; raise `OSError`."""
    from robustcore.report.markdown import to_markdown

    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(to_markdown(report) + "\n")


def json_text(report: Report) -> str:
    """Return the report as JSON text; `json_form` is its shape."""
    return json.dumps(to_json(report), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
