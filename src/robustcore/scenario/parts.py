"""What a scenario file says together with what its recipe brings, each part with the place it is answerable for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from robustcore.errors import InputError
from robustcore.scenario import wire
from robustcore.scenario.named import read_named
from robustcore.scenario.notes import Notes
from robustcore.scenario.recipes.names import recipe_of
from robustcore.scenario.recipes.parts import Recipe
from robustcore.scenario.yaml_marks import YamlPath

_USE: YamlPath = ("use",)
_NOTHING = Recipe(perturb=(), measures=(), expect=(), limits=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Conditions, measures and expectations with their places, recipe first; ``limits`` in words."""

    perturb: list[tuple[Any, YamlPath]] = field(default_factory=list)
    measures: list[tuple[str, YamlPath]] = field(default_factory=list)
    expect: list[tuple[wire.Expectation, YamlPath]] = field(default_factory=list)
    limits: tuple[str, ...] = ()


def parts_of(file: wire.ScenarioFile, notes: Notes, *, judged: bool = False) -> Parts:
    """Return the parts of ``file``; the gates of its recipe only if it has no ``expect`` of its own."""
    recipe = _recipe(file.use, notes, judged=judged)
    own: list[tuple[wire.Expectation, YamlPath]] = [(item, ("expect", i)) for i, item in enumerate(file.expect)]
    brought: list[tuple[wire.Expectation, YamlPath]] = [
        (wire.Expectation.model_validate(gate), _USE) for gate in recipe.expect
    ]
    return Parts(
        perturb=[
            *((item, _USE) for item in recipe.perturb),
            *((x, ("perturb", i)) for i, x in enumerate(file.perturb)),
        ],
        measures=[*((m, _USE) for m in recipe.measures), *((m, ("measures", i)) for i, m in enumerate(file.measures))],
        expect=own or brought,
        limits=tuple(dict.fromkeys((*recipe.limits, *file.limits))),
    )


def _recipe(use: Any, notes: Notes, *, judged: bool) -> Recipe:
    if use is None:
        return _NOTHING
    try:
        named = read_named(use)
        return recipe_of(named.name, named.options(""), judged=judged)
    except InputError as error:
        notes.take(_USE, error)
        return _NOTHING
