"""The gate language: ``m``, ``pass_rate``, ``drop_abs(m)`` and its like, suite aggregates like ``rare_met.query``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from robustcore.errors import InputError, Problem, suggest
from robustcore.measures.suite import Suite, is_suite, parse_suite

ExpressionKind: TypeAlias = Literal["mean", "pass_rate", "drop_abs", "drop_rel", "union", "worst_case", "suite"]

FUNCTIONS: tuple[str, ...] = ("drop_abs", "drop_rel", "union", "worst_case")
SPELLINGS: tuple[str, ...] = ("m", "pass_rate", *(f"{name}(m)" for name in FUNCTIONS))

# ``word(inner)`` up to the end of the text. A measure's own parameters hold a ``=`` or are followed by ``@k``
# (``nDCG(dcg='exp-log2')@10``, ``RBP(p=0.8)``), so they are never taken for one of ours.
_APPLIED = re.compile(r"\s*([A-Za-z_][\w-]*)\s*\((.*)\)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """What a gate aggregates.

    ``kind`` is how the rows are folded (``mean`` for a bare measure, see spec metrics 0.11 and 9.1 for the rest);
    ``measure_name`` is the measure inside, as written, and empty for ``pass_rate``, which reads the ``each``
    expectation instead. A ``suite`` is itself an aggregate, over several conditions; its name stands in
    ``measure_name``.
    """

    kind: ExpressionKind
    measure_name: str = ""

    def __str__(self) -> str:
        """Return the spelling that parses back to this expression."""
        if self.kind == "pass_rate":
            return "pass_rate"
        return self.measure_name if self.kind in ("mean", "suite") else f"{self.kind}({self.measure_name})"

    @property
    def suite(self) -> Suite | None:
        """Return the suite aggregate that is meant, None for any other expression."""
        return parse_suite(self.measure_name) if self.kind == "suite" else None


def parse_expression(text: str) -> Expression:
    """Return what ``text`` asks for; raise `InputError` with the spellings and a suggestion if it is none of them.

    Whether the measure inside exists is not checked here.
    """
    stripped = text.strip()
    if not stripped:
        raise InputError(Problem(what="a gate's measure is empty", choices=SPELLINGS))
    if stripped == "pass_rate":
        return Expression(kind="pass_rate")
    if is_suite(stripped):
        return Expression(kind="suite", measure_name=parse_suite(stripped).name)
    if stripped in FUNCTIONS:
        fix = f"write {stripped}(m), for instance {stripped}(answer_correct)"
        raise InputError(Problem(what=f"{stripped!r} needs a measure in parentheses", fix=fix))
    applied = _APPLIED.fullmatch(stripped)
    if applied is None or ("=" in applied[2] and applied[1] not in FUNCTIONS):
        return Expression(kind="mean", measure_name=stripped)
    return _applied(applied[1], applied[2].strip())


def _applied(function: str, inner: str) -> Expression:
    if function not in FUNCTIONS:
        what = f"a gate cannot compute {function}(...)"
        raise InputError(Problem(what=what, choices=SPELLINGS, fix=suggest(function, FUNCTIONS)))
    if not inner:
        raise InputError(Problem(what=f"{function}() names no measure", fix=f"write {function}(answer_correct)"))
    nested = _APPLIED.fullmatch(inner)
    if inner == "pass_rate" or inner in FUNCTIONS or (nested and nested[1] in FUNCTIONS) or is_suite(inner):
        what = f"{function}(...) takes the name of a measure, not {inner!r}"
        raise InputError(Problem(what=what, choices=SPELLINGS, fix="put one measure's name in the parentheses"))
    return Expression(kind=cast("ExpressionKind", function), measure_name=inner)
