"""What aggregates make of one table of rows: the value, what it rests on, and that options reach the limits."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from stat_rows import row

from robustcore.errors import InputError
from robustcore.measures.suite import Suite, parse_suite
from robustcore.stats.rows import Row

FAMILIES = (
    *("clean", "gold_only", "misspelled", "incomplete", "lay_rewording", "ocr_noise", "empty", "swap_irrelevant"),
    *("no_documents", "word_synonym+gold_only", "gold_only+remove_answer_sentences", "gold_only+back_translation"),
    *("typo_composite+gold_only", "grammar_rewrite+gold_only", "irrelevant_info+gold_only", "word_synonym"),
    *("distractor_random", "random_chat", "hard_negative", "indexed_poison", "planted_poison", "instruction_only"),
    *("concepts_only", "related_only", "full_set", "emotion", "neutral_text", "authority_v1", "neutral_sentence"),
    *("correct_hint", "typos"),
)


def table(suite: Suite) -> list[Row]:
    """Return 0/1 rows of 60 items, two a cluster, in every condition the suite reads, at severities 0.5 and 1."""
    read = [family for family in FAMILIES if suite.reads(family)]
    return [
        row(
            i,
            float((i * (j + 2) + 3 * k + i // 7) % 5 > 1),
            measure=measure,
            family=family,
            condition=family,
            clean=float((i * 3 + j + k) % 7 > 0),
            severity=severity,
            cluster=f"page {i // 2}",
        )
        for k, measure in enumerate(suite.measures)
        for j, family in enumerate(read)
        for i in range(60)
        for severity in (0.5, 1.0)
    ]


@cache
def suite_and_table(name: str) -> tuple[Suite, list[Row]]:
    suite = parse_suite(name)
    return suite, table(suite)


LIMITED = [
    ("rare_met.overall", 331 / 540, 1080, "9 of 20 parts"),
    ("rare_met.query", 7 / 12, 480, "all 4 parts"),
    ("rare_met.document", 0.575, 240, "all 2 parts"),
    ("rare_met.real_world", 0.75, 120, "original-retrieved"),
    ("rare_met.cell[word,gold]", 0.6, 120, "word-gold"),
    ("rare_met.union", 0.1, 60, "original-gold+character-gold+word-gold+grammar-gold+irrelevant-gold"),
    ("rare_met.knowledge_rate", 17 / 30, 120, "original-probe"),
    ("failsafe.compliant[baseline](scored_by=rules)", 0.35, 120, "baseline"),
    ("failsafe.robustness(scored_by=rules)", 0.1, 60, "baseline+misspelled+incomplete+out_of_domain+ocr"),
    ("failsafe.grounding(scored_by=rules)", 7 / 12, 240, "all 2 parts"),
    ("failsafe.llmc(scored_by=rules)", 1.25 * 0.1 * (73 / 120) / (0.25 * 73 / 120 + 0.1), 300, "all 7 parts"),
    ("failsafe.mean_compliance(scored_by=rules)", 0.53, 600, "all 5 parts"),
    ("failsafe.mean_compliance[ocr,misspelled](threshold=5)", 0.0, 240, "all 2 parts"),
    ("noisy.score[ND]", 7 / 12, 60, "ND"),
    ("noisy.score[HN]", 17 / 30, 60, "HN"),
    ("noisy.drop_rel[RD]", -2 / 35, 60, "all 2 parts"),
    ("noisy.drop_abs[RC]", -1 / 30, 60, "all 2 parts"),
    ("noisy.pass_at_k[ND]", 7 / 12, 60, "ND"),
    ("noisy.pass_hat_k[RC]", 17 / 30, 60, "RC"),
    ("placement.fell[poison]", 10 / 17, 102, "fell"),
    ("placement.retriever_displaced[poison]", 0.0, 60, "retriever_displaced"),
    ("placement.reader_misled[poison]", 0.7, 60, "reader_misled"),
    ("placement.both[poison]", 0.3, 60, "both"),
    ("parrot.delta_conf", -0.3, 120, "authority_v1"),
    ("parrot.base_brier", 17 / 60, 120, "authority_v1"),
    ("parrot.delta_ece", 0.0, 120, "authority_v1"),
    ("parrot.manip_ece", 17 / 60, 120, "authority_v1"),
    ("drift.signed", -1 / 30, 120, "all framings"),
    ("drift.flip_rate", 7 / 15, 120, "all framings"),
    ("drift.flip_rate[up]", 13 / 60, 120, "up"),
    ("drift.flip_rate[down]", 1 / 4, 120, "down"),
    ("der2.score[full_set]", 17 / 30, 60, "full_set"),
    ("der2.rloss", -1 / 30, 60, "concepts_only-full_set"),
    ("der2.doc_to_concept_loss", -1 / 30, 60, "concepts_only-related_only"),
    ("der2.noise_loss", -1 / 30, 60, "related_only-full_set"),
    ("der2.knowledge_loss", 1 / 30, 60, "concepts_only-instruction_only"),
    ("der2.load_loss[0.5]", -1 / 30, 60, "related_only-full_set@0.5"),
    ("der2.mode_switch_fragile", 0.0, 60, "instruction_only-full_set"),
    ("der2.concept_precision[full_set]", 34 / 69, 60, "full_set"),
    ("der2.concept_recall[full_set]", 34 / 69, 60, "full_set"),
    ("der2.error_rate[MC,instruction_only]", 17 / 30, 60, "instruction_only"),
]
RANKED = [
    ("rank.vndcg", 11 / 225, 30, "BCa"),
    ("rank.worst_mean", 0.5, 30, "no interval: it degenerates"),
    ("rank.ood_change[typos]", -1 / 3, 120, "at least as wide as Clopper-Pearson"),
    ("rank.query_attack_change", -83 / 257, 600, "at least as wide as Clopper-Pearson"),
    ("cert.violations", 539 / 930, 3720, "every case checked: a violation is a fault, whatever its share"),
    ("cert.conformal_depth", 1.0, 30, "split conformal on 15 queries; covers 1.000 of the other 15"),
    ("style.ri", 0.5, 30, "cluster bootstrap-t"),
    ("curve.apd[typos]", -1 / 3, 30, "BCa"),
    ("curve.nipd[typos]", -0.25, 30, "BCa"),
    ("stability", 0.17, 60, "cluster bootstrap-t"),
]
WITHOUT_LIMITS = [
    ("drift.mean_abs(per=scenario)", 1 / 6),
    ("drift.max_abs", 0.5),
    ("drift.cohens_h", -0.06762633138038932),  # 2 asin sqrt(17 / 30) - 2 asin sqrt(0.6)
    ("drift.equivalence", 0.0),
    ("drift.rule_accuracy[emotional]", 17 / 30),
    ("der2.identity", 0.0),
    ("der2.mode_switch_share", 0.777),
]


OTHERWISE_LIMITED = {"der2.mode_switch_fragile", "cert.violations", "cert.conformal_depth"}
"""A yes or no by its definition, a count of all there is, a depth that covers: their limits may be the value itself."""


@pytest.mark.parametrize("name", sorted({one[0] for one in (*LIMITED, *RANKED)} - OTHERWISE_LIMITED))
@pytest.mark.parametrize(("value", "clean"), [(0.1, 0.3), (1 / 3, 1 / 3), (0.7, 0.2), (1.0, 1.0)])
def test_equal_scores_are_no_certainty(name: str, value: float, clean: float) -> None:
    suite, rows = suite_and_table(name)
    found = suite.estimate([replace(row, value=value, clean=clean) for row in rows])
    assert found.low is None or found.high is None or found.high - found.low > 1e-6


@pytest.mark.parametrize(("name", "value", "n", "covers"), LIMITED, ids=[one[0] for one in LIMITED])
def test_the_value_of_an_aggregate_and_what_it_rests_on(name: str, value: float, n: int, covers: str) -> None:
    suite, rows = suite_and_table(name)
    found = suite.estimate(rows)
    assert found.value == pytest.approx(value)
    assert (found.n, found.confidence, found.reason) == (n, 0.95, "")
    assert suite.covers(rows) == covers
    assert suite.complete(rows) == (name != "rare_met.overall")


@pytest.mark.parametrize("name", [one[0] for one in LIMITED])
def test_confidence_and_a_hand_written_list_reach_the_limits(name: str) -> None:
    suite, rows = suite_and_table(name)
    sure, less = suite.estimate(rows), suite.estimate(rows, 0.8)
    assert less.confidence == 0.8
    assert (sure.low, sure.high) != (None, None)
    narrower = (less.high or 0.0) - (less.low or 0.0) < (sure.high or 0.0) - (sure.low or 0.0)
    assert narrower or name == "der2.mode_switch_fragile"
    listed = suite.estimate(rows, sampled=False)
    assert (listed.low, listed.high, listed.value) == (None, None, sure.value)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # SciPy's, where the worst quarter does not vary
@pytest.mark.parametrize(("name", "value", "n", "method"), RANKED, ids=[one[0] for one in RANKED])
def test_the_value_of_an_aggregate_of_rankings(name: str, value: float, n: int, method: str) -> None:
    suite, rows = suite_and_table(name)
    found = suite.estimate(rows)
    assert found.value == pytest.approx(value)
    assert (found.n, found.clusters, found.unscored) == (n, 30, {})
    assert method in found.method
    listed = suite.estimate(rows, sampled=False)
    assert listed.value == found.value
    if name not in ("cert.violations", "cert.conformal_depth"):  # these are exact, whatever the questions are
        assert (listed.low, listed.high, listed.reason) == (None, None, "no_sampling_plan")
        assert listed.method == "conditional on these questions, no interval"
    less = suite.estimate(rows, 0.8)
    assert less.confidence == 0.8
    if "BCa" in method or "bootstrap-t" in method:
        assert (found.low or 0.0) < (less.low or 0.0) < (less.high or 0.0) < (found.high or 0.0)
    lost = [replace(one, item=f"lost {one.item}", cluster="lost", value=None, clean=None) for one in rows[:1]]
    gone = suite.estimate([*rows, *(replace(one, reason="noop", clean_reason="noop") for one in lost)])
    assert gone.unscored == ({} if name == "style.ri" else {"noop": 1})  # an index is of what it counts
    assert gone.value == found.value


@pytest.mark.parametrize(("name", "value"), WITHOUT_LIMITS, ids=[one[0] for one in WITHOUT_LIMITS])
def test_the_value_of_an_aggregate_without_limits_of_its_own(name: str, value: float) -> None:
    suite, rows = suite_and_table(name)
    assert suite.estimate(rows).value == pytest.approx(value)


@pytest.mark.parametrize("name", [one[0] for one in (*LIMITED, *WITHOUT_LIMITS)])
def test_rows_of_no_measure_it_folds_and_rows_without_its_tag_are_left_alone(name: str) -> None:
    suite, rows = suite_and_table(name)
    other = [row(i, 1.0, measure="answer_f1", family=one.family) for i, one in enumerate(rows[:40])]
    assert suite.estimate([*rows, *other]).value == suite.estimate(rows).value
    joined = name[:-1] + ", tag=star)" if name.endswith(")") else f"{name}(tag=star)"
    assert parse_suite(joined).estimate(rows).value is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("der2.score[full_set](scored_by=x)", "der2.score: scored_by cannot be 'x'"),
        ("failsafe.llmc(scored_by=x)", "failsafe.llmc: scored_by cannot be 'x'"),
        ("failsafe.llmc(threshold=0)", "failsafe.llmc: threshold must be 2 to 6, not 0"),
        ("failsafe.llmc(beta=0)", "failsafe.llmc: beta must be above 0, not 0"),
        ("failsafe.robustness[ocr]", "failsafe.robustness: 0 names belong in brackets, not 1"),
        ("parrot.follow(tau=0)", "parrot.follow: tau must be above 0, not 0"),
        ("parrot.follow(pool=mean)", "parrot.follow: pool cannot be 'mean'"),
        ("drift.signed(margin=1)", "drift.signed: margin must lie between 0 and 1, not 1"),
        ("drift.signed(beyond=0)", "drift.signed: beyond must lie between 0 and 1, not 0"),
        ("drift.signed(per=day)", "drift.signed: per cannot be 'day'"),
        ("drift.flip_rate[sideways]", "drift.flip_rate: 'sideways' cannot stand in brackets here"),
        ("rare_met.query(real_world_rule=x)", "rare_met.query: real_world_rule cannot be 'x'"),
    ],
)
def test_an_option_that_cannot_be_is_refused_by_name(name: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_suite(name)
    assert refused.value.problems[0].what == words


def test_what_a_suite_covers_is_told_by_name_up_to_four_parts() -> None:
    suite, rows = suite_and_table("rare_met.query")
    assert suite.covers([]) == "none of 4 parts"
    assert not suite.complete([])
    one, _ = suite_and_table("rare_met.knowledge_rate")
    assert one.covers([]) == "nothing of original-probe"
    some = [one for one in rows if "grammar" not in one.family and "irrelevant" not in one.family]
    assert suite.covers(some) == "2 of 4 parts; without grammar-gold, irrelevant-gold"
    ladder, steps = suite_and_table("curve.apd[typos]")
    assert (ladder.covers([]), ladder.complete([]), ladder.complete(steps)) == ("nothing of typos", False, True)
    everything, _ = suite_and_table("rank.vndcg")
    assert everything.covers([]) == "nothing of rank.vndcg"
    assert everything.reads("whatever")


NAMES = [one[0] for one in (*LIMITED, *RANKED, *WITHOUT_LIMITS)]
NO_MEANS = {
    *("failsafe.llmc(scored_by=rules)", "noisy.score[ND]", "noisy.score[HN]", "noisy.drop_rel[RD]"),
    *("noisy.drop_abs[RC]", "noisy.pass_at_k[ND]", "noisy.pass_hat_k[RC]", "parrot.base_brier", "parrot.delta_ece"),
    *("parrot.manip_ece", "parrot.accuracy_drop", "parrot.excess_follow", "parrot.hint_gain"),
    *("drift.mean_abs(per=scenario)", "drift.max_abs", "drift.cohens_h", "drift.equivalence"),
    *("drift.rule_accuracy[emotional]", "der2.identity", "der2.mode_switch_share", "der2.mode_switch_fragile"),
    *("der2.concept_precision[full_set]", "der2.concept_recall[full_set]", *(one[0] for one in RANKED)),
}


@pytest.mark.parametrize("name", [*NAMES, *sorted(NO_MEANS - set(NAMES))])
def test_what_says_it_is_a_mean_is_the_mean_of_what_it_folds(name: str) -> None:
    """Gates stop early on the folded rows alone: an aggregate that is another number would get another's verdict."""
    suite, rows = suite_and_table(name)
    assert suite.is_mean == (name not in NO_MEANS)
    if suite.is_mean:
        values = [one.value for one in suite.fold(rows) if one.value is not None]
        assert suite.estimate(rows).value == pytest.approx(sum(values) / len(values))
