"""Trace: what an agent did on the way to its answer, as values and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, TypeAlias

Ended: TypeAlias = Literal["answered", "step_limit", "time_limit"]
UseStatus: TypeAlias = Literal["ok", "error", "timeout"]
MOST_SHOWN: Final = 8
_CHARACTERS: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """One call of a tool.

    ``result`` is what the agent got; ``clean`` what the tool returned (None: it was not run, or is the same); ``fault``
    the kind that struck, or empty. ``planted`` and ``truth`` are the false value put in and the one it stands for.
    ``status`` says whether there was a result; ``dangerous`` whether the tool is marked so.
    """

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    result: str = ""
    clean: str | None = None
    fault: str = ""
    planted: str = ""
    truth: str = ""
    status: UseStatus = "ok"
    dangerous: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The way of one run.

    ``uses`` are the calls of tools in the order of their results; ``turns`` how often the model was asked; ``said`` the
    texts it wrote beside its calls; ``reached`` the kinds of faults that struck, ``unchanged`` those that met a call
    and found nothing in its result to change; ``canary`` the word that an injected instruction asked for, ``target``
    the tool; ``impossible`` why a fault cannot be put to this agent.
    """

    uses: tuple[ToolUse, ...] = ()
    turns: int = 0
    ended: Ended = "answered"
    said: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    canary: str = ""
    target: str = ""
    impossible: str = ""


def trace_to_json(trace: Trace) -> dict[str, Any]:
    """Return ``trace`` as a JSON object; `trace_from_json` gives an equal one back."""
    plain = {f.name: getattr(trace, f.name) for f in fields(trace) if f.name != "uses"}
    uses = [{f.name: getattr(use, f.name) for f in fields(use)} for use in trace.uses]
    return {**plain, "said": list(trace.said), "reached": list(trace.reached), "unchanged": list(trace.unchanged),
            "uses": [{**use, "arguments": dict(use["arguments"])} for use in uses]}  # fmt: skip


def trace_from_json(value: Mapping[str, Any]) -> Trace:
    """Return the trace that `trace_to_json` wrote."""
    listed = {name: tuple(value[name]) for name in ("said", "reached", "unchanged")}
    return Trace(**{**value, **listed, "uses": tuple(ToolUse(**use) for use in value["uses"])})


def way_lines(trace: Trace) -> Iterator[str]:
    """Yield the way in words: a line for each call with its result and the fault that struck, and how the run ended."""
    for use in trace.uses[:MOST_SHOWN]:
        given = ", ".join(f"{name}={value!r}" for name, value in use.arguments.items())
        struck = f" [{use.fault}]" if use.fault else ""
        yield f"{use.tool}({given})"[:_CHARACTERS] + f"{struck}: {use.result[:_CHARACTERS]}"
    if len(trace.uses) > MOST_SHOWN:
        yield f"and {len(trace.uses) - MOST_SHOWN} more calls"
    if trace.ended != "answered":
        yield f"ended by its {trace.ended.replace('_', ' ')}"
