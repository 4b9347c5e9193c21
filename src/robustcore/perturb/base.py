"""What an operator is: a function of (text, severity, seed, options), or a flow that asks models, with its record."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from typing import Any, Literal, TypeAlias, get_args

from robustcore.calls.flows import run_alone
from robustcore.calls.types import Flow
from robustcore.errors import InputError, Problem, suggest
from robustcore.perturb.edit import At, Edit
from robustcore.perturb.options import Option, bad_option

Inject: TypeAlias = Literal["question", "context", "corpus", "history", "tools", "framing"]


class Preserves(StrEnum):
    """What an operator keeps (spec perturbations 1); it decides what is expected of the system."""

    MEANING = "meaning"
    ANSWER_CHANGING = "answer_changing"
    EVIDENCE_REMOVING = "evidence_removing"
    ADDS_NOISE = "adds_noise"
    CONTESTED = "contested"
    PRESSURE = "pressure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A perturbation operator as registered.

    ``apply(value, at, **options)`` gets the question (str), the passages (tuple[Passage, ...]), a `CorpusEdit`, a
    `Framing` or a `Talk`, by ``inject``. ``levels`` are the only severities a discrete operator accepts. ``main`` is
    the option that a bare value in YAML sets (``name: value``). ``gated`` marks an operator whose cases need a validity
    verdict before they say anything (spec perturbations 1, column "gate"). One that asks models has a ``flow``, with
    the arguments of ``apply``, and ``needs``: the fields of `Models` it asks; its ``apply`` works without a call
    (severity 0, a stored variant, a refusal) and raises `RuntimeError` where one is needed. A ``setting`` puts
    something in its place whatever was there: leaving it as it was is no noop, and in a chain it does not count as a
    perturbation.
    """

    name: str
    inject: Inject
    preserves: Preserves
    version: int
    apply: Callable[..., Edit[Any]]
    options: Mapping[str, Option] = field(default_factory=dict)
    levels: tuple[float, ...] = ()
    main: str = ""
    gated: bool = False
    flow: Callable[..., Flow[Edit[Any]]] | None = None
    needs: frozenset[str] = frozenset()
    setting: bool = False

    @property
    def asks(self) -> frozenset[str]:
        """Return the fields of `Models` that the operator or its gate may ask."""
        judged = self.gated and self.preserves in (Preserves.MEANING, Preserves.ADDS_NOISE)
        return self.needs | {"encoder", "judge", "entailment"} if judged else self.needs

    @property
    def short(self) -> str:
        """Return the name without its injection point."""
        return self.name.rpartition(".")[2]


def perturbation(
    name: str,
    *,
    preserves: Preserves,
    version: int = 1,
    levels: tuple[float, ...] = (),
    main: str = "",
    choices: Mapping[str, tuple[Any, ...]] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    gated: bool = False,
    needs: tuple[str, ...] = (),
    setting: bool = False,
    inject: Inject | None = None,
) -> Callable[[Callable[..., Edit[Any] | Flow[Edit[Any]]]], Operator]:
    """Return a decorator that makes an `Operator` of a function.

    The options are the function's keyword-only parameters: each needs an annotation (int, float, bool or str)
    and a default. ``choices`` lists the accepted values of an option, ``ranges`` the lowest and highest of a number.
    A generator function makes an operator with a ``flow``, and ``needs`` names the `Models` it asks. Severity 0
    is the identity, and an unchanged value is ``noop`` (but for a ``setting``), without the function's doing.
    ``inject`` is the injection point where the name does not begin with it (``regime.full_set``). A name without an
    injection point, an option without annotation or default, or a ``main`` that is no option raises
    `InputError`.
    """

    def decorate(function: Callable[..., Edit[Any] | Flow[Edit[Any]]]) -> Operator:
        point = inject or name.partition(".")[0]
        parameters = inspect.signature(function, eval_str=True).parameters.values()
        named = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
        problems = [*_bad_name(name, point), *(p for option in named for p in bad_option(name, option))]
        if main and main not in {p.name for p in named}:
            problems.append(Problem(what=f"{name}: main={main!r} is none of its options"))
        if problems:
            raise InputError(problems)
        options = {}
        for p in named:
            low, high = (ranges or {}).get(p.name, (-math.inf, math.inf))
            allowed = (choices or {}).get(p.name, ())
            options[p.name] = Option(
                name=p.name, type=p.annotation, default=p.default, choices=allowed, low=low, high=high
            )
        flow = _guarded_flow(function) if inspect.isgeneratorfunction(function) else None
        return Operator(
            name=name,
            inject=point,  # type: ignore[arg-type]  # checked above
            preserves=preserves,
            version=version,
            apply=_guarded(function, setting=setting) if flow is None else _alone(flow),
            options=options,
            levels=levels,
            main=main,
            gated=gated,
            flow=flow,
            needs=frozenset(needs),
            setting=setting,
        )

    return decorate


def _guarded(function: Callable[..., Any], *, setting: bool) -> Callable[..., Edit[Any]]:
    """Return ``function`` with the rules that hold for every operator: identity at 0, no silent no-op but a setting."""

    @wraps(function)
    def apply(value: Any, at: At, **options: Any) -> Edit[Any]:
        if at.severity == 0:
            return Edit(value=value)
        edit: Edit[Any] = function(value, at, **options)
        return _no_silent_noop(value, edit) if edit.value == value and not setting else edit

    return apply


def _guarded_flow(function: Callable[..., Any]) -> Callable[..., Flow[Edit[Any]]]:
    """Return `_guarded` for a flow."""

    @wraps(function)
    def flow(value: Any, at: At, **options: Any) -> Flow[Edit[Any]]:
        if at.severity == 0:
            return Edit(value=value)
        return _no_silent_noop(value, (yield from function(value, at, **options)))

    return flow


def _alone(flow: Callable[..., Flow[Edit[Any]]]) -> Callable[..., Edit[Any]]:
    """Return the function that runs ``flow`` where it needs no call."""

    @wraps(flow)
    def apply(value: Any, at: At, **options: Any) -> Edit[Any]:
        return run_alone(flow(value, at, **options))

    return apply


def _no_silent_noop(value: Any, edit: Edit[Any]) -> Edit[Any]:
    if edit.status == "applied" and edit.value == value:
        return edit._replace(status="noop", edits=0, note=edit.note or "the output equals the input")
    return edit


def _bad_name(name: str, inject: str) -> list[Problem]:
    points = get_args(Inject)
    if inject in points and "." in name:
        return []
    return [
        Problem(what=f"{name!r} does not start with an injection point", choices=points, fix=suggest(inject, points))
    ]
