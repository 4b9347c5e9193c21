"""NoisyBench over several data sets by hand: average first, then drop; replicates; what is matched and what is lost."""

from __future__ import annotations

import statistics
from dataclasses import replace

import pytest
from stat_rows import row

from robustcore.errors import InputError
from robustcore.measures.suite import parse_suite
from robustcore.stats.bootstrap import bootstrap_t
from robustcore.stats.noisy import (
    Average,
    averaged,
    averages,
    condition_of,
    dataset_of,
    drop_rel,
    harmonic_mean,
    pass_at_k,
    pass_hat_k,
)
from robustcore.stats.rows import Estimate, Row

MEASURE = "noisy.correct"


def item(dataset: str, name: str, condition: str, *values: float | None, **more: object) -> list[Row]:
    """Return the replicates of one item of a data set."""
    found = [
        row(f"{dataset}-{name}", v, family=condition, condition=condition, replicate=i, measure=MEASURE, **more)  # type: ignore[arg-type]
        for i, v in enumerate(values)
    ]
    return [replace(one, tags=(f"dataset:{dataset}",), reason="" if one.value is not None else "noop") for one in found]


ROWS = [
    *item("math", "a", "clean", 1.0, 1.0),
    *item("math", "b", "clean", 1.0, 0.0),
    *item("law", "c", "clean", 0.0, 1.0),
    *item("law", "d", "clean", 0.0, 1.0),
    *item("math", "a", "hard_negative", 1.0, 0.0),
    *item("math", "b", "hard_negative", 0.0, 0.0),
    *item("law", "c", "hard_negative", 0.0, 1.0),
    *item("law", "d", "hard_negative", 0.0, 0.0),
]
MATH, LAW = 0.75, 0.5  # without noise
MATH_HN = LAW_HN = 0.25


def estimate(name: str, rows: list[Row] = ROWS) -> Estimate:
    return parse_suite(name).estimate(rows)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("noisy.score[ND]", 2 / (1 / MATH + 1 / LAW)),
        ("noisy.score[ND](average=arithmetic)", (MATH + LAW) / 2),
        ("noisy.score[HN]", 0.25),
        ("noisy.score[ND,math]", MATH),
        ("noisy.score[ND,law]", LAW),
        ("noisy.drop_abs[HN]", 0.6 - 0.25),
        ("noisy.drop_abs[HN](average=arithmetic)", 0.625 - 0.25),
        ("noisy.drop_rel[HN]", (0.6 - 0.25) / 0.6),
        ("noisy.drop_rel[HN](average=arithmetic)", (0.625 - 0.25) / 0.625),
        ("noisy.drop_abs[HN,math]", 0.5),
        ("noisy.drop_rel[HN,law]", 0.5),
        ("noisy.pass_at_k[ND](k=2)", 1.0),
        ("noisy.pass_hat_k[ND,math](k=2)", 0.5),
        ("noisy.pass_hat_k[ND](k=2)", 0.0),
        ("noisy.pass_at_k[HN,law](k=2)", 0.5),
        ("noisy.pass_at_k[HN,law]", 0.25),
    ],
)
def test_an_aggregate_by_hand(name: str, value: float) -> None:
    assert estimate(name).value == pytest.approx(value)


def test_what_an_average_rests_on() -> None:
    found = parse_suite("noisy.score[ND]").estimate(ROWS, 0.9)
    assert (found.n, found.clusters, found.confidence) == (4, 4, 0.9)
    assert (found.low, found.method) == (None, "no interval: fewer than 20 clusters")
    assert parse_suite("noisy.score[ND]").covers(ROWS) == "ND"
    assert parse_suite("noisy.drop_rel[HN]").covers(ROWS) == "all 2 parts"
    listed = parse_suite("noisy.drop_rel[HN]").estimate(ROWS, sampled=False)
    assert listed.method == "conditional on these questions, no interval"


def test_a_data_set_that_scores_nothing_is_named() -> None:
    rows = [*item("math", "a", "clean", 1.0), *item("law", "b", "clean", 0.0), *item("art", "c", "clean", 0.0)]
    found = estimate("noisy.score[ND]", rows)
    assert found.value == 0.0
    assert found.method == "no interval: art, law scores 0, and with it the harmonic mean"
    assert estimate("noisy.score[ND](average=arithmetic)", rows).value == pytest.approx(1 / 3)


def test_limits_over_clusters_stay_in_their_range_and_hold_the_value() -> None:
    many = [
        one
        for i in range(40)
        for name, dataset in (("x", "math"), ("y", "law"))
        for condition, value in (("clean", float((i + len(name)) % 4 > 0)), ("random_chat", float(i % 3 > 0)))
        for one in item(dataset, f"{name}{i}", condition, value, cluster=f"{i}")
    ]
    for name in ("noisy.score[ND]", "noisy.drop_abs[RC]", "noisy.drop_rel[RC]", "noisy.score[RC](average=arithmetic)"):
        found = estimate(name, many)
        assert found.method.startswith("linearised cluster bootstrap-t")
        assert found.low is not None
        assert found.high is not None
        assert found.value is not None
        assert -1 <= found.low < found.value < found.high <= 1
        wide = parse_suite(name).estimate(many, 0.99)
        assert (wide.low or 0.0) < found.low


