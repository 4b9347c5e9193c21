"""Faults of tools as data: what is to go wrong at which call. The value that ``tools`` operators edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

LISTED: Final = frozenset({"removed", "renamed", "reordered"})
"""Kinds that change the list of tools an agent is shown; every other kind changes what a call returns."""
LOST: Final = frozenset({"error", "timeout"})
"""Kinds under which a call returns no result at all: the tool is not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.

    ``kind`` is the operator's short name and ``level`` the step of its ladder, from 1. It strikes the ``call``-th call
    (from 1) of ``tool`` (empty: of any tool) whose result it can change, and with ``lasting`` every one after it; or,
    with ``share`` above 0, each such call with that probability. ``seed`` decides all that is drawn. ``detail`` holds
    the kind's own settings as JSON values.
    """

    kind: str
    level: int = 1
    tool: str = ""
    call: int = 1
    lasting: bool = False
    share: float = 0.0
    seed: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def to_json(self) -> dict[str, Any]:
        """Return the fault as a JSON object; `from_json` gives an equal one back."""
        return {
            "kind": self.kind, "level": self.level, "tool": self.tool, "call": self.call, "lasting": self.lasting,
            "share": self.share, "seed": self.seed, "detail": dict(self.detail),
        }  # fmt: skip

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Fault:
        """Return the fault that `to_json` wrote."""
        return cls(**value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFaults:
    """All faults of one case, in the order they are tried on a call; the first that strikes is the only one."""

    faults: tuple[Fault, ...] = ()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.faults)


NO_FAULTS: Final = ToolFaults()
