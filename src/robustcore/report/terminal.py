"""The report as rich renderables for a terminal of 80 columns and more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustcore.report.aggregates import aggregate_tables
from robustcore.report.compare_terminal import print_comparison
from robustcore.report.damage import most_damaged
from robustcore.report.failing import shown_measures
from robustcore.report.findings_terminal import finding_lines, of_measures
from robustcore.report.inert import line
from robustcore.report.numbers import interval, number
from robustcore.report.remarks import below, remarks
from robustcore.report.spending import budget_lines
from robustcore.report.types import (
    COUNTED,
    CaseRecord,
    ConditionReport,
    EndpointReport,
    GateReport,
    Report,
    ScenarioReport,
)
from robustcore.report.unrun import unrun_lines
from robustcore.report.verdict import MARK, headline, overall, word

STATUS = {
    "passed": "green",
    "failed": "bold red",
    "inconclusive": "yellow",
    "error": "bold magenta",
    "not_run": "bold yellow",
}
DAMAGED = 3  # examples shown per scenario
ANSWER_WIDTH = 160  # characters of a reply that are shown


def render(report: Report, console: Console) -> None:
    """Print the whole summary of ``report`` on ``console``."""
    for scenario in report.scenarios:
        console.print(Group(*_scenario(scenario, console.width)))
    if report.baseline is not None:
        print_comparison(report.baseline, console)
    if report.budget is not None:
        for told in budget_lines(report.budget):
            console.print(Text(line(told)), soft_wrap=True)
    console.print(calls_line(report.calls))
    for spent in spent_lines(report.endpoints):
        console.print(Text(f"  {line(spent)}"), soft_wrap=True)
    for note in report.notes:
        console.print(Text(f"note: {line(note)}", style="yellow"))
    console.print(Text(headline(report), style=STATUS[overall(report)]))
    for place, told in enumerate(unrun_lines(report)):
        console.print(Padding(Text(line(told), style="bold yellow"), (0, 0, 0, 2 * bool(place))))


def calls_line(calls: Mapping[str, float]) -> str:
    """Return one line on what the engine did."""
    asked, unique, hits, sent, failed = (int(calls[name]) for name in COUNTED)
    lost = f", {failed} without a reply" if failed else ""
    return f"calls: {asked} asked, {unique} unique, {hits} from the ledger, {sent} sent{lost}"


def spent_lines(endpoints: Sequence[EndpointReport]) -> Iterator[str]:
    """Yield a line per endpoint that may cost something: what it was sent, the tokens it told, and what they cost."""
    for endpoint in endpoints:
        tokens = endpoint.input_tokens + endpoint.output_tokens
        if not (tokens or endpoint.live or endpoint.cost is not None):
            continue
        failed = f" ({endpoint.failed} without a reply)" if endpoint.failed else ""
        parts = [f"{endpoint.sent} calls{failed}"]
        parts += [f"{endpoint.input_tokens:,} tokens in", f"{endpoint.output_tokens:,} out"] if tokens else []
        parts.append(f"{endpoint.seconds:.1f} s")
        if endpoint.cost is not None:
            parts.append(f"cost {endpoint.cost:.4f}")
        elif endpoint.live:
            parts.append("cost unknown (give price: INPUT/OUTPUT per million tokens)" if tokens else "cost unknown")
        yield f"{endpoint.name}: {', '.join(parts)}"


def _scenario(scenario: ScenarioReport, width: int) -> Iterator[RenderableType]:
    data = scenario.data
    yield Text(line(scenario.name), style="bold")
    if scenario.claim:
        yield _indented(Text(line(scenario.claim), style="italic"))
    yield _indented(Text(line(f"system {scenario.system} · {data.name}: {data.size}"), style="dim"))
    shown = shown_measures(scenario)
    table = _conditions(scenario.conditions, shown, wide=width >= 100)
    if table.row_count:
        yield table
    for said, style in remarks(scenario.conditions, shown):
        yield _indented(Text(line(said), style=style))
    yield from aggregate_tables(scenario.suites, width)
    if scenario.gates:
        yield _gates(scenario.gates)
    for finding in finding_lines(of_measures(scenario.findings, _judged(scenario, shown))):
        yield _indented(Text(line(finding)))
    for said, style in below(scenario):
        yield _indented(Text(line(said), style=style))
    damaged = most_damaged(scenario.cases, shown, scenario.measures)[:DAMAGED]
    if damaged:
        yield Text("  most damaged", style="bold")
        yield from (_example(record) for record in damaged)
    yield Text("")


def _judged(scenario: ScenarioReport, shown: Sequence[str]) -> Sequence[str]:
    """Return the measures that a gate is about, or the first one where none is."""
    gated = [measure for measure in shown if any(measure in gate.measure for gate in scenario.gates)]
    return gated or shown[:1]


def _conditions(conditions: Sequence[ConditionReport], shown: Sequence[str], *, wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, padding=(0, 1))
    several = len(shown) > 1
    title = "perturbation" if several else escape(f"{shown[0]} under")
    table.add_column(title, overflow="fold", min_width=len("perturbation"))
    table.add_column("sev", justify="right", no_wrap=True)
    if several:
        table.add_column("measure", overflow="fold")
    table.add_column("clean", justify="right", no_wrap=True)
    table.add_column("→ perturbed", no_wrap=True)
    if wide:
        table.add_column("drop", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    for condition in conditions:
        cells = [cell for cell in condition.measures if cell.measure in shown and (cell.perturbed.n or cell.clean.n)]
        for index, cell in enumerate(cells):
            label = escape(line(condition.label)) if index == 0 else ""
            severity = f"{condition.severity:.3g}" if index == 0 and condition.family != "clean" else ""
            drop = [interval(cell.drop, signed=True)] if wide else []
            row = [label, severity, *([escape(line(cell.measure))] if several else [])]
            row += [number(cell.clean.value), interval(cell.perturbed)]
            table.add_row(*row, *drop, str(cell.perturbed.n), style="dim" if cell.headroom else "")
    return table


def _gates(gates: Sequence[GateReport]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, padding=(0, 1))
    table.add_column("gate", overflow="fold")
    split = any(gate.cell for gate in gates)
    if split:
        table.add_column("where", overflow="fold")
    table.add_column("estimate", no_wrap=True)
    table.add_column("needs", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for gate in gates:
        cell = " ".join(gate.cell.values()) or "all"
        verdict = Text(f"{MARK[gate.status]} {word(gate.status)}", style=STATUS[gate.status])
        where = [escape(line(cell))] if split else []
        needs = escape(line(gate.threshold))
        table.add_row(escape(line(gate.measure)), *where, interval(gate.estimate), needs, verdict)
    return table


def _example(record: CaseRecord) -> RenderableType:
    """Return a damaged case: what was asked, what came back clean and disturbed, and what should have."""
    texts = record.texts
    lines = {
        "asked": texts.get("question", ""),
        "as": texts["perturbed"] if texts.get("perturbed") != texts.get("question") else "",
        "planted": texts.get("planted", ""),
        "clean": texts.get("clean_answer", ""),
        "now": texts.get("answer", ""),
        "expected": texts.get("expected") or "(refuse)",
    }
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in lines.items():
        if text:
            grid.add_row(f"    {label}", Text(line(text, ANSWER_WIDTH)))
    return Group(Text(f"  {line(record.id)}"), grid)


def _indented(text: Text) -> RenderableType:
    return Padding(text, (0, 0, 0, 2), expand=False)
