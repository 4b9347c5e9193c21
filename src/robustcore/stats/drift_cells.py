"""Drift by scenario and framing: how large it is whatever its sign, above what noise makes, with limits by scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from robustcore.stats.bootstrap import SEED, bootstrap_t
from robustcore.stats.drift import Pair, change, cohens_h, scored
from robustcore.stats.resampled import resampled
from robustcore.stats.rows import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERMUTATIONS: Final = 2000


def cells_of(pairs: Iterable[Pair], by: Callable[[Pair], str]) -> dict[str, float]:
    """Return the signed drift of each group of scored pairs."""
    groups: dict[str, list[float]] = {}
    for pair in scored(pairs):
        groups.setdefault(by(pair), []).append(change(pair))
    return {name: sum(values) / len(values) for name, values in groups.items()}


def abs_excess(pairs: Sequence[Pair], by: Callable[[Pair], str], *, draws: int = PERMUTATIONS) -> dict[str, float]:
    """Return |drift| of each group less its mean under permutation of labels within scenarios. [OURS].

    Noise alone makes |drift| positive: under the permutation, which exchanges emotional and neutral decisions of a
    scenario, there is no drift, and what is left is noise. The seed is fixed. Empty without a scored pair.
    """
    kept = scored(pairs)
    if not kept:
        return {}
    noise = _under_permutation(kept, by, draws)
    return {name: abs(value) - noise[name] for name, value in cells_of(kept, by).items()}


def _under_permutation(pairs: Sequence[Pair], by: Callable[[Pair], str], draws: int) -> dict[str, float]:
    """Return the mean |drift| of each group over ``draws`` permutations."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    names = list(dict.fromkeys(map(by, pairs)))
    place = {name: index for index, name in enumerate(names)}
    groups = np.array([place[by(pair)] for pair in pairs])
    sizes = np.bincount(groups, minlength=len(names))
    total = np.zeros(len(names))
    scenarios: dict[str, list[int]] = {}
    for index, pair in enumerate(pairs):
        scenarios.setdefault(pair.scenario, []).append(index)
    drawn: NDArray[Any] = np.zeros((draws, len(pairs)))
    for members in scenarios.values():
        own = [pairs[index] for index in members]
        neutral = {(pair.row.item, pair.row.replicate): pair.neutral or 0.0 for pair in own}
        slots = {key: number for number, key in enumerate(neutral)}
        pool = np.array([*neutral.values(), *(pair.emotional or 0.0 for pair in own)])
        shuffled = rng.permuted(np.tile(pool, (draws, 1)), axis=1)
        twin = [slots[pair.row.item, pair.row.replicate] for pair in own]
        drawn[:, members] = shuffled[:, len(neutral) :] - shuffled[:, twin]
    for row in drawn:
        total += np.abs(np.bincount(groups, weights=row, minlength=len(names)) / sizes)
    return {name: float(value) for name, value in zip(names, total / draws, strict=True)}


def mean_of_cells(
    made: Estimate, cells: Mapping[str, float], pairs: Iterable[Pair], by: Callable[[Pair], str], confidence: float
) -> Estimate:
    """Return ``made`` with the mean of ``cells``, one value per group, and limits over scenarios. [OURS].

    A scenario's framings share their neutral cell, so that scenarios are what is drawn (cluster bootstrap-t). The
    limits are about the same number of repeats: fewer make |drift| larger by noise.
    """
    owner = {by(pair): pair.scenario for pair in scored(pairs)}
    groups: dict[str, list[float]] = {}
    for name, value in cells.items():
        groups.setdefault(owner[name], []).append(value)
    value = sum(cells.values()) / len(cells)
    limits = bootstrap_t([(sum(one), float(len(one))) for one in groups.values()], 1 - confidence)
    low, high = (None if one is None else max(-1.0, min(1.0, one)) for one in (limits.low, limits.high))
    return replace(
        made, value=value, low=low, high=high, method=limits.method, reason=limits.reason, confidence=confidence
    )


def pooled_h(pairs: Iterable[Pair], confidence: float) -> Estimate:
    """Return Cohen's h of the pooled shares of favourable decisions, with limits over scenarios (BCa bootstrap)."""
    groups: dict[str, list[Pair]] = {}
    for pair in scored(pairs):
        groups.setdefault(pair.scenario, []).append(pair)
    emotional = [sum(pair.emotional or 0.0 for pair in own) for own in groups.values()]
    neutral = [sum(pair.neutral or 0.0 for pair in own) for own in groups.values()]
    sizes = [float(len(own)) for own in groups.values()]
    return resampled([emotional, neutral, sizes], _h_of, confidence, paired=True)


def h_of(pairs: Sequence[Pair]) -> float:
    """Return Cohen's h of the pooled shares of scored ``pairs``, at least one."""
    emotional, neutral = (sum(getattr(pair, side) or 0.0 for pair in pairs) for side in ("emotional", "neutral"))
    return cohens_h(emotional / len(pairs), neutral / len(pairs))


def _h_of(emotional: Any, neutral: Any, sizes: Any, axis: int = -1) -> Any:
    import numpy as np

    count = sizes.sum(axis=axis)
    shares = (np.clip(side.sum(axis=axis) / count, 0, 1) for side in (emotional, neutral))
    first, second = (2 * np.arcsin(np.sqrt(share)) for share in shares)
    return first - second
