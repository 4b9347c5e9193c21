"""Where an added document does its damage: retriever displaced, reader misled, or both (spec metrics 10.7, ours)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from robustcore.stats.rows import Row

DISPLACED, MISLED, BOTH = "retriever_displaced", "reader_misled", "both"
INDEX, CONTEXT = "indexed_", "planted_"


def placed_at(family: str) -> tuple[str, str] | None:
    """Return (where, family) of a condition by its operator: ``indexed_poison`` is (``indexed_``, ``poison``)."""
    found = (place for place in (INDEX, CONTEXT) if family.startswith(place) and "+" not in family)
    place = next(found, None)
    return None if place is None else (place, family.removeprefix(place))


def blame(*, index_right: bool, context_right: bool, gold_kept: bool) -> str:
    """Return who is to blame for the fall of a pair that was right without the document, "" if it did not fall.

    ``gold_kept``: gold stayed among the retrieved passages when the document was in the index.
    """
    if index_right and context_right:
        return ""
    if gold_kept:
        return MISLED
    if not context_right:
        return BOTH
    return DISPLACED


def pairs(answers: Iterable[Row], retrieved: Iterable[Row], family: str) -> list[tuple[Row, str, str]]:
    """Return for each pair of ``family`` that was right without the document: its row, the blame, "" and a reason.

    ``answers`` are rows of correctness, ``retrieved`` of gold among the passages, both with their clean twins. A pair
    of which a part is missing has the reason in place of the blame.
    """
    gold = {row.case_id: row for row in retrieved}
    halves: dict[tuple[str, int, float], dict[str, Row]] = {}
    for row in answers:
        place = placed_at(row.family)
        if place is not None and family in ("", place[1]):
            halves.setdefault((f"{place[1]} {row.item}", row.replicate, row.severity), {})[place[0]] = row
    found = []
    for both in halves.values():
        index, context = both.get(INDEX), both.get(CONTEXT)
        some = index or context
        if some is None or some.clean != 1:
            continue  # wrong or unknown without the document: nothing to fall
        kept = gold.get(index.case_id) if index else None
        if index is None or context is None or kept is None:
            found.append((some, "", "not_run"))
        elif index.value is None or context.value is None or kept.value is None:
            lost = next(one.reason for one in (index, context, kept) if one.value is None)
            found.append((some, "", lost or "unknown"))
        else:
            told = blame(index_right=index.value == 1, context_right=context.value == 1, gold_kept=kept.value == 1)
            found.append((some, told, ""))
    return found


def share_rows(found: Iterable[tuple[Row, str, str]], part: str) -> list[Row]:
    """Return rows of 0 and 1: whether a pair ``fell``, or, of those that fell, whether ``part`` is to blame."""
    rows = []
    for row, told, reason in found:
        if reason:
            rows.append(replace(row, value=None, reason=reason, condition=part))
        elif part == "fell":
            rows.append(replace(row, value=float(bool(told)), reason="", condition=part))
        elif told:
            rows.append(replace(row, value=float(told == part), reason="", condition=part))
    return rows
