"""FailSafeQA (arXiv 2502.06329, spec metrics 3): kinds, compliance, and the scores R, G and LLMC over rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from robustcore.stats.means import empty, mean_estimate
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import every_part, repeats

ANSWERABLE: tuple[str, ...] = ("baseline", "misspelled", "incomplete", "out_of_domain", "ocr")
UNANSWERABLE: tuple[str, ...] = ("missing_context", "out_of_scope")
KINDS: tuple[str, ...] = (*ANSWERABLE, *UNANSWERABLE)
THRESHOLD, BETA = 4, 0.5

PLACED = "gold_only"  # the operator that hands the reader the gold documents, as every kind with a context does
_KIND_OF: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        (): "baseline",
        ("clean",): "baseline",
        ("misspelled",): "misspelled",
        ("incomplete",): "incomplete",
        ("lay_rewording",): "out_of_domain",
        ("ocr_noise",): "ocr",
        ("ocr_render",): "ocr",
        ("empty",): "missing_context",
        ("swap_irrelevant",): "out_of_scope",
    }
)


def kind_of(family: str) -> str | None:
    """Return the kind of a condition by its operators, None if it is none of the seven."""
    return _KIND_OF.get(tuple(step for step in family.split("+") if step and step != PLACED))


def compliant_rows(rows: Iterable[Row], threshold: float = THRESHOLD) -> list[Row]:
    """Return the rows of the seven kinds with 1 for a value of at least ``threshold`` and 0 for a lower one.

    ``condition`` becomes the kind. Several replicates of a case count as one that complies if all do.
    """
    kept = [(kind, row) for row in rows if (kind := kind_of(row.family)) is not None]
    return repeats([replace(row, condition=kind, value=_reaches(row, threshold)) for kind, row in kept], "all")


def of_kinds(rows: Iterable[Row], kinds: Sequence[str]) -> list[Row]:
    """Return the compliance rows of ``kinds``."""
    return [row for row in rows if row.condition in kinds]


def robust_rows(rows: Iterable[Row]) -> list[Row]:
    """Return one row per item: 1 iff it complies under all five answerable kinds.

    An item that lacks one of them is unscored; the reason is that of the missing kind, ``not_run`` if nobody asked.
    """
    return every_part(of_kinds(rows, ANSWERABLE), ANSWERABLE)


def robustness(rows: Sequence[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
    """Return R, the share of items that comply under all five answerable kinds, from compliance rows.

    ``if_one`` counts an unscored item as 0 where a kind that was scored already fails.
    """
    folded = robust_rows(rows)
    found = mean_estimate(folded, confidence, sampled=sampled)
    if found.if_one is None:
        return found
    failed = {(row.cluster, row.item) for row in of_kinds(rows, ANSWERABLE) if row.value == 0}
    certain = sum(row.value is None and (row.cluster, row.item) in failed for row in folded)
    return replace(found, if_one=found.if_one - certain / len(folded))


def grounding(rows: Sequence[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
    """Return G, the share of compliant rows where the context is missing or irrelevant, from compliance rows.

    Over no row of one of the two kinds it is null.
    """
    kept = of_kinds(rows, UNANSWERABLE)
    found = mean_estimate(kept, confidence, sampled=sampled)
    scored = {row.condition for row in kept if row.value is not None}
    return found if len(scored) == len(UNANSWERABLE) else empty(found.unscored, confidence)


def llmc(robust: float, grounded: float, beta: float = BETA) -> float:
    """Return (1 + b^2) R G / (b^2 G + R): with b = 0.5 a low G hurts more than a low R; 0 if both are 0."""
    below = beta**2 * grounded + robust
    return (1 + beta**2) * robust * grounded / below if below else 0.0


def llmc_estimate(
    rows: Sequence[Row], confidence: float = 0.95, *, beta: float = BETA, sampled: bool = True
) -> Estimate:
    """Return LLMC with limits, from compliance rows; null if R or G is.

    It grows with both, so that it lies between its values at the lower and at the upper limits of R and G, each of
    them taken at half the error that ``confidence`` allows.
    """
    halved = 1 - (1 - confidence) / 2
    r, g = robustness(rows, halved, sampled=sampled), grounding(rows, halved, sampled=sampled)
    unscored = {
        reason: r.unscored.get(reason, 0) + g.unscored.get(reason, 0) for reason in {**r.unscored, **g.unscored}
    }
    if r.value is None or g.value is None:
        return empty(unscored, confidence)
    return Estimate(
        value=llmc(r.value, g.value, beta),
        low=_both(r.low, g.low, beta),
        high=_both(r.high, g.high, beta),
        n=r.n + g.n,
        clusters=min(r.clusters, g.clusters),
        unscored=unscored,
        if_zero=_both(r.if_zero, g.if_zero, beta),
        if_one=_both(r.if_one, g.if_one, beta),
        method=f"of the limits of R ({r.method}) and G ({g.method})",
        confidence=confidence,
        reason=r.reason or g.reason,
    )


def _both(robust: float | None, grounded: float | None, beta: float) -> float | None:
    return None if robust is None or grounded is None else llmc(robust, grounded, beta)


def _reaches(row: Row, threshold: float) -> float | None:
    return None if row.value is None else float(row.value >= threshold)
