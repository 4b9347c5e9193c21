"""``python -m docs.validity FILE``: write docs/validity.md from what ``pytest tests/validity --record FILE`` kept."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

PAGE = Path(__file__).with_name("validity.md")
MADE = "<!-- written by `make validity`: edit docs/validity.py instead -->"
LABELS = re.compile(r"<!-- labels:begin -->\n(.*?)<!-- labels:end -->\n", re.DOTALL)
MARK = {"passed": "passed", "failed": "**failed**", "inconclusive": "undecided", "error": "error"}
ABOUT = """
# How far the instrument can be trusted

A test of robustness is an instrument, and this page is its calibration. Everything on it is made by one command, from
the tests that also run in CI: `make validity`, or `make validity DATASETS=DIR` with the public labels.
"""
GROUPS = """
## Known groups

Each group is a pack or a file of scenarios with gates. A **sound** system should pass all of them. Each other system
has one weakness planted, at a strength, and sees only what a system sees. Its **own** gates are those that should
find it. "Others" are the gates beside them: one that failed is a false alarm. An undecided gate does not pass either:
its interval holds the threshold, and the run says how many questions would decide. Behind each verdict stands the
estimate. Perturbations are drawn with seeds that no shipped run uses.

A strength is the share of questions, passages or edits that the weakness hits. For a retriever that drops rare tokens
it is the number of documents that a word must be in, for one that favours short documents the weight of length, for an
IVF index the number of cells of which one is searched.

The limits of `ranking, one run` were set with its questions in sight. On a data set that had no part in that, a mild
favour for short or long documents is missed: [figures](retrieval.md).
"""
PARAMETERS = """
## Known parameters

A planted system that answers by chance has parameters: how often it follows a sentence, what it loses under noise. They
are recovered by the packs as shipped. Limits are one-sided at 99.5% for the packs on pressure, so that none of many
may miss by chance, and at 95% for der2.
"""
INTERVALS = """
## Intervals

Simulations with a known true value: how often it lay below the lower or above the upper limit. Each limit is
one-sided, so at most 5% on each side is promised; with 400 simulations up to 8.5% is chance. More on limits and their
simulations: [statistics.md](statistics.md).
"""
PEOPLE = """
## The validity filter and people

187 changed variations of 43 TREC DL 2019 questions that people judged (127 valid, 60 not). Each operator is judged by
a threshold that was set on the four others; intervals of 95% resample the questions. Accepting everything has a
balanced accuracy of 0.50. [More on the filter](variants.md).
"""


def page(rows: dict[str, Any], labels: str) -> str:
    """Return the page; ``labels`` is the table of agreement that stands there if this run had no labels."""
    people = "\n".join(_people(rows["agreed"], rows["made"]["day"])) + "\n" if rows["agreed"] else labels
    parts = (
        *(MADE, ABOUT.rstrip(), "", *_made(rows["made"]), GROUPS.rstrip(), "", *_groups(rows["judged"])),
        *(PARAMETERS.rstrip(), "", *_parameters(rows["recovered"])),
        *(INTERVALS.rstrip(), "", *_intervals(rows["missed"])),
        *(PEOPLE.rstrip(), "", f"<!-- labels:begin -->\n{people}<!-- labels:end -->"),
    )
    return "\n".join(parts) + "\n"


def _made(made: dict[str, Any]) -> Iterator[str]:
    packages = ", ".join(f"{name} {version}" for name, version in made["packages"].items())
    yield f"All rows are of one run, made on {made['day']} with Python {made['python']}, {packages};"
    yield f"the encoder all-MiniLM-L6-v2 in {made['encoder']}; {made['processors']} processors, {made['processor']}."
    yield "Labels of people have a day of their own."


def _groups(judged: list[dict[str, Any]]) -> Iterator[str]:
    sound = Counter(row["status"] for row in judged if row["strength"] is None)
    own = Counter(row["status"] for row in judged if row["own"])
    beside = Counter(row["status"] for row in judged if not row["own"] and row["strength"] is not None)
    yield f"On sound systems {sound['passed']} of {sound.total()} gates passed. Of {own.total()} own gates"
    yield f"{own['failed']} failed, as they should, {own['inconclusive']} stayed undecided and {own['passed']} passed."
    others = f"{beside['failed']} failed and {beside['inconclusive']} stayed undecided"
    yield f"Of {beside.total()} gates beside them {others}."
    for group in dict.fromkeys(row["group"] for row in judged):
        yield from ("", f"### {group}", "", "| System | Strength | Own gates | Others |", "|---|---|---|---|")
        yield from _systems([row for row in judged if row["group"] == group])


def _systems(members: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a row for each system at each strength: the sound ones first, a planted one from weak to strong."""
    names = list(dict.fromkeys(row["system"] for row in members))

    def place(row: dict[str, Any]) -> tuple[bool, int, float]:
        return row["strength"] is not None, names.index(row["system"]), row["strength"] or 0.0

    for (planted, number, strength), gates in groupby(sorted(members, key=place), key=place):
        yield _system(names[number], strength if planted else None, list(gates))


