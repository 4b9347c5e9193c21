"""Rows for tests of statistics and gates, from plain lists of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from robustcore.stats.rows import Row


def row(
    item: object,
    value: float | None,
    *,
    clean: float | None = None,
    condition: str = "typos",
    severity: float = 1.0,
    reason: str = "",
    clean_reason: str = "",
    replicate: int = 0,
    cluster: str = "",
    measure: str = "answer_correct",
    family: str = "",
) -> Row:
    """Return a row of question ``item``; its own cluster unless said otherwise."""
    name = str(item)
    return Row(
        f"{condition}-s{severity:g}-{name}-{replicate}",
        name,
        cluster or name,
        condition,
        family or condition,
        severity,
        replicate,
        measure,
        value,
        reason,
        clean,
        clean_reason,
    )


def rows(values: Iterable[float | None], **fixed: object) -> list[Row]:
    """Return one row per value, each a question of its own; None is a lost reply."""
    return [
        row(i, value, reason="" if value is not None else "missing_reply", **fixed)  # type: ignore[arg-type]
        for i, value in enumerate(values)
    ]


def passes(count: int, n: int, **fixed: object) -> list[Row]:
    """Return ``count`` rows of value 1 and the rest of ``n`` of value 0."""
    return rows([1.0] * count + [0.0] * (n - count), **fixed)


def pairs(values: Iterable[tuple[float, float]], **fixed: object) -> list[Row]:
    """Return one row per (clean, perturbed), each a question of its own."""
    return [row(i, value, clean=clean, **fixed) for i, (clean, value) in enumerate(values)]  # type: ignore[arg-type]


def grid(values: Sequence[Sequence[float]]) -> list[Row]:
    """Return rows where ``values[i][j]`` is question i under condition j."""
    return [row(i, value, condition=f"c{j}") for i, line in enumerate(values) for j, value in enumerate(line)]
