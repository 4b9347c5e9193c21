"""Aim: where on an agent's clean way a fault can strike, and with what; and what is said where it met nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from robustcore.calls.flows import FlowError
from robustcore.calls.types import Flow
from robustcore.case import Case
from robustcore.corpus.normalise import contains_answer
from robustcore.corpus.records import Example
from robustcore.keys import rng_of
from robustcore.perturb.draw import in_random_order
from robustcore.perturb.tools.faults import LISTED, Fault, ToolFaults
from robustcore.systems.base import AgentSystem, Answer, Task
from robustcore.systems.trace import ToolUse, Trace

DONORS: Final = 4
"""How many other examples are run at most to find a result of the same tool for another query."""
_OF_ANSWER: Final = frozenset({"stale", "contradictory"})


@dataclass(frozen=True, slots=True)
class Donors:
    """Other examples, whose clean runs give results of the same tools for other queries."""

    system: AgentSystem
    examples: Sequence[Example]
    replicate: int

    def other(self, fault: Fault, case: Case, use: ToolUse) -> Flow[str]:
        """Return the flow of a result of the tool of ``use`` for another query, or of an empty text.

        A result that states a gold answer would be no irrelevant one.
        """
        others = [example for example in self.examples if example.id != case.example.id]
        for example in islice(in_random_order(rng_of(fault.seed), others), DONORS):
            try:
                run = yield from self.system.perform(Task(question=example.question), replicate=self.replicate)
            except FlowError:
                continue
            for found in run.trace.uses if run.trace else ():
                same = found.tool == use.tool and found.status == "ok" and found.arguments != use.arguments
                fits = same and found.result.strip() not in ("", use.result.strip())
                if fits and not contains_answer(found.result, case.example.answers):
                    return found.result
        return ""


def aim(faults: ToolFaults, case: Case, twin: Answer, donors: Donors) -> Flow[ToolFaults]:
    """Return the flow of ``faults`` with what they left open decided by the clean way of ``twin``.

    A fault of the list that names no tool takes the first one that was used. A false value goes to the first result
    that states a gold answer, if no tool and no later call is named. ``irrelevant`` gets its other result.
    """
    uses = twin.trace.uses if twin.trace else ()
    aimed = []
    for fault in faults.faults:
        used = [use for use in uses if fault.tool in ("", use.tool)]
        if fault.kind in ("removed", "renamed") and not fault.tool and used:
            fault = replace(fault, tool=used[0].tool)
        elif fault.kind in _OF_ANSWER and fault.call == 1 and fault.share == 0:
            fault = _at_the_answer(fault, used, case)
        elif fault.kind == "irrelevant" and len(used) >= fault.call:
            other = yield from donors.other(fault, case, used[fault.call - 1])
            fault = replace(fault, tool=used[fault.call - 1].tool, detail={**fault.detail, "other": other})
        aimed.append(fault)
    return ToolFaults(faults=tuple(aimed))


def _at_the_answer(fault: Fault, used: Sequence[ToolUse], case: Case) -> Fault:
    stating = next((use for use in used if contains_answer(use.result, case.example.answers)), None)
    return fault if stating is None else replace(fault, tool=stating.tool, detail={**fault.detail, "only_gold": True})


def not_met(faults: ToolFaults, trace: Trace | None) -> tuple[str, str]:
    """Return the reason, and a note, why a run under ``faults`` says nothing of them; two empty texts if it does."""
    if not faults or trace is None:
        return "", ""
    if trace.impossible:
        return "not_applicable", trace.impossible
    if trace.reached:
        return "", ""
    if trace.unchanged:
        return "noop", f"{', '.join(trace.unchanged)}: nothing in the results could be changed"
    kinds = ", ".join(fault.kind for fault in faults.faults)
    why = "the model was never shown the tool" if all(f.kind in LISTED for f in faults.faults) else "no such call"
    return "not_applicable", f"{kinds}: the run did not meet the fault ({why})"


def planted_in(trace: Trace | None) -> str:
    """Return the false value that a run was given, or the word that an instruction asked for; empty without either."""
    if trace is None:
        return ""
    word = trace.canary if "injection" in trace.reached and not trace.target else ""
    return next((use.planted for use in trace.uses if use.planted), word)