def test_of_equal_data_sets_the_average_has_the_limits_of_the_pooled_mean() -> None:
    """Two data sets of equal size and score: each average is the pooled mean, and so are its limits."""
    many = [
        one
        for i in range(40)
        for dataset in ("math", "law")
        for one in item(dataset, f"{i}", "clean", float(i % 4 > 0), cluster=f"{i}")
    ]
    plain = [replace(one, tags=()) for one in many]
    pooled = parse_suite("noisy.score[ND]").estimate(plain)
    for average in ("harmonic", "arithmetic"):
        found = estimate(f"noisy.score[ND](average={average})", many)
        assert found.value == pytest.approx(pooled.value)
        assert found.method.startswith("linearised")
        assert (found.high or 0) - (found.low or 0) == pytest.approx(0.23, abs=0.05)


@pytest.mark.parametrize("average", ["harmonic", "arithmetic"])
@pytest.mark.parametrize("part", ["drop_abs", "drop_rel"])
def test_limits_of_a_drop_are_those_of_its_derivative_worked_out_by_small_steps(part: str, average: Average) -> None:
    scores = {
        (dataset, i, condition): float(
            (i * (3 if condition == "clean" else 2) + len(dataset)) % 5 > (condition != "clean")
        )
        for dataset in ("math", "tax")
        for i in range(30 if dataset == "math" else 24)
        for condition in ("clean", "random_chat")
    }

    def drop(given: dict[tuple[str, int, str], float]) -> float:
        means = [
            [
                statistics.mean(v for (d, _, c), v in given.items() if (d, c) == (name, condition))
                for name in ("math", "tax")
            ]
            for condition in ("clean", "random_chat")
        ]
        clean, noisy = (averaged(one, average) or 0.0 for one in means)
        return clean - noisy if part == "drop_abs" else (clean - noisy) / clean

    value, size = drop(scores), 54
    tops = dict.fromkeys(range(30), 0.0)
    for (dataset, i, condition), score in scores.items():
        step = {**scores, (dataset, i, condition): score + 1e-6}
        mean = statistics.mean(v for (d, _, c), v in scores.items() if (d, c) == (dataset, condition))
        tops[i] += size * (drop(step) - value) / 1e-6 * (score - mean)
    sizes = {i: 1 + (i < 24) for i in range(30)}
    wanted = bootstrap_t([(round(tops[i] + value * sizes[i], 6), float(sizes[i])) for i in range(30)], 0.05)
    rows = [one for (d, i, c), v in scores.items() for one in item(d, f"{i}", c, v, cluster=f"{i}")]
    found = estimate(f"noisy.{part}[RC](average={average})", rows)
    assert found.value == pytest.approx(value)
    assert found.low == pytest.approx(wanted.low, abs=2e-3)
    assert found.high == pytest.approx(min(1.0, wanted.high or 0.0), abs=2e-3)


def test_what_is_lost_is_unscored_and_what_is_not_there_is_not_run() -> None:
    lost = [*item("law", "e", "clean", None, 1.0), *item("law", "f", "hard_negative", 1.0)]
    found = estimate("noisy.drop_abs[HN]", [*ROWS, *lost])
    assert found.unscored == {"not_run": 1}
    found = estimate("noisy.score[ND]", [*ROWS, *lost])
    assert found.unscored == {"noop": 1}
    short = estimate("noisy.pass_at_k[ND](k=3)")
    assert (short.value, short.unscored) == (None, {"not_applicable": 4})
    crashed = [*item("law", "g", "clean", None), *item("law", "g", "hard_negative", 1.0)]
    raised = [replace(one, reason="system_error", clean=1.0) if one.value is None else one for one in crashed]
    assert estimate("noisy.score[ND,law]", raised).value == 0.0


def test_formulas_by_hand() -> None:
    assert harmonic_mean([0.5, 1.0]) == pytest.approx(2 / 3)
    assert (harmonic_mean([]), harmonic_mean([0.0, 1.0])) == (None, 0.0)
    assert (averaged([], "harmonic"), averaged([], "arithmetic"), averaged([1.0, 0.0], "arithmetic")) == (
        None,
        None,
        0.5,
    )
    assert (drop_rel(0.5, 0.25), drop_rel(0.5, 0.75), drop_rel(0.0, 1.0), drop_rel(0.5, None)) == (
        0.5,
        -0.5,
        None,
        None,
    )
    assert drop_rel(None, 0.5) is None
    assert (pass_at_k(4, 1, 2), pass_hat_k(4, 3, 2), pass_at_k(3, 0, 1), pass_hat_k(3, 3, 3)) == (0.5, 0.5, 0.0, 1.0)
    for bad in ((2, 1, 3), (2, 1, 0), (2, 3, 1), (2, -1, 1)):
        with pytest.raises(ValueError, match=r"replies, .* of them right, cannot be"):
            pass_at_k(*bad)
    with pytest.raises(ValueError, match="a harmonic mean of negative scores means nothing"):
        harmonic_mean([-0.1])
    assert averages([row("a", 1.0, clean_reason="noop"), row("b", None)]).unscored == {"noop": 1, "unknown": 1}