def _system(system: str, strength: float | None, gates: list[dict[str, Any]]) -> str:
    own = "; ".join(f"`{row['gate']}` {_verdict(row)}" for row in gates if row["own"]) or "none"
    others = [row for row in gates if not row["own"]]
    odd = [f"`{row['gate']}` {_verdict(row)}" for row in others if row["status"] != "passed"]
    beside = "; ".join(odd) or (f"all {len(others)} passed" if others else "")
    return f"| {system} | {'' if strength is None else f'{strength:g}'} | {own} | {beside} |"


def _verdict(row: dict[str, Any]) -> str:
    return MARK[row["status"]] + ("" if row["value"] is None else f" ({row['value']:.3g})")


def _parameters(recovered: list[dict[str, Any]]) -> Iterator[str]:
    held = [row["low"] <= row["truth"] <= row["high"] for row in recovered]
    yield f"{sum(held)} of {len(held)} lie in their intervals."
    yield from ("", "| Group | System | Measure | Parameter | Estimate | Interval |", "|---|---|---|---|---|---|")
    for row in recovered:
        value, low, high = (f"{round(row[key], 3) + 0.0:.3f}" for key in ("value", "low", "high"))  # no minus zero
        limits = f"{value} | [{low}, {high}]"
        yield f"| {row['group']} | {row['system']} | `{row['measure']}` | {row['truth']:.3g} | {limits} |"


def _intervals(missed: list[dict[str, Any]]) -> Iterator[str]:
    yield from ("| Interval | On | Simulations | True value below | Above |", "|---|---|---|---|---|")
    for row in missed:
        shares = f"{row['below']:.1%} | {row['above']:.1%}"
        yield f"| {row['interval']} | {row['on']} | {row['times']} | {shares} |"
    worst = np.array([max(row["below"], row["above"]) for row in missed])
    yield from ("", f"Most on one side: {worst.max():.1%}; in the mean of the worse sides {worst.mean():.1%}.")


def _people(agreed: list[dict[str, Any]], day: str) -> Iterator[str]:
    yield from (f"Seen on {day}.", "")
    yield from (
        "| Operator | Valid kept | Invalid rejected | Balanced accuracy | Cosine alone |",
        "|---|---|---|---|---|",
    )
    for row in agreed:
        kept, caught = f"{row['kept']} of {row['valid']}", f"{row['caught']} of {row['invalid']}"
        balanced = "{:.2f} [{:.2f}, {:.2f}]".format(row["balanced"], *row["interval"])
        yield f"| {row['operator']} | {kept} | {caught} | {balanced} | {row['cosine']:.2f} |"
    yield from ("", f"Cohen's kappa with people over all operators: {agreed[-1]['kappa']:.2f}.")


def main(arguments: list[str]) -> int:
    """Write the page from the file that is named."""
    rows = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    before = LABELS.search(PAGE.read_text(encoding="utf-8")) if PAGE.is_file() else None
    PAGE.write_text(page(rows, before[1] if before else ""), encoding="utf-8")
    print(
        f"{PAGE.name}: {len(rows['judged'])} verdicts, {len(rows['missed'])} intervals, {len(rows['agreed'])} operators"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
