"""The aggregates of ranking robustness over rows whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stat_rows import row

from robustcore.errors import InputError
from robustcore.measures.suite import parse_suite, suite_names
from robustcore.stats.rows import Row

NDCG = "nDCG@10"
N = 60


def rows(family: str = "typos", *, drop: float = 0.2, severity: float = 1.0) -> list[Row]:
    """Return a row per query: clean 0.4 to 1.0 in turn, perturbed lower by the share ``drop``."""
    found = []
    for number in range(N):
        clean = 0.4 + 0.2 * (number % 4)
        base = row(f"q{number}", clean * (1 - drop), clean=clean, family=family, condition=family, measure=NDCG)
        found.append(replace(base, severity=severity, tags=("far",) if number % 2 else ("near",)))
    return found


@pytest.mark.parametrize(
    "name",
    [
        *("rank.vndcg@10", "rank.worst_mean@5", "rank.ood_change@10(shifted=far)", "rank.query_attack_change@10"),
        *("rank.ood_change@10[incomplete]", "rank.ood_change@20(shifted=far, reference=near)", "stability(of=R@5)"),
        *("cert.violations", "cert.conformal_depth(alpha=0.2)", "style.ri", "curve.apd[typos]", "stability"),
        *("curve.nipd[typos](of=R@5, chance=0.1)", "rank.first_lost", "rank.first_lost[planted]"),
    ],
)
def test_a_canonical_name_reads_back(name: str) -> None:
    suite = parse_suite(name)
    assert suite.name == name
    assert parse_suite(suite.name) == suite


def test_what_cannot_be_is_refused_with_the_fix() -> None:
    for name, message in {
        "rank.ood_change@10": "needs what is unseen",
        "rank.vndcg@10[typos]": "nothing belongs in brackets",
        "curve.apd": "one family",
        "cert.conformal_depth(alpha=2)": "between 0 and 1",
        "cert.violations@3": "has no option 'k'",
    }.items():
        with pytest.raises(InputError, match=message):
            parse_suite(name)
    assert {"rank.vndcg", "stability", "style.ri"} <= set(suite_names())


def test_variance_and_the_worst_quarter_are_of_clean_queries() -> None:
    both = [*rows(), *rows("casing")]  # a clean value stands in the rows of every condition and counts once
    spread = parse_suite("rank.vndcg@10").estimate(both)
    assert spread.value == pytest.approx(0.05)
    assert spread.n == N
    assert spread.low is not None
    assert spread.low < 0.05 < (spread.high or 0)
    assert parse_suite("rank.worst_mean@10").estimate(both).value == pytest.approx(0.4)


def test_an_attack_is_paired_and_a_shift_is_not() -> None:
    attack = parse_suite("rank.query_attack_change@10").estimate([*rows(), *rows("clean", drop=0.9)])
    assert attack.value == pytest.approx(-0.2)  # conditions that perturb nothing do not enter
    assert attack.low is not None
    assert attack.high is not None
    assert attack.low <= -0.2 <= attack.high
    unseen = parse_suite("rank.ood_change@10[incomplete]").estimate(rows("incomplete", drop=0.5))
    assert unseen.value == pytest.approx(-0.5)
    shifted = parse_suite("rank.ood_change@10(shifted=far)").estimate(rows())
    assert shifted.value == pytest.approx((0.8 - 0.6) / 0.6)  # odd queries have 0.6 and 1.0, even ones 0.4 and 0.8
    assert shifted.low is not None
    nothing = parse_suite("rank.ood_change@10(shifted=nowhere)").estimate(rows())
    assert (nothing.value, nothing.reason) == (None, "empty_denominator")


def test_a_violation_is_counted_and_not_estimated() -> None:
    checked = [row(f"q{i}", float(i == 7), family="typos", measure="certificate_violation") for i in range(N)]
    found = parse_suite("cert.violations").estimate(checked)
    assert found.low == found.high == found.value == pytest.approx(1 / N)
    assert parse_suite("cert.violations").estimate(checked[:7]).high == 0


def test_the_conformal_depth_covers_the_other_half() -> None:
    ranks = [row(f"q{i}", float(1 + i % 10), clean=1.0, family="typos", measure="rank.gold_rank") for i in range(400)]
    found = parse_suite("cert.conformal_depth(alpha=0.2)").estimate(ranks)
    assert found.value in (8.0, 9.0)
    covered = float(found.method.split("covers ")[1].split(" ")[0])
    assert covered >= 0.72
    assert parse_suite("cert.conformal_depth(alpha=0.01)").estimate(ranks[:50]).value is None


def test_curves_are_of_the_family_s_ladder() -> None:
    ladder = [one for severity, drop in ((0.5, 0.1), (1.0, 0.3)) for one in rows(drop=drop, severity=severity)]
    assert parse_suite("curve.apd[typos]").estimate(ladder).value == pytest.approx(-0.2)
    area = parse_suite("curve.nipd[typos]").estimate(ladder)
    assert area.value == pytest.approx(-(0.5 * 0.1 / 2 + 0.5 * (0.1 + 0.3) / 2))
    assert parse_suite("curve.apd[casing]").estimate(ladder).value is None


def test_stability_is_over_meaning_variants_of_a_question() -> None:
    found = parse_suite("stability").estimate([*rows(drop=0.0), *rows("verbosity", drop=1.0)])
    assert found.value == pytest.approx(0.7)  # verbosity adds noise: it is no variant
    worse = parse_suite("stability").estimate(rows(drop=0.25))
    assert worse.value == pytest.approx(0.35)  # min(m, 2 * 0.75 m - m)


def test_the_style_index_is_a_ratio_of_sums() -> None:
    counts = [
        *(row(f"q{i}", 6.0 - i % 2, family="clean", measure="style.so") for i in range(N)),
        *(row(f"q{i}", 1.0 + i % 2, family="clean", measure="style.os") for i in range(N)),
    ]
    found = parse_suite("style.ri").estimate(counts)
    assert found.value == pytest.approx(11 / 14)
    assert found.low is not None
    assert parse_suite("style.ri").estimate([]).value is None
    sound = [row(f"q{i}", 56.0, family="clean", measure="style.so") for i in range(N)]
    sound += [row(f"q{i}", 0.0, family="clean", measure="style.os") for i in range(N)]
    assert parse_suite("style.ri").estimate(sound).low == pytest.approx(0.05 ** (1 / N))


def test_first_places_lost_are_those_of_attacks_on_documents() -> None:
    def of(label: str, family: str, lost: int) -> list[Row]:
        named = "rank.top1_changed"
        return [row(f"q{n}", float(n < lost), measure=named, condition=label, family=family) for n in range(N)]

    both = [*of("planted", "doc_attack", 54), *of("edited", "doc_attack", 6)]
    others = [*of("casing", "casing", N), *of("delete_gold", "delete_gold", N), *of("gone", "delete_random", N)]
    assert parse_suite("rank.first_lost").estimate([*both, *others]).value == 0.5
    assert parse_suite("rank.first_lost[planted]").estimate([*both, *others]).value == 0.9
    assert parse_suite("rank.first_lost").estimate(both).low is not None
    assert parse_suite("rank.first_lost").estimate(both, sampled=False).low is None
    assert parse_suite("rank.first_lost").estimate(others).value is None
    assert parse_suite("rank.first_lost[copied]").covers(both) == "nothing of copied"
    assert not parse_suite("rank.first_lost").higher_is_better
