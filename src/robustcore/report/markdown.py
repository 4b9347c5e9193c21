"""The report as Markdown, for a job summary or a comment: the verdict first, then why, then everything else folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from robustcore.report.compare_terminal import comparison_lines
from robustcore.report.failing import Failing, failing, fallen, shown_measures
from robustcore.report.findings_terminal import finding_lines
from robustcore.report.inert import code, markdown
from robustcore.report.marks import marked
from robustcore.report.numbers import number, plain
from robustcore.report.remarks import below
from robustcore.report.rerun import rerun
from robustcore.report.spending import budget_lines
from robustcore.report.terminal import calls_line, spent_lines
from robustcore.report.types import CaseRecord, GateReport, Report, ScenarioReport
from robustcore.report.unrun import unrun_lines
from robustcore.report.verdict import MARK, headline, word

Section: TypeAlias = Callable[[Report], Iterator[str]]

EXAMPLES: Final = 2  # cases shown of a gate that did not pass
GATES: Final = 12  # gates that are told at length
LONGEST: Final = 240  # characters shown of a text of a case


def to_markdown(report: Report) -> str:
    """Return the report as GitHub-flavoured Markdown; texts of models and data stand in code spans."""
    return "\n".join(line for section in SECTIONS for line in section(report)).rstrip() + "\n"


def _head(report: Report) -> Iterator[str]:
    yield f"## Robustness: {headline(report)}"
    yield ""
    first, *reasons = [markdown(told) for told in unrun_lines(report)] or [""]
    if first:
        yield from ("> [!WARNING]", f"> **{first}**", *(f"> - {reason}" for reason in reasons), "")


def _gates(report: Report) -> Iterator[str]:
    rows = [
        [_verdict(gate), code(scenario.name), code(gate.measure), _cell(gate), plain(gate.estimate),
         markdown(gate.threshold), str(gate.estimate.n)]
        for scenario in report.scenarios
        for gate in scenario.gates
    ]  # fmt: skip
    if rows:
        yield from table(["verdict", "scenario", "gate", "where", "estimate", "needs", "n"], rows)


def _why(report: Report) -> Iterator[str]:
    found = list(failing(report))
    for one in found[:GATES]:
        yield from _one(one)
    if len(found) > GATES:
        yield f"... and {len(found) - GATES} more gates that did not pass, in the table above."
        yield ""


def _fallen(report: Report) -> Iterator[str]:
    for one in fallen(report):
        yield f"### ✗ {code(one.scenario.name)}: {one.told}"
        yield ""
        yield f"Stands at {code(one.scenario.where)}. {markdown(one.cases[0].reason)}."
        yield ""
        for case in one.cases[:EXAMPLES]:
            yield from _case(one.scenario, case)


def _one(one: Failing) -> Iterator[str]:
    gate = one.gate
    cell = _cell(gate)
    yield f"### {MARK[gate.status]} {code(one.scenario.name)}: {code(gate.measure)}{f', {cell}' if gate.cell else ''}"
    yield ""
    if one.scenario.claim:
        yield f"Claim: {markdown(one.scenario.claim)}"
        yield ""
    yield f"{markdown(gate.sentence)}."
    needed = f" About {gate.needed} questions would decide it." if gate.needed else ""
    yield f"Stands at {code(gate.where or one.scenario.where)}.{needed}"
    yield ""
    for case in one.cases[:EXAMPLES]:
        yield from _case(one.scenario, case)


def _case(scenario: ScenarioReport, case: CaseRecord) -> Iterator[str]:
    texts = case.texts
    question, asked = texts.get("question", ""), texts.get("perturbed", "")
    told = [
        ("asked", question),
        ("as", marked(question, asked).plain if asked and asked != question else ""),
        ("planted", texts.get("planted", "")),
        ("answer before", texts.get("clean_answer", "")),
        ("answer now", texts.get("answer", "")),
        ("expected", (texts.get("expected") or "(refuse)") if texts else ""),
        ("passages before", _names(case.clean_given)),
        ("passages now", _names(case.given) if case.given != case.clean_given else ""),
        ("run again", rerun(scenario, case)),
    ]
    yield from table(["", code(case.id)], [[name, code(text, LONGEST * 2)] for name, text in told if text])


def _names(keys: Sequence[str] | None) -> str:
    from robustcore.report.passages import document_of

    return ", ".join(document_of(key) for key in keys or ())


def _conditions(report: Report) -> Iterator[str]:
    for scenario in report.scenarios:
        shown = shown_measures(scenario)
        rows = [
            [code(condition.label), "" if condition.family == "clean" else f"{condition.severity:.3g}",
             code(cell.measure), number(cell.clean.value), plain(cell.perturbed), plain(cell.drop, signed=True),
             str(cell.perturbed.n), markdown(cell.headroom)]
            for condition in scenario.conditions
            for cell in condition.measures
            if cell.measure in shown and (cell.perturbed.n or cell.clean.n)
        ]  # fmt: skip
        lines = [markdown(said) for said, _ in below(scenario)]
        yield from folded(f"{markdown(scenario.name)}: every perturbation", [
            *table(["perturbation", "severity", "measure", "clean", "perturbed", "drop", "n", ""], rows),
            *(f"- {line}" for line in lines), "",
        ])  # fmt: skip


def _suites(report: Report) -> Iterator[str]:
    for scenario in report.scenarios:
        rows = [
            [code(suite.name), plain(suite.estimate), str(suite.estimate.n), code(suite.status),
             "" if suite.complete else markdown(suite.covers)]
            for suite in scenario.suites
        ]  # fmt: skip
        if rows:
            body = table(["aggregate", "value", "n", "definition", "rests on"], rows)
            yield from folded(f"{markdown(scenario.name)}: aggregates", body)


def _findings(report: Report) -> Iterator[str]:
    for scenario in report.scenarios:
        lines = [f"- {markdown(told.strip())}" for told in finding_lines(scenario.findings)]
        if lines:
            yield from folded(f"{markdown(scenario.name)}: findings", [*lines, ""])


def _budget(report: Report) -> Iterator[str]:
    if report.budget is not None:
        yield from (f"- {markdown(told.strip())}" for told in budget_lines(report.budget))
        yield ""


def _compared(report: Report) -> Iterator[str]:
    if report.baseline is None:
        return
    first, *lines = (markdown(told.strip()) for told in comparison_lines(report.baseline))
    yield f"### {first[:1].upper()}{first[1:]}"
    yield ""
    yield from (f"- {told}" for told in lines)
    yield ""


def _foot(report: Report) -> Iterator[str]:
    for note in report.notes:
        yield f"- note: {markdown(note)}"
    told = " · ".join(f"{name} {version}" for name, version in report.versions.items())
    yield f"<sub>{markdown(calls_line(report.calls))} · {markdown(report.created)} · {markdown(told)}</sub>"
    for spent in spent_lines(report.endpoints):
        yield f"<br><sub>{markdown(spent)}</sub>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table; cells are Markdown already."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def folded(summary: str, body: Iterable[str]) -> Iterator[str]:
    """Yield a part that a reader opens; ``summary`` is Markdown already."""
    yield "<details>"
    yield f"<summary>\n\n{summary}\n\n</summary>"
    yield ""
    yield from body
    yield "</details>"
    yield ""


def _verdict(gate: GateReport) -> str:
    told = f"{MARK[gate.status]} {word(gate.status)}"
    return told if gate.status == "passed" else f"**{told}**"


def _cell(gate: GateReport) -> str:
    return " ".join(code(value) for value in gate.cell.values()) or "all"


SECTIONS: Final[tuple[Section, ...]] = (
    _head,
    _gates,
    _why,
    _fallen,
    _compared,
    _budget,
    _conditions,
    _suites,
    _findings,
    _foot,
)
