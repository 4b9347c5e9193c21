"""Options of operators: what one may be, and whether the options given for an operator are right."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from robustcore.errors import InputError, Problem, suggest

if TYPE_CHECKING:
    from robustcore.perturb.base import Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of an operator: its Python type, default, the values it may take (if few) and a number's limits."""

    name: str
    type: type
    default: Any
    choices: tuple[Any, ...] = ()
    low: float = -math.inf
    high: float = math.inf


def bad_option(name: str, parameter: inspect.Parameter) -> list[Problem]:
    """Return what is wrong with a parameter that is to be an option of the operator called ``name``."""
    problems = []
    if parameter.annotation not in (int, float, bool, str):
        what = f"{name}: option {parameter.name!r} needs a type it can be checked against"
        problems.append(Problem(what=what, choices=("int", "float", "bool", "str")))
    if parameter.default is parameter.empty:
        problems.append(Problem(what=f"{name}: option {parameter.name!r} needs a default"))
    return problems


def check_options(operator: Operator, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the full options for ``given``, or raise `InputError` with one problem per bad option."""
    problems: list[Problem] = []
    full = {option.name: option.default for option in operator.options.values()}
    for key, value in given.items():
        option = operator.options.get(key)
        if option is None:
            what = f"{operator.name} has no option {key!r}"
            problems.append(Problem(what=what, choices=tuple(full), fix=suggest(key, full)))
            continue
        number_for_float = option.type is float and isinstance(value, int) and not isinstance(value, bool)
        if not number_for_float and type(value) is not option.type:
            wanted = option.type.__name__
            problems.append(Problem(what=f"{operator.name}: {key} must be {wanted}, not {value!r}"))
        elif option.choices and value not in option.choices:
            allowed = tuple(str(choice) for choice in option.choices)
            fix = suggest(str(value), allowed)
            problems.append(Problem(what=f"{operator.name}: {key} cannot be {value!r}", choices=allowed, fix=fix))
        elif option.type in (int, float) and not option.low <= value <= option.high:  # NaN fails this, too
            limits = f"{option.low:g} to {option.high:g}"
            problems.append(Problem(what=f"{operator.name}: {key} must be {limits}, not {value!r}"))
        full[key] = float(value) if number_for_float else value
    if problems:
        raise InputError(problems)
    return full
