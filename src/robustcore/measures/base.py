"""Score and Measure: a measure is a value with a canonical name, separate from whoever computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from robustcore.calls.types import Endpoint, Flow
from robustcore.systems.trial import Trial

Status: TypeAlias = Literal["PAPER", "REPORTED", "STANDARD", "OURS"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A value, or None with the reason it could not be scored (spec metrics 0.2). ``note`` explains it to people."""

    value: float | None
    reason: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse an unscored value without a reason: it could not be counted."""
        if self.value is None and not self.reason:
            raise ValueError("an unscored value needs a reason")


class Measure(Protocol):
    """A named, parametrised way to score one trial.

    ``name`` is canonical (``nDCG@10``) and reads back through `parse`; ``higher_is_better`` gives the direction;
    ``binary`` says that values are 0 or 1; ``options`` are stored with every value; ``status`` is the spec's tag;
    ``endpoints`` are what its calls name (empty for a measure that needs no model).
    """

    @property
    def name(self) -> str:
        """Return the canonical name."""
        ...

    @property
    def higher_is_better(self) -> bool:
        """Return the direction."""
        ...

    @property
    def binary(self) -> bool:
        """Say whether values are 0 or 1."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """Return the options that values depend on."""
        ...

    @property
    def status(self) -> Status:
        """Return the status tag of the definition."""
        ...

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the endpoints this measure's calls name."""
        ...

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that scores ``trial``; a measure that needs no model yields nothing."""
        ...
