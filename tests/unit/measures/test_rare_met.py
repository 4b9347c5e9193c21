"""RARE-Met: what single replies are, and the aggregates as folds over stored rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from stat_rows import row
from trials import REMOVED, lost, passages, score, trial

from robustcore.errors import InputError, UnknownNameError
from robustcore.measures.rare_met import RareCorrect, RareGoldRetrieved, RareRefusal
from robustcore.measures.suite import Suite, is_suite, parse_suite, suite_names
from robustcore.stats.rare_met import DOCUMENTS, QUERIES, place_of, robust
from robustcore.stats.rows import Row

CORRECT, REFUSAL, RETRIEVED = "rare_met.correct", "rare_met.refusal", "rare_met.gold_retrieved"
FAMILY_OF_QUERY = {"original": "", "character": "typo_composite", "word": "word_synonym"} | {
    "grammar": "grammar_rewrite",
    "irrelevant": "irrelevant_info",
}
FAMILY_OF_DOCUMENT = {
    "gold": "gold_only",
    "answer_removed": "gold_only+remove_answer_sentences",
    "answer_kept": "gold_only+back_translation",
    "retrieved": "",
}


def family(query: str, document: str) -> str:
    parts = [part for part in (FAMILY_OF_QUERY[query], FAMILY_OF_DOCUMENT[document]) if part]
    return "+".join(parts) or "clean"


def case(
    item: str,
    operators: str,
    correct: float | None,
    refusal: float | None = 0.0,
    retrieved: float | None = 1.0,
    *,
    reason: str = "",
) -> list[Row]:
    """Return the three rows of one reply."""
    made = zip((CORRECT, REFUSAL, RETRIEVED), (correct, refusal, retrieved), strict=True)
    return [
        row(item, value, condition=operators, family=operators, measure=name, reason=reason) for name, value in made
    ]


def joined(cases: Iterable[list[Row]]) -> list[Row]:
    return [one for rows in cases for one in rows]


def value(name: str, rows: Iterable[Row]) -> float | None:
    return parse_suite(name).estimate(rows).value


def test_correct_is_scored_where_refusing_is_expected_too() -> None:
    assert score(RareCorrect(), trial("Paris", "Paris", under=REMOVED)).value == 1
    assert score(RareCorrect(), trial("I do not know", "Paris", under=REMOVED)).value == 0
    assert score(RareRefusal(), trial("I do not know", "Paris", under=REMOVED)).value == 1


def test_correct_and_refusal_say_nothing_of_questions_without_an_answer_and_of_lost_replies() -> None:
    for measure in (RareCorrect(), RareRefusal()):
        assert score(measure, trial("x", answerable=False)).reason == "not_applicable"
        assert score(measure, lost()).reason == "infra_error"
    assert score(RareCorrect(), trial("x")).reason == "no_oracle"


def test_gold_is_retrieved_if_a_gold_document_is_in_the_ranking() -> None:
    ranking = passages("a", "b")
    assert score(RareGoldRetrieved(), trial("x", "y", gold_docs=("d1",), ranking=ranking)).value == 1
    assert score(RareGoldRetrieved(), trial("x", "y", gold_docs=("d7",), ranking=ranking)).value == 0
    assert score(RareGoldRetrieved(), trial("x", "y", gold_docs=("d7",))).reason == "not_applicable"
    assert score(RareGoldRetrieved(), trial("x", "y", ranking=ranking)).reason == "no_oracle"


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_place_of_a_condition_follows_from_its_operators(query: str, document: str) -> None:
    assert place_of(family(query, document)) == (query, document)


@pytest.mark.parametrize(
    "operators", ["conflict", "casing", "typo_composite+casing", "gold_only+casing", "back_translation", "empty"]
)
def test_other_conditions_of_a_scenario_have_no_place_in_the_grid(operators: str) -> None:
    assert place_of(operators) is None


def test_the_strict_rule_needs_to_know_what_was_retrieved() -> None:
    with pytest.raises(ValueError, match="strict rule"):
        robust("retrieved", known=False, correct=True, refusal=False, rule="strict")


def grid(item: str, *, known: bool) -> list[Row]:
    """Return all rows of a record that is always right, and refuses where the answer was removed."""
    cells = [
        case(item, family(q, d), float(d != "answer_removed"), float(d == "answer_removed"))
        for q in QUERIES
        for d in DOCUMENTS
    ]
    return [*joined(cells), *case(item, "no_documents", float(known))]


def test_k_decides_what_a_refusal_is_worth_where_the_answer_was_removed() -> None:
    rows = [*grid("a", known=True), *grid("b", known=False)]
    assert value("rare_met.knowledge_rate", rows) == 0.5
    assert value("rare_met.document", rows) == 0.75
    assert value("rare_met.document(known=yes)", rows) == 0.5
    assert value("rare_met.document(known=no)", rows) == 1
    assert value("rare_met.query", rows) == 1
    assert value("rare_met.overall", rows) == 35 / 40
    assert value("rare_met.cell[word,answer_removed]", rows) == 0.5


def test_the_rules_differ_on_a_right_answer_from_documents_without_gold() -> None:
    rows = [*case("a", "clean", 1.0, retrieved=0.0), *case("a", "no_documents", 0.0)]
    assert value("rare_met.real_world", rows) == 1
    assert value("rare_met.real_world(real_world_rule=strict)", rows) == 0


def test_the_probe_enters_no_average() -> None:
    assert value("rare_met.overall", case("a", "no_documents", 1.0)) is None
    assert parse_suite("rare_met.overall").estimate(case("a", "no_documents", 1.0)).reason == "empty_denominator"


def test_a_record_without_a_probe_is_unscored_and_counted_by_the_reason_of_the_probe() -> None:
    estimate = parse_suite("rare_met.query").estimate(case("a", family("word", "gold"), 1.0))
    assert (estimate.value, dict(estimate.unscored)) == (None, {"not_run": 1})
    broken = case("a", "no_documents", None, None, None, reason="infra_error")
    estimate = parse_suite("rare_met.query").estimate([*case("a", family("word", "gold"), 1.0), *broken])
    assert dict(estimate.unscored) == {"infra_error": 1}


def test_a_system_that_shows_no_ranking_has_no_strict_value_unless_it_knows_the_answer() -> None:
    rows = [*case("a", "clean", 1.0, retrieved=None), *case("a", "no_documents", 0.0)]
    strict = parse_suite("rare_met.real_world(real_world_rule=strict)").estimate(rows)
    assert (strict.value, dict(strict.unscored)) == (None, {"not_applicable": 1})
    assert value("rare_met.real_world", rows) == 1
    rows = [*case("a", "clean", 1.0, retrieved=None), *case("a", "no_documents", 1.0)]
    assert value("rare_met.real_world(real_world_rule=strict)", rows) == 1


def test_a_raise_on_a_perturbed_input_is_not_robust() -> None:
    raised = [
        row("a", None, clean=1.0, reason="system_error", measure=name, condition="x", family=family("word", "gold"))
        for name in (CORRECT, REFUSAL, RETRIEVED)
    ]
    assert value("rare_met.query", [*raised, *case("a", "no_documents", 0.0)]) == 0


def test_an_aggregate_names_what_it_covers_and_what_is_missing() -> None:
    rows = [*case("a", family("word", "gold"), 1.0), *case("a", "no_documents", 0.0)]
    covered = parse_suite("rare_met.query").covers(rows)
    assert covered == "1 of 4 parts; without character-gold, grammar-gold, irrelevant-gold"
    assert parse_suite("rare_met.overall").covers(rows) == "word-gold of 20 parts"
    assert parse_suite("rare_met.overall").covers(grid("a", known=True)[3:]) == "19 of 20 parts; without original-gold"
    assert parse_suite("rare_met.query").covers(grid("a", known=True)) == "all 4 parts"


def test_a_tag_keeps_the_questions_that_carry_it() -> None:
    rows = [*grid("a", known=True), *(replace(one, tags=("star",)) for one in grid("b", known=False))]
    assert value("rare_met.document(tag=star)", rows) == 1
    assert value("rare_met.document(tag=nowhere)", rows) is None


def test_intervals_are_over_records() -> None:
    many = joined([grid(f"r{i}", known=i % 3 == 0) for i in range(40)])
    estimate = parse_suite("rare_met.document").estimate(many)
    assert (estimate.clusters, estimate.n) == (40, 80)
    assert estimate.low is not None
    assert estimate.value is not None
    assert estimate.low < estimate.value


IN_BRACKETS = ("rare_met.cell", "failsafe.compliant", "rank.ood_change", "curve.apd", "curve.nipd")
IN_BRACKETS_ALL = ("der2.", "noisy.", "placement.")


@pytest.mark.parametrize(
    "name", [n for n in suite_names() if n not in IN_BRACKETS and not n.startswith(IN_BRACKETS_ALL)]
)
def test_every_suite_reads_back_from_its_name_and_says_what_it_is(name: str) -> None:
    suite = parse_suite(name)
    assert (suite.name.removesuffix("@10"), is_suite(name), parse_suite(suite.name)) == (name, True, suite)
    assert suite.measures
    assert suite.parts()
    assert suite.status in ("PAPER", "REPORTED", "STANDARD", "OURS")


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("rare_met.real_world[bm25]", "rare_met.real_world[bm25]"),
        (
            "rare_met.overall( known = yes, real_world_rule=strict )",
            "rare_met.overall(real_world_rule=strict, known=yes)",
        ),
        ("rare_met.overall(real_world_rule=lenient)", "rare_met.overall"),
        ("failsafe.mean_compliance[baseline, ocr]", "failsafe.mean_compliance[baseline,ocr]"),
        ("failsafe.llmc(threshold=5)", "failsafe.llmc(threshold=5)"),
    ],
)
def test_options_and_selectors_have_one_spelling(spelled: str, name: str) -> None:
    suite: Suite = parse_suite(spelled)
    assert suite.name == name
    assert parse_suite(name) == suite


@pytest.mark.parametrize(
    "name",
    [
        "rare_met.cell",
        "rare_met.cell[gold,word]",
        "rare_met.cell[word]",
        "rare_met.query[word]",
        "rare_met.overall(known=maybe)",
        "rare_met.overall(rule=strict)",
        "failsafe.compliant",
        "failsafe.compliant[nowhere]",
        "failsafe.robustness[ocr]",
        "failsafe.robustness(threshold=7)",
        "failsafe.robustness(threshold=1)",
        "failsafe.llmc(beta=0)",
        "failsafe.llmc(scored_by=vote)",
    ],
)
def test_selectors_and_options_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        parse_suite(name)


def test_an_unknown_suite_comes_with_the_choices() -> None:
    assert not is_suite("rare_met.robustness")
    with pytest.raises(UnknownNameError, match=r"rare_met\.query"):
        parse_suite("rare_met.querry")


def test_the_union_is_of_records_robust_under_all_five_queries() -> None:
    broken = [replace(one, value=0.0) if "word" in one.family else one for one in grid("b", known=True)]
    short = [one for one in grid("c", known=True) if "word" not in one.family]
    estimate = parse_suite("rare_met.union").estimate([*grid("a", known=True), *broken, *short])
    assert (estimate.value, estimate.n, dict(estimate.unscored)) == (0.5, 2, {"not_run": 1})


def test_a_query_variant_that_changed_nothing_fills_no_second_cell() -> None:
    seen = trial("Paris", "Paris", under=REMOVED, idle=("question.word_synonym",))
    for measure in (RareCorrect(), RareRefusal()):
        found = score(measure, seen)
        assert (found.value, found.reason, found.note) == (None, "noop", "nothing to change for question.word_synonym")


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ("", ("original", "retrieved")),
        ("clean", ("original", "retrieved")),
        ("no_documents", ("original", "probe")),
        ("gold_only", ("original", "gold")),
        ("gold_only+remove_answer_sentences", ("original", "answer_removed")),
        ("gold_only+back_translation", ("original", "answer_kept")),
        ("typo_composite+gold_only", ("character", "gold")),
        ("word_synonym+gold_only+back_translation", ("word", "answer_kept")),
        ("grammar_rewrite", ("grammar", "retrieved")),
        ("irrelevant_info+gold_only", ("irrelevant", "gold")),
        ("gold_only+typo_composite", None),
        ("typos", None),
        ("typos+gold_only", None),
    ],
)
def test_a_condition_has_its_place_in_the_grid(steps: str, place: tuple[str, str] | None) -> None:
    assert place_of(steps) == place
