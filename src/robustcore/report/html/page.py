"""The page: its sections, its style and its scripts in one file, allowed to run by their hashes alone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from robustcore.report.html.cases import browser_values
from robustcore.report.html.curves import charts
from robustcore.report.html.findings import told
from robustcore.report.html.heat import heat_maps
from robustcore.report.html.overview import overview
from robustcore.report.html.suites import suite_tables
from robustcore.report.html.tables import condition_tables
from robustcore.report.inert import inert, script
from robustcore.report.types import Report
from robustcore.report.unrun import unrun_lines
from robustcore.report.verdict import headline, overall

if TYPE_CHECKING:
    from jinja2 import Environment

HERE: Final = Path(__file__).parent
SCRIPTS: Final = ("diff", "values", "list", "detail", "main")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page: its anchor, its title, its body as markup; one file in ``sections/``, one function here."""

    id: str
    title: str
    body: str


SECTIONS: Final = (
    ("gates", "Gates", "overview.html", overview),
    ("findings", "Beyond the means", "findings.html", told),
    ("curves", "Degradation with severity", "curves.html", charts),
    ("heat", "Where it hurts", "heat.html", heat_maps),
    ("suites", "Aggregates of methods", "suites.html", suite_tables),
    ("conditions", "Every perturbation", "conditions.html", condition_tables),
)


def to_html(report: Report) -> str:
    """Return the report as an HTML document; the texts of cases stand in it as JSON."""
    templates = _environment()
    style = (HERE / "style.css").read_text(encoding="utf-8")
    code = _code()
    values = browser_values(report)
    page: str = templates.get_template("page.html").render(
        report=report,
        headline=headline(report),
        status=overall(report),
        unrun=list(unrun_lines(report)),
        sections=list(_sections(report, templates)),
        policy=_policy(style, code),
        style=style,
        code=code,
        cases=len(values["cases"]),
        left_out=values["leftOut"],
        values=script(values),
    )
    return page


def _sections(report: Report, templates: Environment) -> Iterator[Section]:
    """Yield the sections that have something to show."""
    for name, title, template, values_of in SECTIONS:
        values: Any = values_of(report)
        if values:
            yield Section(
                id=name, title=title, body=templates.get_template(f"sections/{template}").render(values=values)
            )


def _environment() -> Environment:
    """Return templates in which every value is escaped, and made inert before."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: inert(value) if type(value) is str else value,  # markup of ours is of another type
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _code() -> str:
    parts = [(HERE / "script" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    return "\n".join(["(() => {", '"use strict";', *parts, "})();", ""])


def _policy(style: str, code: str) -> str:
    """Return the content security policy: our style and our script, by hash, and nothing else from anywhere."""
    return (
        f"default-src 'none'; script-src {_hash(code)}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
