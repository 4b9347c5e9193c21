"""Decisions by rule: named facts, a rule that joins comparisons of them, and the facts read back from a text."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

Value: TypeAlias = bool | int | float | str
Facts: TypeAlias = Mapping[str, Value]

OPS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
_NUMBER: Final = r"-?\d[\d,]*(?:\.\d+)?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """The value of another fact, as the right side of a comparison."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """``fact op than``: a fact compared with a value, or with another fact."""

    fact: str
    op: str
    than: Value | Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Rules of which ``all`` or ``any`` must hold."""

    join: Literal["all", "any"]
    parts: tuple[Rule, ...]


Rule: TypeAlias = Comparison | Joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """How a fact is written in a case: a line ``- label: value``, where ``form`` puts the unit (``{} percent``)."""

    label: str
    form: str = "{}"

    def line(self, value: Value) -> str:
        """Return the line that states ``value``."""
        return f"- {self.label}: {self.form.replace('{}', shown(value))}"


def shown(value: Value) -> str:
    """Return a value as a case states it: yes or no, thousands with a comma, text as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:,}"


def rule_of(value: Any, facts: Facts) -> Rule:
    """Return the rule that JSON ``value`` writes; `ValueError` says what is wrong with it.

    A rule is ``{"all": [rules]}``, ``{"any": [rules]}`` or ``{"fact": name, "op": one of OPS, "than": value}``, whose
    ``than`` may be ``{"fact": name}``. Names are those of ``facts``; values compared are of one type.
    """
    if isinstance(value, dict) and len(value) == 1 and value.keys() <= {"all", "any"}:
        ((join, parts),) = value.items()
        if not isinstance(parts, list) or not parts:
            raise ValueError(f"{join!r} takes a list of rules")
        return Joined(join=join, parts=tuple(rule_of(part, facts) for part in parts))
    if not isinstance(value, dict) or value.keys() != {"fact", "op", "than"}:
        raise ValueError(f"a rule has the keys fact, op and than, or all, or any: {value!r}")
    than = value["than"]
    right = Fact(name=than["fact"]) if isinstance(than, dict) and than.keys() == {"fact"} else than
    unknown = [
        name for name in (value["fact"], *([right.name] if isinstance(right, Fact) else [])) if name not in facts
    ]
    if unknown:
        raise ValueError(f"no fact is called {unknown[0]!r}: there are {', '.join(facts)}")
    made = Comparison(fact=value["fact"], op=value["op"], than=right)
    _check(made, facts)
    return made


def holds(rule: Rule, facts: Facts) -> bool:
    """Say whether ``facts`` satisfy ``rule``."""
    if isinstance(rule, Joined):
        found = (holds(part, facts) for part in rule.parts)
        return all(found) if rule.join == "all" else any(found)
    return OPS[rule.op](facts[rule.fact], _right(rule, facts))


def comparisons(rule: Rule) -> Iterator[Comparison]:
    """Yield the comparisons of a rule in order."""
    if isinstance(rule, Comparison):
        yield rule
    else:
        for part in rule.parts:
            yield from comparisons(part)


def facts_used(rule: Rule) -> frozenset[str]:
    """Return the names of the facts that a rule looks at."""
    found = list(comparisons(rule))
    return frozenset([*(one.fact for one in found), *(one.than.name for one in found if isinstance(one.than, Fact))])


def read_facts(text: str, facts: Facts, fields: Mapping[str, Field]) -> dict[str, Value]:
    """Return the facts that ``text`` states, each by its own line; one that it states twice or not at all is left out.

    ``facts`` give the type of each value, not the value.
    """
    found: dict[str, Value] = {}
    for name, known in facts.items():
        before, after = (re.escape(part) for part in fields[name].form.split("{}"))
        value = "(yes|no)" if isinstance(known, bool) else "(.+?)" if isinstance(known, str) else f"({_NUMBER})"
        lines = re.findall(rf"^- {re.escape(fields[name].label)}: {before}{value}{after}$", text, re.MULTILINE)
        if len(lines) == 1:
            found[name] = _value(lines[0], known)
    return found


def _value(text: str, known: Value) -> Value:
    if isinstance(known, bool):
        return text == "yes"
    if isinstance(known, str):
        return text
    number = float(text.replace(",", ""))
    return int(number) if number.is_integer() and "." not in text else number


def _right(rule: Comparison, facts: Facts) -> Value:
    return facts[rule.than.name] if isinstance(rule.than, Fact) else rule.than


def _check(rule: Comparison, facts: Facts) -> None:
    left, right = facts[rule.fact], _right(rule, facts)
    if rule.op not in OPS:
        raise ValueError(f"unknown comparison {rule.op!r}: there are {', '.join(OPS)}")
    ordered = all(isinstance(side, int | float) and not isinstance(side, bool) for side in (left, right))
    alike = type(left) is type(right) and isinstance(left, bool | str) and rule.op in ("==", "!=")
    if not ordered and not alike:
        raise ValueError(f"{rule.fact} is {left!r}, which cannot be compared by {rule.op} with {right!r}")
