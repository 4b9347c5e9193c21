"""Laws of estimates: order and labels do not matter, limits enclose, and intervals cover in simulation."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorder import Recorder
from simulations import (
    alike_pairs,
    binary,
    clustered,
    graded,
    graded_pairs,
    hardly_varying,
    mirrored,
    misses,
    paired,
)
from stat_rows import pairs, row

from robustcore.stats.drops import drop_abs, drop_rel
from robustcore.stats.exact import kl_high, mean_high, mean_low, pass_high, pass_low
from robustcore.stats.means import mean_estimate, unit_low
from robustcore.stats.plan import sample_size
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.suites import union_parts, worst_case

FOLDS: dict[str, Callable[[list[Row]], Estimate]] = {
    "mean": mean_estimate,
    "drop_abs": drop_abs,
    "drop_rel": drop_rel,
    "union": lambda given: union_parts(given).estimate,
    "worst_case": worst_case,
}
unit = st.sampled_from([0.0, 1.0]) | st.floats(0, 1)
maybe = st.none() | unit


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    """Draw rows of a few questions under a few conditions, some of them unscored."""
    wide, long = draw(st.integers(1, 3)), draw(st.integers(1, 25))
    found = []
    for i in range(long):
        for j in range(wide):
            value, clean = draw(maybe), draw(maybe)
            found.append(
                row(
                    i,
                    value,
                    clean=clean,
                    condition=f"c{j}",
                    reason="" if value is not None else draw(st.sampled_from(["noop", "missing_reply"])),
                    clean_reason="" if clean is not None else "infra_error",
                )
            )
    return found


@pytest.mark.parametrize("name", sorted(FOLDS))
@given(given_rows=tables(), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_is_irrelevant(name: str, given_rows: list[Row], seed: int) -> None:
    shuffled = random.Random(seed).sample(given_rows, len(given_rows))
    one, other = FOLDS[name](given_rows), FOLDS[name](shuffled)
    assert (one.n, one.clusters, one.unscored) == (other.n, other.clusters, other.unscored)
    for mine, theirs in ((one.value, other.value), (one.low, other.low), (one.high, other.high)):
        assert (mine is None) == (theirs is None)
        assert mine is None or theirs is None or mine == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("name", sorted(FOLDS))
@given(given_rows=tables())
@settings(max_examples=60, deadline=None)
def test_limits_enclose_the_value_and_nothing_is_invented(name: str, given_rows: list[Row]) -> None:
    found = FOLDS[name](given_rows)
    if found.value is None:
        assert found.reason == ("nothing_clean" if found.n else "empty_denominator")
        assert (found.low, found.high) == (None, None)
        return
    assert found.n >= found.clusters > 0
    if found.low is None or found.high is None:
        assert found.reason == "too_few_clusters"
    else:
        assert found.low - 1e-9 <= found.value <= found.high + 1e-9
    if found.if_zero is not None and found.if_one is not None:
        assert -1e-9 <= found.if_zero <= found.if_one + 1e-9 <= 1 + 2e-9
        assert found.if_zero <= found.value + 1e-9
        if name != "union":  # where a query that is incomplete may have failed already
            assert found.value <= found.if_one + 1e-9


@given(st.integers(1, 400), st.data(), st.sampled_from([0.01, 0.05, 0.1]))
def test_exact_limits_enclose_and_tighten_with_less_confidence(n: int, data: st.DataObject, delta: float) -> None:
    count = data.draw(st.integers(0, n))
    mean = count / n
    assert 0 <= pass_low(count, n, delta) <= mean <= pass_high(count, n, delta) <= 1
    assert pass_low(count, n, delta) <= pass_low(count, n, 2 * delta)
    assert mean_low(mean, n, delta) >= -1e-12
    assert mean_low(mean, n, delta) <= pass_low(count, n, delta) + 1e-9  # values in [0, 1] may be worse than 0/1 ones
    assert mean_high(mean, n, delta) >= pass_high(count, n, delta) - 1e-9


@given(st.floats(0.001, 0.999), st.integers(1, 500))
def test_the_kl_limit_solves_its_equation(mean: float, n: int) -> None:
    limit = kl_high(mean, n, 0.05)
    if mean < limit < 1 - 1e-9:  # nearer to 1 a float cannot tell
        divergence = mean * np.log(mean / limit) + (1 - mean) * np.log((1 - mean) / (1 - limit))
        assert n * divergence == pytest.approx(-np.log(0.05), rel=1e-5)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 3)), min_size=2, max_size=30))
def test_the_limit_for_unequal_clusters_is_a_limit_of_the_filled_means(clusters: list[tuple[float, int]]) -> None:
    totals = [(mean * size, float(size)) for mean, size in clusters]
    limit = unit_low(totals, 3, 0.05)
    pooled = sum(top for top, _ in totals) / sum(size for _, size in totals)
    assert -1e-12 <= limit <= pooled + 1e-9
    filled = [(top + (3 - size) * limit, 3.0) for top, size in totals]
    assert unit_low(filled, 3, 0.05) == pytest.approx(limit, abs=1e-6)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_a_swap_of_clean_and_perturbed_turns_the_absolute_drop_round(given_pairs: list[tuple[bool, bool]]) -> None:
    one = drop_abs(pairs([(float(c), float(p)) for c, p in given_pairs]))
    other = drop_abs(pairs([(float(p), float(c)) for c, p in given_pairs]))
    assert one.value == pytest.approx(-other.value)  # type: ignore[operator]
    assert one.low == pytest.approx(-other.high)  # type: ignore[operator]


@given(st.floats(0.3, 0.99), st.sampled_from([0.01, 0.05, 0.1]), st.integers(0, 4))
@settings(deadline=None)
def test_a_larger_target_or_one_more_failure_needs_more_cases(target: float, delta: float, failures: int) -> None:
    n = sample_size(target, delta, failures)
    assert sample_size(target, delta, failures + 1) > n
    assert sample_size(min(0.995, target + 0.005), delta, failures) >= n


@given(st.lists(st.lists(st.booleans(), min_size=2, max_size=2), min_size=1, max_size=40))
def test_one_more_family_never_raises_the_union(passes: list[list[bool]]) -> None:
    given_rows = [
        row(i, float(v), clean=1.0, condition=f"c{j}") for i, two in enumerate(passes) for j, v in enumerate(two)
    ]
    both = union_parts(given_rows).estimate.value
    one = union_parts([r for r in given_rows if r.condition == "c0"]).estimate.value
    assert both is not None
    assert one is not None
    assert both <= one + 1e-12


# 400 simulations of a true miss rate of 5% exceed 8.5% about once in 500
TIMES, MOST = 400, 0.085


@pytest.mark.parametrize(("n", "p"), [(20, 0.95), (30, 0.5), (59, 0.95), (120, 0.9)])
def test_clopper_pearson_covers(n: int, p: float, record: Recorder) -> None:
    missed = misses(lambda rng: mean_estimate(binary(p)(rng, n)), p, TIMES)
    record.interval("share, Clopper-Pearson", f"{n} questions, {p:g}", TIMES, missed)
    assert max(missed) <= MOST


# the last two are the ones in which the bootstrap often tells no lower limit
@pytest.mark.parametrize(
    ("n", "p", "alike"),
    [(20, 0.95, 0.9), (40, 0.8, 0.3), (60, 0.5, 0.9), (40, 0.95, 0.9), (160, 0.98, 0.8), (40, 0.99, 0.3)],
)
def test_the_cluster_bootstrap_covers(n: int, p: float, alike: float, record: Recorder) -> None:
    missed = misses(lambda rng: mean_estimate(clustered(p, alike)(rng, n)), p, TIMES)
    record.interval("share, cluster bootstrap", f"{n} questions x 3, {p:g}, correlated {alike:g}", TIMES, missed)
    assert max(missed) <= MOST


@pytest.mark.parametrize("sizes", ["equal", "unequal", "failing ones larger"])
@pytest.mark.parametrize(("n", "none"), [(20, 0.045), (60, 0.045), (20, 0.12)])
def test_clusters_that_hardly_ever_vary_are_covered(n: int, none: float, sizes: str, record: Recorder) -> None:
    """Clusters fail as a whole, and with a chance of ``none`` not one does: .045 is just below what may mislead."""
    world, truth = hardly_varying(1 - none ** (1 / n), sizes)
    for name, draw, true in (("right", world, truth), ("wrong", mirrored(world), 1 - truth)):
        missed = misses(lambda rng, draw=draw: mean_estimate(draw(rng, n)), true, TIMES)  # type: ignore[misc]
        record.interval(f"share, all {name} or nearly", f"{n} questions, {sizes}, none in {none:g}", TIMES, missed)
        assert max(missed) <= MOST


def test_drops_that_hardly_ever_occur_are_covered(record: Recorder) -> None:
    n = 60
    loss = 1 - (0.9 * 0.025) ** (1 / n)
    world = alike_pairs(loss)
    for name, drop in (("drop_abs", drop_abs), ("drop_rel", drop_rel)):
        missed = misses(lambda rng, drop=drop: drop(world(rng, n)), loss, TIMES)  # type: ignore[misc]
        record.interval(name, f"{n} questions x 3, {loss:.3f} lost as a whole", TIMES, missed)
        assert max(missed) <= MOST


@pytest.mark.parametrize(("a", "b"), [(5.0, 1.0), (0.3, 0.3)])
def test_the_exact_bound_for_graded_values_covers_with_unequal_clusters(a: float, b: float, record: Recorder) -> None:
    missed = misses(lambda rng: mean_estimate(graded(a, b, 3)(rng, 40)), a / (a + b), TIMES)
    record.interval("graded mean, KL and Bentkus", f"40 questions x 1 to 3, Beta({a:g}, {b:g})", TIMES, missed)
    assert max(missed) <= MOST


@pytest.mark.parametrize(("loss", "gain"), [(0.1, 0.05), (0.02, 0.0), (0.3, 0.3)])
def test_the_limits_of_drops_cover(loss: float, gain: float, record: Recorder) -> None:
    clean = 0.8
    truth = clean * loss - (1 - clean) * gain
    world = paired(clean, loss, gain)
    for name, drop, true in (("drop_abs", drop_abs, truth), ("drop_rel", drop_rel, truth / clean)):
        missed = misses(lambda rng, drop=drop: drop(world(rng, 60)), true, TIMES)  # type: ignore[misc]
        record.interval(name, f"60 questions, loss {loss:g}, gain {gain:g}", TIMES, missed)
        assert max(missed) <= MOST


def test_the_limits_of_graded_drops_cover(record: Recorder) -> None:
    world = graded_pairs(0.9)
    for name, drop, true in (("drop_abs", drop_abs, 0.05), ("drop_rel", drop_rel, 0.1)):
        missed = misses(lambda rng, drop=drop: drop(world(rng, 50)), true, TIMES)  # type: ignore[misc]
        record.interval(name, "50 questions, graded, a tenth lost", TIMES, missed)
        assert max(missed) <= MOST
