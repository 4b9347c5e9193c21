"""Several tries of one edit, for a gate that takes the first it accepts or else the best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from robustcore.perturb.base import At, Edit, Operator

TRIES = 5  # RARE, arXiv 2506.00789


def candidates(
    operator: Operator, value: Any, at: At, options: Mapping[str, Any] | None = None, *, tries: int = TRIES
) -> Iterator[Edit[Any]]:
    """Yield up to ``tries`` different edits of ``value`` by ``operator``, drawn one after another from ``at.rng``.

    The first is what the operator alone gives under the same seed. An edit that does not apply is yielded and ends
    the tries: the same words would not apply again. A try that repeats an earlier one is drawn but not yielded.
    """
    seen: list[Any] = []
    for _ in range(tries):
        edit = operator.apply(value, at, **(options or {}))
        if edit.value not in seen or edit.status != "applied":
            seen.append(edit.value)
            yield edit
        if edit.status != "applied":
            return
