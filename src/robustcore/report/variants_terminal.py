"""Variants as rich renderables: each question with what every operator made of it, beside what is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustcore.report.inert import line
from robustcore.report.marks import excerpts, marked
from robustcore.report.variants import Tally, Variant

WIDE = 100  # columns from which figures and text stand side by side
PLACES = 3  # changed places that are shown of passages
NEW_PASSAGE = 160  # characters of an added passage that are shown
WORDS = {
    "applied": ("", ""), "invalid_case": ("rejected", "red"), "undecided_case": ("undecided", "yellow"),
    "noop": ("no-op", "dim"), "not_run": ("not run", "dim"), "error": ("error", "bold magenta"),
}  # fmt: skip


def render(found: Sequence[Variant], console: Console) -> None:
    """Print the variants, those of a question together."""
    for _, group in groupby(found, key=lambda variant: variant.item):
        everything = list(group)
        parts = [variant for variant in everything if variant.status != "not_run"]
        console.print(Text.assemble((everything[0].item, "bold"), "  ", line(everything[0].asked)))
        console.print(_side_by_side(parts) if console.width >= WIDE else Group(*map(_stacked, parts)))
        for reason in _not_run(everything):
            console.print(Padding(Text(reason, style="dim"), (0, 0, 0, 2)))
        console.print()


def render_tallies(found: Sequence[Tally], console: Console) -> None:
    """Print how many variants of each condition were kept, and how much they changed."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, padding=(0, 1))
    table.add_column("perturbation", overflow="fold")
    for name in ("sev", "made", "kept", "rej.", "und.", "no-op", "not run", "changed", "alike"):
        table.add_column(name, justify="right", no_wrap=True)
    for tally in found:
        counts = (tally.generated, tally.kept, tally.rejected, tally.undecided, tally.noop, tally.not_run)
        table.add_row(
            Text(tally.condition),
            f"{tally.severity:g}",
            *(str(count) if count else "-" for count in counts),
            "-" if tally.change is None else f"{tally.change:.0%}",
            "-" if tally.similarity is None else f"{tally.similarity:.2f}",
        )
    console.print(table)
    for tally in found:
        if tally.warning:
            console.print(Text(f"warning: {tally.condition} {tally.severity:g}: {tally.warning}", style="yellow"))


def _side_by_side(parts: Sequence[Variant]) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=2)
    grid.add_column(width=38, overflow="fold")
    grid.add_column(overflow="fold", ratio=1)
    for variant in parts:
        grid.add_row("", Group(_name(variant), *_figures(variant, wide=True)), Group(*_body(variant)))
    return grid


def _not_run(parts: Sequence[Variant]) -> Iterator[str]:
    """Yield a line per reason: what was not run for it."""
    reasons: dict[str, list[str]] = {}
    for variant in parts:
        if variant.status == "not_run":
            reasons.setdefault(variant.note, []).append(variant.condition)
    yield from (f"{reason}: {', '.join(dict.fromkeys(names))}" for reason, names in reasons.items())


def _stacked(variant: Variant) -> RenderableType:
    figures = Text("  ").join(_figures(variant, wide=False))
    head = Text.assemble(_name(variant), "  ", figures)
    return Group(Padding(head, (0, 0, 0, 2)), Padding(Group(*_body(variant)), (0, 0, 0, 6)))


def _name(variant: Variant) -> Text:
    return Text.assemble((variant.condition, "bold cyan"), f" {variant.severity:g}")


def _figures(variant: Variant, *, wide: bool) -> Iterator[Text]:
    """Yield what is known of the variant: how it differs, what became of it, who said so."""
    alike = [f"{variant.change:.0%} changed"] if variant.change is not None else []
    alike += [f"alike {variant.similarity:.2f}"] if variant.similarity is not None else []
    if alike:
        yield Text(", ".join(alike), style="dim")
    word, style = WORDS.get(variant.status, (variant.status.replace("_", " "), "yellow"))
    word = word or (variant.validity or "not gated")
    if word in ("not gated", "valid"):
        style = "green" if word == "valid" else "dim"
    said = [
        f"{name} {verdict}" for name, verdict in variant.oracles.items() if verdict != "undecided" or name != "rules"
    ]
    said = [f"{part} {variant.score:.2f}" if part.startswith("encoder") and variant.score else part for part in said]
    yield Text.assemble((word, style), (f" ({', '.join(said)})" if said else "", "dim"))
    if variant.writer and wide:
        yield Text(f"by {variant.writer}", style="dim")


def _body(variant: Variant) -> Iterator[Text]:
    if variant.question != variant.asked:
        yield marked(variant.asked, variant.question)
    yield from passages_changed(variant)
    if variant.note:
        yield Text(line(variant.note), style="yellow" if variant.status != "applied" else "dim")


def passages_changed(variant: Variant) -> Iterator[Text]:
    """Yield what became of the passages: those added, lost, moved or edited."""
    before, after = dict(variant.before), dict(variant.after)
    added = [(name, text) for name, text in variant.after if name not in before]
    for name, text in added[:PLACES]:
        yield Text.assemble((f"+ [{name}] ", "green"), _added(name, text, before))
    if len(added) > PLACES:
        yield Text(f"+ {len(added) - PLACES} more: {' '.join(name for name, _ in added[PLACES:])}", style="green")
    lost = [name for name, _ in variant.before if name not in after]
    if lost:
        yield Text(f"- [{'] ['.join(lost)}]", style="red")
    stayed = [name for name in before if name in after]
    order = [name for name in after if name in before]
    if stayed != order:
        yield Text(f"order: {' '.join(order)} (was {' '.join(stayed)})")
    repeats = len(variant.after) - len(after)
    if repeats:
        yield Text(f"{repeats} repeated")
    places = [(name, text) for name in stayed for text in excerpts(before[name], after[name])]
    for name, place in places[:PLACES]:
        yield Text.assemble((f"[{name}] ", "dim"), place)
    if len(places) > PLACES:
        yield Text(f"and {len(places) - PLACES} more places", style="dim")


def _added(name: str, text: str, before: Mapping[str, str]) -> Text:
    """Return an added passage; one that was made of another by its changed places (``conflict:ID``, ``stale:ID``)."""
    source = before.get(name.partition(":")[2].partition("#")[0])
    if source is None:
        return Text(_clipped(text))
    return Text("the same text") if source == text else Text(" ").join(list(excerpts(source, text))[:PLACES])


def _clipped(text: str) -> str:
    flat = line(text)
    return flat if len(flat) <= NEW_PASSAGE else f"{flat[:NEW_PASSAGE].rstrip()} ..."
