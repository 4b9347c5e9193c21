"""Score and Measure: a measure is a value with a canonical name, separate from whoever computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from typing import Any, ClassVar, Final, Literal, Protocol, TypeAlias

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


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMeasure:
    """Base of measures that look at one trial and need no model: options are fields, `score` is the rest.

    The canonical name is ``base``, with the options that differ from their defaults in parentheses. A subclass sets
    the class variables and `score`. ``descriptive``: it says what a reply was and not how good that is, so that only
    aggregates show it.
    """

    base: ClassVar[str]
    higher_is_better: ClassVar[bool] = True
    binary: ClassVar[bool] = True
    status: ClassVar[Status] = "OURS"
    descriptive: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """Return the canonical name."""
        changed = [f"{f.name}={getattr(self, f.name)}" for f in options_of(self) if getattr(self, f.name) != f.default]
        return f"{self.base}({', '.join(changed)})" if changed else self.base

    @property
    def options(self) -> dict[str, Any]:
        """Return every option with its value."""
        return {f.name: getattr(self, f.name) for f in options_of(self)}

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return nothing: no model is asked."""
        return {}

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that scores ``trial`` and yields nothing."""
        return unscored(trial) or self.score(trial)
        yield []

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to score a trial")


def options_of(measure: object) -> list[Field[Any]]:
    """Return the fields of a measure, or of its class, that are options.

    Those are all but the ones with ``option`` False in their metadata; something that is no dataclass has none.
    """
    if not is_dataclass(measure):
        return []
    return [f for f in fields(measure) if f.metadata.get("option", True)]


def unscored(trial: Trial) -> Score | None:
    """Return the score of a trial without an answer (None, with the trial's reason), or None if there is an answer."""
    if not trial.reason and trial.answer is not None:
        return None
    if trial.unread and not trial.reason:
        return not_applicable("the system only retrieves")
    note = trial.note or (trial.error.message if trial.error else "")
    return Score(value=None, reason=trial.reason or "missing_reply", note=note)


def not_applicable(note: str) -> Score:
    """Return the score of a trial that a measure does not speak about."""
    return Score(value=None, reason="not_applicable", note=note)


NO_GOLD: Final = Score(value=None, reason="no_oracle", note="no gold answer with content")
DECLINE: Final = not_applicable("the right reply is to decline, see abstained")
