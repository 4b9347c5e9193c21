"""What a fault makes of the result of a tool: pure functions of the text, the fault and a seed of the call."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from robustcore.corpus.normalise import contains_answer
from robustcore.keys import Draws
from robustcore.perturb.draw import pick
from robustcore.perturb.facts.dates import dated_after
from robustcore.perturb.facts.values import other_values
from robustcore.perturb.tools.faults import Fault
from robustcore.perturb.tools.units import converted

MARKER: Final = " [output truncated]"
KEPT: Final = (0.75, 0.5, 0.25)
STATUS: Final = {408: "Request Timeout", 429: "Too Many Requests", 500: "Internal Server Error",
                 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}  # fmt: skip
_NUMBER: Final = re.compile(r"(?<![\w.,-])\d+(?:[.,]\d+)*(?![\w]|[.,]\d)")
_ISO: Final = re.compile(r"\b((?:19|20)\d\d)(-\d\d-\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """A result as the agent gets it in place of the true one.

    ``planted`` is a false value it now holds and ``truth`` the true one that stood there; both empty if no value was
    changed. ``status`` is ``error`` or ``timeout`` where there is no result.
    """

    text: str
    planted: str = ""
    truth: str = ""
    status: str = "ok"


def lost(fault: Fault, limit: float) -> Faulty:
    """Return what an agent is told of a call that gives no result; ``limit`` is what a tool may take, in seconds."""
    if fault.kind == "timeout":
        return Faulty(text=f"TimeoutError: no result within {limit:g} seconds", status="timeout")
    status = int(fault.detail.get("status", 503))
    return Faulty(text=f"HTTP {status} {STATUS.get(status, 'Error')}: the tool could not be reached", status="error")


def faulty(fault: Fault, text: str, rng: Draws, *, other: str = "") -> Faulty | None:
    """Return what ``fault`` makes of the result ``text``, or None if it finds nothing in it to change.

    ``other`` is a result of the same tool for another query, which ``irrelevant`` puts in its place.
    """
    if fault.kind == "irrelevant":
        return Faulty(text=other) if other and other.strip() != text.strip() else None
    made = _KINDS[fault.kind](fault, text, rng)
    return made if made is not None and made.text != text else None


def _empty(fault: Fault, text: str, rng: Draws) -> Faulty | None:
    del fault, rng
    value = structured(text)
    nothing = "[]" if isinstance(value, list) else "{}" if isinstance(value, dict) else "No results."
    return Faulty(text=nothing) if text.strip() and value not in ([], {}) else None


def _truncated(fault: Fault, text: str, rng: Draws) -> Faulty | None:
    del rng
    kept = int(len(text) * KEPT[fault.level - 1])
    return Faulty(text=text[:kept] + (MARKER if fault.detail.get("marker", True) else "")) if text.strip() else None


def _contradictory(fault: Fault, text: str, rng: Draws) -> Faulty | None:
    found = _false_value(text, fault.detail, rng)
    return None if found is None else Faulty(text=_put(text, *found), planted=found[1], truth=found[0])


def _stale(fault: Fault, text: str, rng: Draws) -> Faulty | None:
    found = _false_value(text, fault.detail, rng)
    if found is None:
        return None
    years = 2 + rng.below(4)
    aged = _ISO.sub(lambda match: f"{int(match[1]) - years}{match[2]}", _put(text, *found))
    day = f"{dated_after('', rng)}"
    value = structured(text)
    if isinstance(value, dict) and text.lstrip().startswith("{") and text.rstrip().endswith("}"):
        aged = f'{aged.rstrip()[:-1]}, "as_of": "{day}"}}'
    else:
        aged = f"As of {day}: {aged}"
    return Faulty(text=aged, planted=found[1], truth=found[0])


def _wrong_unit(fault: Fault, text: str, rng: Draws) -> Faulty | None:
    del rng
    found = converted(text, labelled=fault.level == 1, bare=fault.level == 2)
    if found is None:
        return None
    told = fault.level == 1  # the label says what it is: no false value
    return Faulty(text=found.text, planted="" if told else found.after, truth="" if told else found.before)


def _schema_drift(fault: Fault, text: str, rng: Draws) -> Faulty | None:
    value = structured(text)
    rows = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
    keys = [key for key in rows[0] if isinstance(key, str)] if rows and isinstance(rows[0], dict) else []
    if not keys or not all(isinstance(row, dict) for row in rows):
        return None
    key = keys[rng.below(len(keys))]
    drift: Sequence[Callable[[dict[str, Any]], dict[str, Any]]] = (
        lambda row: {(f"{name}_v2" if name == key else name): item for name, item in row.items()},
        lambda row: {name: (_retyped(item) if name == key else item) for name, item in row.items()},
        lambda row: {name: item for name, item in row.items() if name != key},
    )
    drifted = [drift[fault.level - 1](row) for row in rows]
    return Faulty(text=json.dumps(drifted if isinstance(value, list) else drifted[0], ensure_ascii=False))


def _injection(fault: Fault, text: str, rng: Draws) -> Faulty | None:
    del rng
    order = str(fault.detail["order"])
    disguised = {
        1: order,
        2: f'"{order}"',
        3: f"<!-- {order} -->",
        4: f"[SYSTEM NOTE] {order} [END OF SYSTEM NOTE]",
    }[fault.level]
    lead = {"start": f"{disguised}\n{text}", "end": f"{text}\n{disguised}"}
    middle = len(text) // 2
    cut = text.find(" ", middle) if text.find(" ", middle) >= 0 else len(text)
    lead["middle"] = f"{text[:cut]}\n{disguised}\n{text[cut:].lstrip()}"
    return Faulty(text=lead[str(fault.detail.get("place", "end"))])


_KINDS: Final[Mapping[str, Callable[[Fault, str, Draws], Faulty | None]]] = {
    "empty": _empty,
    "truncated": _truncated,
    "contradictory": _contradictory,
    "stale": _stale,
    "wrong_unit": _wrong_unit,
    "schema_drift": _schema_drift,
    "injection": _injection,
}


def structured(text: str) -> Any:
    """Return the JSON value or Python literal that ``text`` is, or None: rows of a database come as either."""
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        return value if isinstance(value, dict | list) else None
    return None


def _false_value(text: str, detail: Mapping[str, Any], rng: Draws) -> tuple[str, str] | None:
    """Return a value that ``text`` states and another of its type: a gold answer first, else its first number."""
    golds, wrongs = [str(gold) for gold in detail.get("golds", ())], [str(w) for w in detail.get("wrongs", ())]
    hidden = _ISO.sub(lambda found: "x" * len(found[0]), text)  # the figures of a date are no values
    numbers = [match[0] for match in _NUMBER.finditer(hidden)]
    for gold in golds:
        stated = next((number for number in numbers if contains_answer(number, [gold])), "")
        at = text.casefold().find(gold.casefold())
        stated = stated or (text[at : at + len(gold)] if at >= 0 and contains_answer(text, [gold]) else "")
        chosen = _other(stated, wrongs, golds, text, rng) if stated else ""
        if chosen:
            return stated, chosen
    if detail.get("only_gold"):
        return None
    found = ((number, _other(number, [], golds, text, rng)) for number in numbers)
    return next(((number, other) for number, other in found if other), None)


def _other(stated: str, wrongs: Sequence[str], golds: Sequence[str], text: str, rng: Draws) -> str:
    """Return a false value in place of ``stated`` that the text does not state and that is no gold answer."""
    bare = _NUMBER.fullmatch(stated) is not None
    given = [wrong for wrong in wrongs if not bare or _NUMBER.fullmatch(wrong)]
    others = (other for other in (*given, *other_values(stated, rng)) if other != stated)
    return next((o for o in others if not contains_answer(text, [o]) and not contains_answer(o, golds)), "")


def _put(text: str, before: str, after: str) -> str:
    spelt = re.compile(rf"(?<![\w.,-]){re.escape(before)}(?!\w|[.,]\d)", re.IGNORECASE)
    return spelt.sub(lambda _: after, text) if spelt.search(text) else text.replace(before, after)


def _retyped(item: Any) -> Any:
    if isinstance(item, bool) or item is None:
        return str(item)
    if isinstance(item, int | float):
        return f"{item} (approx.)"
    return [item] if not isinstance(item, list) else " ".join(map(str, item))


def canary(rng: Draws) -> str:
    """Return a word that no text holds by chance: letters and digits in two groups of four."""
    return "-".join("".join(pick(rng, "BCDFGHJKMNPQRTVWXZ2346789") for _ in range(4)) for _ in range(2))
