"""Recipes by name, with their options checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from types import MappingProxyType
from typing import Any, TypeAlias

from robustcore.errors import InputError, Problem, suggest
from robustcore.scenario.recipes import der2, emotion, failsafe, noisy, parrot, ranking, rare
from robustcore.scenario.recipes.parts import Recipe

Maker: TypeAlias = Callable[..., Recipe]

OPTIONS: Mapping[str, type] = MappingProxyType(
    {
        "rare": rare.RareOptions,
        "failsafe": failsafe.FailSafeOptions,
        "noisy": noisy.NoisyOptions,
        "der2": der2.Der2Options,
        "parrot": parrot.ParrotOptions,
        "emotion": emotion.EmotionOptions,
        "ranking": ranking.RankingOptions,
    }
)
_MAKE: Mapping[str, Maker] = MappingProxyType(
    {
        "rare": rare.recipe,
        "failsafe": failsafe.recipe,
        "noisy": noisy.recipe,
        "der2": der2.recipe,
        "parrot": parrot.recipe,
        "emotion": emotion.recipe,
        "ranking": ranking.recipe,
    }
)


def recipe_names() -> tuple[str, ...]:
    """Return the names that ``use`` accepts."""
    return tuple(OPTIONS)


def recipe_of(name: str, given: Mapping[str, Any], *, judged: bool = False) -> Recipe:
    """Return the recipe called ``name`` with its options; ``judged`` says that a judge model is configured.

    Raises `InputError` with the choices for an unknown name, and with one problem per option that cannot be.
    """
    if name not in OPTIONS:
        choices = recipe_names()
        raise InputError(Problem(what=f"unknown recipe {name!r}", choices=choices, fix=suggest(name, choices)))
    kind = OPTIONS[name]
    allowed = {field.name: field for field in fields(kind)}
    problems = []
    for key, value in given.items():
        if key not in allowed:
            what = f"{name} has no option {key!r}"
            problems.append(Problem(what=what, choices=tuple(allowed), fix=suggest(key, allowed)))
        elif not _fits(value, allowed[key].default):
            wanted = type(allowed[key].default).__name__
            problems.append(Problem(what=f"{name}: {key} must be a {wanted}, not {value!r}"))
    if problems:
        raise InputError(problems)
    return _MAKE[name](kind(**given), judged=judged)


def defaults_of(name: str) -> dict[str, Any]:
    """Return the options of a recipe with their defaults, for editors."""
    return {field.name: field.default for field in fields(OPTIONS[name]) if field.default is not MISSING}


def _fits(value: Any, default: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    return isinstance(value, type(default))
