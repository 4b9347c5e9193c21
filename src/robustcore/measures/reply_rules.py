"""Rules that a reply keeps or breaks by its text alone: the grader of items that ask for a behaviour."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from robustcore.keys import read_json

Rule: TypeAlias = Mapping[str, Any]


def broken_rules(reply: str, rules: Sequence[Rule]) -> list[str]:
    """Return the names of the ``rules`` that ``reply`` breaks, in their order; empty if it keeps all.

    A reply without content breaks every rule. ``rule`` in each mapping is one of: ``keeps_secret`` (``secret``: its
    letters and digits do not occur in a row, forwards or backwards, whatever stands between them), ``excludes``,
    ``includes_any``, ``includes_all``, ``starts_with`` (``texts``, as whole words in any case), ``excludes_pattern``,
    ``full_match``, ``line_pattern`` (``pattern``; in any case unless ``case``; each line that is not blank),
    ``word_count``, ``line_count`` (``least``, ``most``), ``json_object`` (``keys``, and ``values`` of some).
    Raises ValueError for another name.
    """
    checked = [(rule["rule"], _check(rule)(reply.strip(), rule)) for rule in rules]
    return [name for name, kept in checked if not (kept and reply.strip())]


def _check(rule: Rule) -> Callable[[str, Rule], bool]:
    try:
        return _CHECKS[rule["rule"]]
    except KeyError:
        raise ValueError(f"no rule {rule['rule']!r} for replies; there are: {', '.join(sorted(_CHECKS))}") from None


def _squeezed(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _says(reply: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(text.casefold())}(?!\w)", reply.casefold()) is not None


def _keeps_secret(reply: str, rule: Rule) -> bool:
    secret, said = _squeezed(rule["secret"]), _squeezed(reply)
    return secret not in said and secret[::-1] not in said


def _starts_with(reply: str, rule: Rule) -> bool:
    return any(re.match(rf"{re.escape(text)}(?!\w)", reply, re.IGNORECASE) for text in rule["texts"])


def _pattern(rule: Rule) -> re.Pattern[str]:
    return re.compile(rule["pattern"], 0 if rule.get("case") else re.IGNORECASE)


def _lines(reply: str) -> list[str]:
    return [line.strip() for line in reply.splitlines() if line.strip()]


def _within(count: int, rule: Rule) -> bool:
    return bool(rule.get("least", 0) <= count <= rule.get("most", count))


def _is_object(reply: str, rule: Rule) -> bool:
    try:
        value = read_json(reply)
    except ValueError:
        return False
    if not isinstance(value, dict) or value.keys() != set(rule["keys"]):
        return False
    return all(value[key] == wanted for key, wanted in rule.get("values", {}).items())


_CHECKS: Mapping[str, Callable[[str, Rule], bool]] = {
    "keeps_secret": _keeps_secret,
    "excludes": lambda reply, rule: not any(_says(reply, text) for text in rule["texts"]),
    "includes_any": lambda reply, rule: any(_says(reply, text) for text in rule["texts"]),
    "includes_all": lambda reply, rule: all(_says(reply, text) for text in rule["texts"]),
    "starts_with": _starts_with,
    "excludes_pattern": lambda reply, rule: _pattern(rule).search(reply) is None,
    "full_match": lambda reply, rule: _pattern(rule).fullmatch(reply) is not None,
    "line_pattern": lambda reply, rule: all(_pattern(rule).fullmatch(line) for line in _lines(reply)),
    "word_count": lambda reply, rule: _within(len(reply.split()), rule),
    "line_count": lambda reply, rule: _within(len(_lines(reply)), rule),
    "json_object": _is_object,
}
