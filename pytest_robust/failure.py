"""Failure texts a person can act on: what was asked, what changed, what came back, how to run it again."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterator, Mapping
from typing import Final

from robustcore.case import Case
from robustcore.gates.types import Verdict
from robustcore.report.inert import inert
from robustcore.scenario.unit import Result, Unit
from robustcore.systems.trace import way_lines
from robustcore.systems.trial import Trial

EVIDENCE_CHARACTERS = 400
_SHOW = "`pytest-robust perturb show {file}` shows each variant with its verdict"
_REMEDIES: Final[Mapping[str, str]] = {
    "invalid_case": f"no variant kept its meaning: lower the severity; {_SHOW}",
    "undecided_case": f"no variant surely kept its meaning: lower the severity; {_SHOW}",
    "noop": f"the operator found nothing to change in these questions: choose another; {_SHOW}",
    "no_oracle": "these questions have no answer to compare with: give them `answers`",
}


def case_text(unit: Unit, case: Case, result: Result, twin: Result, short: str) -> str:
    """Return the text of a failed case."""
    example = case.example
    gold = " | ".join(example.answers) if example.answers and not case.expects_abstention else "(no answer: refuse)"
    lines = [
        f"{short}",
        "",
        f"  claim       {unit.scenario.claim}" if unit.scenario.claim else "",
        f"  question    {inert(example.question)}",
        *(f"  {line}" for line in _question_change(example.question, result.trial.question)),
        f"  expected    {inert(gold)}",
        f"  clean reply {_reply(twin.trial)}",
        f"  reply now   {_reply(result.trial)}",
        "  note        the clean question falls short as well: look there first" if _short_too(unit, twin) else "",
        *(f"  {line}" for line in _evidence(result.trial)),
        *(f"  {line}" for line in _scores(result, twin)),
    ]
    return "\n".join(line for line in lines if line or line == "").replace("\n\n\n", "\n\n")


def _short_too(unit: Unit, twin: Result) -> bool:
    """Say whether the clean question does not meet what its case was to meet, so that the stress is not to blame."""
    met = unit.met(twin, twin).value if twin.scores else None
    return met is not None and not met


def gate_text(unit: Unit, verdict: Verdict) -> str:
    """Return the text of a gate that did not pass."""
    estimate = verdict.estimate
    interval = "" if estimate.low is estimate.high is None else f"  [{_number(estimate.low)}, {_number(estimate.high)}]"
    unscored = ", ".join(f"{count} {reason}" for reason, count in sorted(estimate.unscored.items())) or "none"
    lines = [
        verdict.sentence,
        "",
        f"  claim       {unit.scenario.claim}" if unit.scenario.claim else "",
        f"  estimate    {_number(estimate.value)}{interval}",
        f"  scored      {estimate.n} in {estimate.clusters} questions; unscored: {unscored}",
        f"  method      {estimate.method or estimate.reason}",
        f"  where       {verdict.gate.where}" if verdict.gate.where else "",
    ]
    if verdict.status == "inconclusive":
        lines.append(f"  undecided   {_way_out(verdict)}; `inconclusive: warn` lets the run pass meanwhile")
    return "\n".join(line for line in lines if line or line == "")


def _way_out(verdict: Verdict) -> str:
    """Return what would decide the gate: more questions, or, if nothing was scored, what to do about the reason."""
    if verdict.needed:
        with_a_value = " with a value" if verdict.unscored else ""
        return f"about {verdict.needed} questions{with_a_value} would decide it"
    unscored = verdict.estimate.unscored
    if verdict.estimate.n or not unscored:
        return "how many more is not known"
    reason = max(unscored, key=lambda name: unscored[name])
    return _REMEDIES.get(reason, "how many more is not known").format(
        file=verdict.gate.where.file if verdict.gate.where else "FILE"
    )


def rerun_command(*arguments: str) -> str:
    """Return the command that runs what ``arguments`` name again."""
    return shlex.join(["pytest", "--robust", *arguments])


def _question_change(clean: str, perturbed: str) -> Iterator[str]:
    if clean == perturbed:
        return
    yield f"perturbed   {inert(perturbed)}"
    before, after = clean.split(), perturbed.split()
    for op, a0, a1, b0, b1 in difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if op != "equal":
            yield f"  change    [-{inert(' '.join(before[a0:a1]))}-] {{+{inert(' '.join(after[b0:b1]))}+}}"


def _reply(trial: Trial) -> str:
    if trial.error is not None:
        return f"no reply: {trial.error.kind}: {inert(trial.error.message)}"
    if trial.answer is None:
        return f"not run: {trial.reason}"
    refused = "  (abstained)" if trial.answer.abstained else ""
    sure = f"  (confidence {trial.answer.confidence:.2f})" if trial.answer.confidence is not None else ""
    return f"{inert(trial.answer.text)}{refused}{sure}"


def _evidence(trial: Trial) -> Iterator[str]:
    if trial.planted:
        yield f"planted     {inert(trial.planted)}"
    for citation in trial.answer.citations[:3] if trial.answer else ():
        yield f"evidence    {citation.doc_id}: {inert(citation.text[:EVIDENCE_CHARACTERS])}"
    if trial.answer and trial.answer.passages:
        yield f"passages    {', '.join(passage.doc_id for passage in trial.answer.passages)}"
    if trial.added or trial.removed:
        yield f"documents   added {', '.join(trial.added) or 'none'}; removed {', '.join(trial.removed) or 'none'}"
    trace = trial.answer.trace if trial.answer else None
    if trace is not None:
        yield from (f"way         {inert(line)}" for line in way_lines(trace))


def _scores(result: Result, twin: Result) -> Iterator[str]:
    for name, score in result.scores.items():
        clean = twin.scores[name]
        before = _number(clean.value) if clean.value is not None else f"({clean.reason})"
        after = _number(score.value) if score.value is not None else f"({score.reason})"
        yield f"measure     {name}: {before} → {after}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
