"""Headroom: could this stress have shown a weakness here at all? If not, "robust" would be the wrong word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from robustcore.stats.rows import Row
from robustcore.systems.trial import Trial

MIN_CHANGED = 0.01
MIN_ROOM = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Headroom:
    """Whether a condition could show a weakness in one measure.

    ``reason`` is empty if it could, else ``no_effect`` (it moved next to nothing), ``at_floor`` (the clean value can
    hardly get worse) or ``empty`` (no pair). ``changed`` is the share of pairs whose reply or ranking differs;
    ``room`` the mean distance of the clean value from the worst value of the measure.
    """

    reason: str
    changed: float | None
    room: float | None

    def __str__(self) -> str:
        """Return the reason in words, or an empty string."""
        match self.reason:
            case "no_effect":
                return f"no headroom: the stress changed {self.changed or 0:.1%} of the replies and rankings"
            case "at_floor":
                return f"no headroom: the clean value is within {self.room or 0:.2f} of the worst value"
            case "empty":
                return "no headroom: no case is scored clean and perturbed"
            case _:
                return ""


def headroom(
    rows: Iterable[Row],
    changed: Sequence[bool],
    *,
    higher_is_better: bool = True,
    min_changed: float = MIN_CHANGED,
    min_room: float = MIN_ROOM,
) -> Headroom:
    """Return the headroom of one measure under one condition.

    ``rows`` are the measure's rows under the condition (values in [0, 1]); ``changed`` says of each case that has a
    reply, clean and perturbed, whether anything visible differs (`changed_from`). There is none if no row is scored on
    both sides; if a share of less than ``min_changed`` changed; or if the mean clean value is nearer than ``min_room``
    to the worst value (0, or 1 where lower is better), so that it could not fall by more than that.
    """
    clean = [row.clean for row in rows if row.clean is not None and row.value is not None]
    share = sum(changed) / len(changed) if changed else None
    if not clean or share is None:
        return Headroom(reason="empty", changed=share, room=None)
    room = _room(clean, higher_is_better)
    floor = _bounded(clean) and room < min_room
    reason = "no_effect" if share < min_changed else "at_floor" if floor else ""
    return Headroom(reason=reason, changed=share, room=room)


def at_floor(rows: Iterable[Row], *, higher_is_better: bool = True) -> bool:
    """Say whether the clean values of the pairs in ``rows`` can hardly get worse: no loss was possible, or telling."""
    clean = [row.clean for row in rows if row.clean is not None and row.value is not None]
    return bool(clean) and _bounded(clean) and _room(clean, higher_is_better) < MIN_ROOM


def _room(clean: Sequence[float], higher_is_better: bool) -> float:
    mean = sum(clean) / len(clean)
    return mean if higher_is_better else 1 - mean


def _bounded(clean: Sequence[float]) -> bool:
    return all(0 <= value <= 1 for value in clean)  # a rank has no worst value


def changed_from(trial: Trial, clean: Trial) -> bool:
    """Say whether the reply (its words, abstention or citations) or the ranking differs from the clean twin's."""
    return _visible(trial) != _visible(clean)


def _visible(trial: Trial) -> tuple[object, ...]:
    answer = trial.answer
    ranking = None if trial.ranking is None else tuple(dict.fromkeys(passage.doc_id for passage in trial.ranking))
    if answer is None:
        return (trial.reason, ranking)
    return (" ".join(answer.text.split()), answer.abstained, answer.citations, ranking)
