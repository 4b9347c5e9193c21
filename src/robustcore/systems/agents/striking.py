"""Striking: which fault of a task strikes which call of a tool, and what it makes of the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from robustcore.keys import Draws, rng_of, seed_of
from robustcore.perturb.tools.faults import LISTED, LOST, Fault, ToolFaults
from robustcore.perturb.tools.faulty import ordered
from robustcore.perturb.tools.results import Faulty, faulty, lost


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that strikes a call before its tool is run: ``delay`` in seconds, or the ``result`` in place of any."""

    fault: Fault
    delay: float = 0.0
    result: Faulty | None = None


class Striking:
    """The faults of one run and how often each has met a call. Made afresh for every run."""

    def __init__(self, faults: ToolFaults, *, dangerous: tuple[str, ...] = (), limit: float = 60.0) -> None:
        self.faults = tuple(ordered(fault, dangerous) for fault in faults.faults)
        self.reached: list[str] = []
        self.unchanged: list[str] = []
        self._limit = limit
        self._met: Counter[int] = Counter()  # calls that each fault could have struck

    def before(self, tool: str) -> Struck | None:
        """Return what strikes a call of ``tool`` before it is run."""
        gone = next((f for f in self.faults if f.kind == "removed" and f.tool == tool), None)
        if gone is not None:
            text = f"Error: {tool} is not a valid tool, it has been withdrawn."
            return self._strikes(gone, Struck(gone, result=Faulty(text=text, status="error")))
        for place, fault in enumerate(self.faults):
            if fault.kind in LOST and self._hits(place, fault, tool):
                return self._strikes(fault, Struck(fault, result=lost(fault, self._limit)))
            if fault.kind == "slow" and self._hits(place, fault, tool):
                return self._strikes(fault, Struck(fault, delay=float(fault.detail["seconds"])))
        return None

    def after(self, tool: str, text: str) -> tuple[Fault, Faulty] | None:
        """Return what becomes of the result ``text`` of a call of ``tool``, or None if it stays as it is.

        A fault that finds nothing to change in a result waits for the next one.
        """
        for place, fault in enumerate(self.faults):
            if fault.kind in LISTED or fault.kind in LOST or fault.kind == "slow":
                continue
            if not _aims_at(fault, tool):
                continue
            made = faulty(fault, text, self._rng(fault, place), other=str(fault.detail.get("other", "")))
            if made is None:
                self.unchanged.append(fault.kind)
            elif self._hits(place, fault, tool):
                self.reached.append(fault.kind)
                return fault, made
        return None

    def shown(self, tools: Sequence[dict[str, Any]], name_of: Callable[[dict[str, Any]], str]) -> list[int]:
        """Return the places of the ``tools`` that a model is shown, in the order in which it is shown them."""
        places = list(range(len(tools)))
        for fault in self.faults:
            if fault.kind == "removed" and any(name_of(tools[place]) == fault.tool for place in places):
                places = [place for place in places if name_of(tools[place]) != fault.tool]
                self._once(fault)
            if fault.kind == "reordered" and len(places) > 1:
                start = 1 + rng_of(fault.seed).below(len(places) - 1)
                places = places[start:] + places[:start]
                self._once(fault)
        return places

    def names(self) -> dict[str, str]:
        """Return the names under which tools are shown, by their own."""
        found = {}
        for fault in self.faults:
            if fault.kind == "renamed" and fault.tool:
                found[fault.tool] = f"{fault.tool}_{1 + fault.seed % 8}x"
        return found

    def renamed(self) -> None:
        """Note that a tool has been shown under another name."""
        for fault in self.faults:
            if fault.kind == "renamed":
                self._once(fault)

    def _hits(self, place: int, fault: Fault, tool: str) -> bool:
        if not _aims_at(fault, tool):
            return False
        self._met[place] += 1
        count = self._met[place]
        if fault.share > 0:
            return rng_of(seed_of(fault.seed, "share", count)).random() < fault.share
        return count == fault.call or (fault.lasting and count > fault.call)

    def _strikes(self, fault: Fault, struck: Struck) -> Struck:
        self.reached.append(fault.kind)
        return struck

    def _once(self, fault: Fault) -> None:
        if fault.kind not in self.reached:
            self.reached.append(fault.kind)

    def _rng(self, fault: Fault, place: int) -> Draws:
        """Return the draws of a result: a lasting false value stays the same from call to call."""
        return rng_of(seed_of(fault.seed, place))


def _aims_at(fault: Fault, tool: str) -> bool:
    return fault.tool in ("", tool)


def aimed(fault: Fault, **fields: Any) -> Fault:
    """Return ``fault`` with other ``fields``; a mapping ``detail`` is added to its own."""
    detail = {**fault.detail, **fields.pop("detail", {})}
    return replace(fault, detail=detail, **fields)
