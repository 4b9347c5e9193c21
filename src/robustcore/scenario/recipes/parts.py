"""What a recipe is made of, and the checks that recipes share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from robustcore.errors import InputError, Problem, suggest


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Parts of a scenario, each spelled as in its file.

    ``perturb`` are items (conditions), ``measures`` names of measures and suite aggregates, ``expect`` the gates that
    hold unless the file has its own, ``limits`` the sentences that are printed with the results.
    """

    perturb: tuple[Any, ...]
    measures: tuple[str, ...]
    expect: tuple[Mapping[str, Any], ...]
    limits: tuple[str, ...]


def link(name: str, severity: float | None = None, **options: Any) -> Any:
    """Return an operator as a link of a chain, at its own severity if one is given."""
    named: dict[str, Any] = {name: options}
    return named if severity is None else {**named, "severity": severity}


def chained(label: str, *links: Any) -> dict[str, Any]:
    """Return an item of ``perturb`` that applies ``links`` one after the other.

    Its severity is that of its one link, if that has its own, else 1: the greatest of a chain (spec perturbations 1).
    """
    if len(links) == 1 and "severity" in links[0]:
        named = {key: value for key, value in links[0].items() if key != "severity"}
        return {"chain": [named], "severity": [links[0]["severity"]], "label": label}
    return {"chain": list(links), "severity": [1.0], "label": label}


def at_least(measure: str, threshold: float) -> dict[str, Any]:
    """Return a gate on an aggregate."""
    return {"group": {"measure": measure, "at-least": threshold}}


def at_most(measure: str, threshold: float) -> dict[str, Any]:
    """Return a gate on an aggregate that must not be higher."""
    return {"group": {"measure": measure, "at-most": threshold}}


def check_choice(recipe: str, option: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise `InputError` with the choices if ``value`` cannot be that option."""
    if value not in choices:
        what = f"{recipe}: {option} cannot be {value!r}"
        raise InputError(Problem(what=what, choices=choices, fix=suggest(value, choices)))


def check_range(recipe: str, option: str, value: float, low: float, high: float) -> None:
    """Raise `InputError` unless ``value`` lies between the limits."""
    if not low <= value <= high:
        raise InputError(Problem(what=f"{recipe}: {option} must be {low:g} to {high:g}, not {value:g}"))
