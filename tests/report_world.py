"""Reports for tests: one whose every text is hostile, one of any number of cases; our own code makes the tables."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from robustcore.gates.types import VerdictStatus
from robustcore.report.comparison import BaselineReport, CaseChanges, Comparison
from robustcore.report.find import with_findings
from robustcore.report.spending import BudgetReport
from robustcore.report.tables import condition_reports
from robustcore.report.types import (
    CaseRecord,
    DataReport,
    EndpointReport,
    GateReport,
    MeasureReport,
    Report,
    ScenarioReport,
    SuiteReport,
)
from robustcore.stats.rows import Estimate

HOSTILE: Final = (
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=2</script>",
    '<img src="http://evil.example/x.png" onerror="window.pwned=3">',
    "[click](javascript:window.pwned=4) ![x](http://evil.example/y.png)",
    "javascript:window.pwned=5",
    "\u202eevil\u202c \u2066isolated\u2069 zero\u200bwidth",
    "\x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link\x1b]8;;\x07",
    "```\n## not a heading\n| a | b |\n```",
    "{{ 7 * 7 }} {% raw %} ${7*7} `code` <!-- comment",
    "::error file=x::owned ##[error]owned\n::set-output name=x::y",
    "@everyone #1 https://evil.example www.evil.example",
    "lone \ud800 surrogate, nul \x00, <b>bold</b> & 'quotes' \"double\"",
    "\u2028separator\u2029 <details><summary>x</summary>",
)
MEASURES: Final = {
    "answer_correct": MeasureReport(status="OURS", higher_is_better=True, binary=True),
    "abstained": MeasureReport(status="OURS", higher_is_better=True, binary=True),
}
LABELS: Final = (
    ("typos", "question"),
    ("word_drop", "question"),
    ("distractor_random", "context"),
    ("conflict", "context"),
)
WORDS: Final = (
    "harbour", "lens", "keeper", "ticket", "museum", "crossing", "winter", "vessel", "lamp", "pilot", "signal",
    "gallery", "boat", "engine", "record", "visitor", "opening", "summer", "price", "member", "guide", "chart", "tide",
)  # fmt: skip


def case(number: int, condition: tuple[str, float], value: float, texts: Sequence[str], **rest: object) -> CaseRecord:
    """Return a case of question ``number`` that was right when clean; ``texts``: question, perturbed, clean, now."""
    label, severity = condition
    question, perturbed, clean, now = texts
    record = CaseRecord(
        id=f"{label}-s{severity:g}-q{number:05d}",
        item=f"q{number:05d}",
        cluster=f"q{number:05d}",
        condition=label,
        severity=severity,
        family=label,
        replicate=0,
        outcome="passed" if value else "tolerated",
        reason="" if value else "tolerated, counted by gate answer_correct: passes is 0, expected at least 1",
        changed=clean != now,
        scores={"answer_correct": (value, ""), "abstained": (0.0, "")},
        clean={"answer_correct": (1.0, ""), "abstained": (0.0, "")},
        texts={
            "question": question, "perturbed": perturbed, "expected": clean, "clean_answer": clean, "answer": now,
            "evidence": now, "planted": "", "passages": "", "error": "",
        },
        operators=(f"question.{label}",),
    )  # fmt: skip
    return replace(record, **rest)  # type: ignore[arg-type]  # fields of the record


def gate(
    status: VerdictStatus, *, measure: str = "answer_correct", where: str = "tests/rag.robust.yaml:14:5", **cell: str
) -> GateReport:
    """Return a gate with numbers to match."""
    value = {"passed": 0.9, "failed": 0.4, "inconclusive": 0.78, "error": None, "not_run": None}[status]
    low, high = (None, None) if value is None else (value - 0.1, min(1.0, value + 0.1))
    return GateReport(
        name=measure, measure=measure, cell=cell, threshold="≥ 0.8", confidence=0.95, status=status,
        estimate=Estimate(value=value, n=50, clusters=50, method="exact", low=low, high=high),
        sentence=f"{measure} is {value} (95% one-sided, 50 questions), for questions like these; {status}",
        needed=120 if status == "inconclusive" else None, where=where,
    )  # fmt: skip


def report(scenarios: Sequence[ScenarioReport], **rest: object) -> Report:
    """Return a report of ``scenarios``."""
    toy = EndpointReport(
        name="toy", sent=8, failed=0, seconds=1.5, input_tokens=0, output_tokens=0, cost=None, live=True
    )
    plain = Report(
        created="2026-11-26T10:00:00+00:00", versions={"python": "3.11.7", "pytest-robust": "0.1.0"}, run="r1",
        resumed=False, notes=(), scenarios=tuple(scenarios), endpoints=(toy,),
        calls={"asked": 10, "unique": 8, "hits": 0, "sent": 8, "failed": 0},
    )  # fmt: skip
    return replace(plain, **rest)  # type: ignore[arg-type]  # fields of the report


def scenario(
    name: str, cases: Sequence[CaseRecord], gates: Sequence[GateReport] = (), **rest: object
) -> ScenarioReport:
    """Return a scenario with tables made of its cases."""
    plain = ScenarioReport(
        name=name, where="tests/rag.robust.yaml:3:1", claim=f"Claim of {name}.", system="toy",
        data=DataReport(name="docs", docs=10, questions=50, unanswerable=5, fingerprint="f"),
        measures=MEASURES, conditions=condition_reports(cases, MEASURES), gates=tuple(gates), cases=tuple(cases),
        rerun=f"pytest --robust 'tests/rag.robust.yaml::{name}[{{case}}]'",
    )  # fmt: skip
    return replace(plain, **rest)  # type: ignore[arg-type]  # fields of the scenario


def hostile_report() -> Report:
    """Return a report in which every text that a model, a document or a person wrote is one of `HOSTILE`."""
    passages = {f"d{place}~{place}": text for place, text in enumerate(HOSTILE)}
    keys = tuple(passages)
    cases = [
        case(
            number, (label, severity), 0.0, [text, text + " again", f"clean {text}", text],
            ranking=keys[1:4], clean_ranking=keys[:3], given=keys[1:4], clean_given=keys[:3], gold=(text,), reason=text,
        )
        for number, text in enumerate(HOSTILE)
        for label, _ in LABELS[:2]
        for severity in (0.5, 1.0)
    ]  # fmt: skip
    gates = [replace(gate("failed", perturbation="typos"), sentence=text, where=f"{text}:3:1") for text in HOSTILE]
    value = Estimate(value=0.5, low=0.4, high=0.6, n=12)
    suites = [
        SuiteReport(name=f"m.{number}", status="PAPER", options={}, estimate=value, covers=text, complete=False)
        for number, text in enumerate(HOSTILE)
    ]
    parts = [
        scenario(
            f"hostile {text}", cases, gates, claim=text, system=text, passages=passages, suites=tuple(suites),
            limits=(text,),
        )
        for text in HOSTILE[:3]
    ]  # fmt: skip
    return report(parts, notes=HOSTILE, versions={"python": HOSTILE[0]})


def told_report(text: str = "") -> Report:
    """Return a small report with all that is told beyond gates: findings, a budget whose hunt broke cases, a baseline.

    ``text`` stands wherever a person's or a model's words can: names, ids, sentences, where the baseline is from.
    """
    (rag,) = small_report().scenarios
    cases = tuple(replace(one, slice="hunted" if place % 3 else "random") for place, one in enumerate(rag.cases))
    named = with_findings(replace(rag, name=f"rag{text}", cases=cases, gates=()))
    worse = Comparison(
        scenario=named.name, measure="answer_correct", cell={}, status="regressed",
        sentence=f"answer_correct fell by 0.2 {text}",
    )  # fmt: skip
    changes = CaseChanges(broken=(f"typos-s1-q1{text}",), fixed=(f"typos-s1-q2{text}",))
    compared = BaselineReport(source=f"main{text}", alpha=0.05, comparisons=(worse,), cases={named.name: changes})
    spent = BudgetReport(
        asked="25%", budget=300, total=1200, random=90, hunted=210, questions=7, cases_random=80, cases_hunted=160,
        found_random=12, found_hunted=70, weighted=None, share=0.3, eps=0.2, seed=1,
    )  # fmt: skip
    return replace(report([named]), baseline=compared, budget=spent)


def small_report() -> Report:
    """Return a report that people could have got: one gate failed, one passed, one cannot tell, an aggregate grid."""
    return big_report(240)


def big_report(count: int, *, passages_of_each: bool = True) -> Report:
    """Return a report of about ``count`` cases with texts of usual length, drawn from a fixed seed."""
    rng = random.Random(7)
    severities = (0.25, 0.5, 1.0)
    questions = max(1, count // (len(LABELS) * len(severities)))
    docs = {f"doc{place}~{place:x}": _text(rng, 90) for place in range(60)}
    passages, cases = dict(docs), list[CaseRecord]()
    for number in range(questions):
        question, right = f"{_text(rng, 12).capitalize()}?", _text(rng, 4)
        clean_keys = tuple(rng.sample(list(docs), 5))
        for label, point in LABELS:
            for severity in severities:
                value = 0.0 if rng.random() < severity * 0.4 else 1.0
                perturbed = _shaken(rng, question, severity) if point == "question" else question
                keys = list(clean_keys)
                if point == "context" and passages_of_each:
                    key = f"doc{number % 60}~{label}{number}-{severity:g}"
                    passages[key] = _shaken(rng, docs[clean_keys[0]], severity)
                    keys = [clean_keys[1], clean_keys[0], key, *clean_keys[3:]]
                shown = {"given": tuple(keys), "clean_given": clean_keys, "clean_ranking": clean_keys}
                shown["ranking"] = tuple(keys) if point == "question" else clean_keys
                texts = [question, perturbed, right, right if value else _text(rng, 9)]
                gold = (clean_keys[0].partition("~")[0],)
                cases.append(case(number, (label, severity), value, texts, gold=gold, **shown))
    gates = [
        gate("passed", severity="0.25"),
        gate("failed", severity="1"),
        gate("inconclusive", perturbation="typos", where="tests/rag.robust.yaml:15:5"),
    ]
    half = Estimate(value=0.5, low=0.4, high=0.6, n=12, clusters=12)
    places = [(row, column) for row in ("robust", "sways") for column in ("mild", "strong")]
    names = ["parrot.follow", *(f"parrot.state[{row},{column}]" for row, column in places)]
    suites = [SuiteReport(name=name, status="REPORTED", options={}, estimate=half, covers="all") for name in names]
    return report([scenario("rag", cases, gates, passages=passages, suites=tuple(suites))])


def _text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(words))


def _shaken(rng: random.Random, text: str, severity: float) -> str:
    words = text.split()
    for place in rng.sample(range(len(words)), max(1, int(len(words) * severity * 0.3))):
        words[place] = words[place][1:] + words[place][0]
    return " ".join(words)
