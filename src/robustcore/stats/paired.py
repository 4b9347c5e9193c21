"""Two systems on the same questions: paired tests, and a correction for several of them."""

from __future__ import annotations

from collections.abc import Sequence

DRAWS = 9999
SEED = 20250607


def paired_permutation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return the two-sided p value of "the means are equal" by sign flips of paired differences (SciPy). [STANDARD].

    Exact where there are few pairs, else 9,999 seeded draws. None without pairs, 1 where no pair differs.
    """
    if not first:
        return None
    differences = [b - a for a, b in zip(first, second, strict=True)]
    if not any(differences):
        return 1.0
    import numpy as np
    from scipy.stats import permutation_test

    found = permutation_test(
        (np.array(differences),),
        lambda sample, axis: sample.mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=DRAWS,
        batch=500,
        random_state=np.random.default_rng(SEED),
    )
    return float(found.pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted by Holm's step-down method (1979), in order. [STANDARD]."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted
