"""RARE-Met (arXiv 2506.00789, spec metrics 2): when a cell of the grid is robust, and what an aggregate pools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

from robustcore.stats.rows import Row
from robustcore.stats.samples import count_raises

Rule: TypeAlias = Literal["lenient", "strict"]
Part: TypeAlias = Literal["overall", "query", "document", "real_world", "cell", "union", "knowledge_rate"]

ORIGINAL, PROBE = "original", "probe"
GOLD, REMOVED, KEPT, RETRIEVED = "gold", "answer_removed", "answer_kept", "retrieved"
QUERIES: tuple[str, ...] = (ORIGINAL, "character", "word", "grammar", "irrelevant")
DOCUMENTS: tuple[str, ...] = (GOLD, REMOVED, KEPT, RETRIEVED)
UNION: tuple[str, ...] = tuple(f"{query}-{GOLD}" for query in QUERIES)

PLACED = "gold_only"  # the operator that hands the reader the gold documents; what stands before it edits the question
_QUERY_OF = MappingProxyType(
    {
        (): ORIGINAL,
        ("clean",): ORIGINAL,
        ("typo_composite",): "character",
        ("word_synonym",): "word",
        ("grammar_rewrite",): "grammar",
        ("irrelevant_info",): "irrelevant",
    }
)
_DOCUMENT_OF = MappingProxyType({(): GOLD, ("remove_answer_sentences",): REMOVED, ("back_translation",): KEPT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One reply to a record: its place in the grid and what it was. ``row`` says which case it is.

    ``known`` is K, whether the record's probe without documents was right (None: not known); ``gold_retrieved`` says
    whether a gold document was among the retrieved ones. A cell without a reply has ``reason`` instead.
    """

    row: Row
    query: str
    document: str
    known: bool | None = None
    correct: bool | None = None
    refusal: bool | None = None
    gold_retrieved: bool | None = None
    retriever: str = ""
    reason: str = ""


def robust(
    document: str,
    *,
    known: bool,
    correct: bool,
    refusal: bool,
    gold_retrieved: bool | None = None,
    rule: Rule = "lenient",
) -> bool:
    """Say whether a reply is robust, by the table of spec metrics 2. A refusal that is correct counts as correct.

    ``strict`` needs ``gold_retrieved`` for retrieved documents and raises `ValueError` without it.
    """
    refused = refusal and not correct
    if known or document in (GOLD, KEPT):
        return correct
    if document == REMOVED:
        return refused
    if document != RETRIEVED:
        return False
    if rule == "lenient":
        return correct or refused
    if gold_retrieved is None:
        raise ValueError("the strict rule needs to know whether a gold document was retrieved")
    return correct if gold_retrieved else refused


def place_of(family: str) -> tuple[str, str] | None:
    """Return (query variant, document variant) of a condition by its operators, None if it is no cell of the grid.

    The probe is ``(original, probe)``. ``family`` are short names joined by ``+``, in order, as in `Row`.
    """
    steps = tuple(family.split("+")) if family else ()
    if steps == ("no_documents",):
        return ORIGINAL, PROBE
    if PLACED not in steps:
        query = _QUERY_OF.get(steps)
        return None if query is None else (query, RETRIEVED)
    at = steps.index(PLACED)
    query, document = _QUERY_OF.get(steps[:at]), _DOCUMENT_OF.get(steps[at + 1 :])
    return None if query is None or document is None else (query, document)


def cells_of(correct: Iterable[Row], refusal: Iterable[Row], gold_retrieved: Iterable[Row]) -> list[Cell]:
    """Return the cells that the rows of three measures describe, joined by case, each with the K of its record.

    A system that raises where its clean twin answered is neither correct nor refusing: its cell is not robust.
    """
    refusals = {row.case_id: row for row in count_raises(refusal, 0.0)}
    retrieved = {row.case_id: row.value for row in gold_retrieved}
    placed = [(place_of(row.family), row) for row in count_raises(correct, 0.0)]
    known = {(row.item, row.replicate): (row.value, row.reason) for place, row in placed if place == (ORIGINAL, PROBE)}
    cells = []
    for place, row in placed:
        if place is None or place[1] == PROBE:
            continue
        k, k_reason = known.get((row.item, row.replicate), (None, "not_run"))
        refused = refusals[row.case_id].value
        scored = row.value is not None and refused is not None
        found = retrieved.get(row.case_id)
        cells.append(
            Cell(
                row=row,
                query=place[0],
                document=place[1],
                known=None if k is None else k == 1,
                correct=row.value == 1 if scored else None,
                refusal=refused == 1 if scored else None,
                gold_retrieved=None if found is None else found == 1,
                reason="" if scored and k is not None else k_reason if scored else row.reason or "missing_reply",
            )
        )
    return cells


def robust_rows(
    cells: Iterable[Cell],
    part: Part,
    *,
    rule: Rule = "lenient",
    known: bool | None = None,
    selector: Sequence[str] = (),
) -> list[Row]:
    """Return the rows whose pooled mean is the aggregate ``part``, see `belongs`: 1 for a robust cell, 0, or a reason.

    ``known`` keeps the records with that K only; those whose K is not known then drop out, too.
    """
    rows = []
    for cell in cells:
        if not belongs(part, cell.query, cell.document, retriever=cell.retriever, selector=selector):
            continue
        if known is not None and cell.known is not known:
            continue
        value, reason = scored(cell, rule)
        rows.append(replace(cell.row, value=value, reason=reason, condition=f"{cell.query}-{cell.document}"))
    return rows


def probe_rows(correct: Iterable[Row]) -> list[Row]:
    """Return the rows whose mean is the knowledge rate K: those of the probe without documents."""
    probes = (row for row in correct if place_of(row.family) == (ORIGINAL, PROBE))
    return [replace(row, condition=f"{ORIGINAL}-{PROBE}") for row in probes]


def scored(cell: Cell, rule: Rule) -> tuple[float | None, str]:
    """Return 1 or 0, or None with the reason why the cell cannot be judged."""
    if cell.correct is None or cell.refusal is None or cell.known is None:
        return None, cell.reason or "not_run"
    if rule == "strict" and cell.document == RETRIEVED and cell.gold_retrieved is None and not cell.known:
        return None, "not_applicable"  # a system that does not show what it retrieved
    found = robust(
        cell.document,
        known=cell.known,
        correct=cell.correct,
        refusal=cell.refusal,
        gold_retrieved=cell.gold_retrieved,
        rule=rule,
    )
    return float(found), ""


def belongs(part: Part, query: str, document: str, *, retriever: str = "", selector: Sequence[str] = ()) -> bool:
    """Say whether a cell enters an aggregate.

    ``selector`` is what stands in brackets: a retriever for ``real_world`` (none: all), query and document variant
    for ``cell``. Plain means over the pooled cells of:

    ``overall`` everything; ``query`` perturbed queries on gold documents; ``document`` the original query on both
    perturbed documents, gold excluded; ``real_world`` the original query on retrieved documents; ``union`` all queries
    on gold documents, to be robust together.
    """
    match part:
        case "overall":
            return document != PROBE
        case "query":
            return query != ORIGINAL and document == GOLD
        case "document":
            return query == ORIGINAL and document in (REMOVED, KEPT)
        case "real_world":
            return query == ORIGINAL and document == RETRIEVED and (not selector or retriever == selector[0])
        case "union":
            return document == GOLD
        case "cell":
            return (query, document) == tuple(selector)
        case "knowledge_rate":
            return document == PROBE