@pytest.mark.parametrize(
    ("family", "condition"),
    [
        ("clean", "ND"),
        ("", "ND"),
        ("own_documents+gold_only", "ND"),
        ("own_documents+distractor_random", "RD"),
        ("distractor_unrelated", "RD"),
        ("random_chat", "RC"),
        ("hard_negative_written+gold_only", "HN"),
        ("typos", None),
        ("random_chat+hard_negative", None),
    ],
)
def test_conditions_go_by_operators_less_the_settings(family: str, condition: str | None) -> None:
    assert condition_of(family) == condition


def test_a_question_without_a_data_set_is_in_all() -> None:
    assert dataset_of(row("a", 1.0)) == "all"
    assert dataset_of(replace(row("a", 1.0), tags=("x", "dataset:law", "dataset:math"))) == "law"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("noisy.score[ND](average=mean)", "noisy.score: average cannot be 'mean'"),
        ("noisy.pass_at_k[ND](k=0)", "noisy.pass_at_k: k must be at least 1, not 0"),
        ("noisy.drop_abs[ND]", "noisy.drop_abs: ND is what the others are compared with"),
        ("noisy.score", "noisy.score: 1 to 2 names belong in brackets, not 0"),
        ("noisy.score[XX]", "noisy.score: 'XX' cannot stand in brackets here"),
    ],
)
def test_what_cannot_be_is_refused(name: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_suite(name)
    assert refused.value.problems[0].what == words


def unmoved(right: int, wrong: int, datasets: tuple[str, ...] = ("math", "law")) -> list[Row]:
    """Return items of each data set that score the same with random documents as without."""
    values = [1.0] * right + [0.0] * wrong
    return [
        one
        for dataset in datasets
        for condition in ("clean", "distractor_unrelated")
        for number, value in enumerate(values)
        for one in item(dataset, str(number), condition, value)
    ]


@pytest.mark.parametrize("average", ["harmonic", "arithmetic"])
def test_a_system_that_noise_does_not_touch_has_limits(average: str) -> None:
    """Of 40 items none changed: in each of two data sets at most 1 - .025 ** (1 / 40) would, with .05 for both."""
    share = 1 - 0.025 ** (1 / 40)
    found = estimate(f"noisy.drop_rel[RD](average={average})", unmoved(30, 10))
    assert (found.value, found.reason) == (0, "")
    assert found.method == "no score changed: Clopper-Pearson on clusters, 2 data sets at once"
    assert [found.low, found.high] == pytest.approx([-share / 0.75, share / 0.75])
    absolute = estimate(f"noisy.drop_abs[RD](average={average})", unmoved(40, 0))
    assert [absolute.low, absolute.high] == pytest.approx([0, share])


@pytest.mark.parametrize("average", ["harmonic", "arithmetic"])
def test_a_system_that_never_errs_has_limits(average: str) -> None:
    """Of 40 items all are right: in each of two data sets at least .025 ** (1 / 40) are, with .05 for both."""
    found = estimate(f"noisy.score[RD](average={average})", unmoved(40, 0))
    assert (found.value, found.reason, found.high) == (1, "", 1)
    assert found.low == pytest.approx(0.025 ** (1 / 40))
    assert found.method == "exact bound on clusters that do not vary, 2 data sets at once"
    assert estimate("noisy.score[RD]", unmoved(9, 0)).reason == "too_few_clusters"


def test_scores_that_differ_between_data_sets_and_not_within_have_limits_of_their_average() -> None:
    rows = [
        one
        for dataset, value in (("math", 1.0), ("law", 0.5))
        for condition in ("clean", "distractor_unrelated")
        for number in range(40)
        for one in item(dataset, str(number), condition, value)
    ]
    limits = {
        average: estimate(f"noisy.score[RD](average={average})", rows).low for average in ("harmonic", "arithmetic")
    }
    alone = [
        parse_suite("noisy.score[RD]").estimate([one for one in rows if one.tags == (f"dataset:{name}",)], 0.975)
        for name in ("math", "law")
    ]
    low = [one.low for one in alone if one.low is not None]
    assert limits["harmonic"] == pytest.approx(2 / (1 / low[0] + 1 / low[1]))
    assert limits["arithmetic"] == pytest.approx(sum(low) / 2)


def test_few_items_or_a_score_of_nothing_still_have_none() -> None:
    assert estimate("noisy.drop_rel[RD]", unmoved(9, 0)).reason == "too_few_clusters"
    assert "scores 0" in estimate("noisy.drop_abs[RD]", unmoved(0, 30)).method


def test_a_score_too_small_for_a_float_beside_1_has_no_relative_drop() -> None:
    rows = [one for label in ("clean", "distractor_unrelated") for one in item("math", "1", label, 5e-324)]
    found = estimate("noisy.drop_rel[RD](average=arithmetic)", rows)
    assert (found.value, found.reason, found.n) == (None, "nothing_clean", 1)
