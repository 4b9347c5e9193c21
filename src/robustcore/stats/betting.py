"""Limits that hold at every look: test martingales by betting (Waudby-Smith and Ramdas, arXiv 2010.09686).

Against "the mean is at most m" one bets a share of one's wealth on each value being larger: after x in [0, 1] the
wealth is multiplied by 1 + b (x - m), with 0 <= b <= 1/m. If the claim is true no bet wins in the mean, so that the
wealth ever reaches 1/delta with probability at most delta (Ville 1939): whenever one looks, and as often as one likes.
If it is false the wealth grows. Several fixed bets are made at once with equal shares, which is as valid (a mixture).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METHOD = "betting confidence sequence (arXiv 2010.09686)"
BETS = 40
"""Bets in the mixture, as shares of the largest: small ones for means near the claim, large ones for means near 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """Values in [0, 1], one per independent cluster: ``tops`` are what a cluster's values sum to over its places.

    ``free`` is the share of a cluster's places without a value. They hold the claim itself, so that a cluster's mean is
    at most the claim in the mean iff the pooled mean is (as for the exact bound of stats/means.py).
    """

    tops: Any
    free: Any

    @classmethod
    def of(cls, totals: Sequence[tuple[float, float]], places: int) -> Bounded:
        """Return the values of clusters given as (sum, number of values), each with ``places`` places."""
        import numpy as np

        array = np.array(totals, dtype=float).reshape(-1, 2)
        return cls(tops=array[:, 0] / places, free=1 - array[:, 1] / places)

    def mirrored(self) -> Bounded:
        """Return 1 - every value."""
        return Bounded(tops=1 - self.free - self.tops, free=self.free)

    def shows_above(self, m: float, delta: float) -> bool:
        """Say whether the mean is shown to exceed ``m``: wrong at any look with probability at most ``delta``."""
        return len(self.tops) > 0 and log_wealth(self.tops + self.free * m, m) >= -math.log(delta)

    def shows_below(self, m: float, delta: float) -> bool:
        """Say whether the mean is shown to be less than ``m``."""
        return self.mirrored().shows_above(1 - m, delta)


def log_wealth(values: NDArray[np.float64] | Sequence[float], m: float) -> float:
    """Return the log wealth after betting against "the mean is at most ``m``" on ``values`` in [0, 1]."""
    import numpy as np

    given = np.asarray(values, dtype=float)
    if m >= 1:
        return 0.0
    if m <= 0:  # any value above 0 disproves it
        return math.inf if (given > 0).any() else 0.0
    distinct, counts = np.unique(np.round(given, 12), return_counts=True)
    each = np.log1p(np.outer(_bets() / m, distinct - m)) @ counts
    top = float(each.max())
    return top + float(np.log(np.exp(each - top).mean()))


def _bets() -> NDArray[np.float64]:
    """Return the shares of the largest bet: dense near 0 (small advantages) and near 1 (hardly a failure)."""
    import numpy as np

    steps = (np.arange(BETS) + 0.5) / BETS
    shares: NDArray[np.float64] = np.sin(steps * np.pi / 2) ** 2
    return shares
