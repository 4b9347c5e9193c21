"""What a sentence states, piece by piece: stems, quantities, names, negated clauses; and the rules on them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from robustcore.measures.support_rules import broken, claims_of, coverage, windows_of
from robustcore.measures.support_text import Clause, Quantity, facts_of, stem


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("days", "day"),
        ("cities", "city"),
        ("classes", "class"),
        ("walking", "walk"),
        ("walked", "walk"),
        ("boxes", "box"),
        ("glass", "glass"),
        ("bus", "bus"),
        ("ring", "ring"),
        ("red", "red"),
        ("times", "tim"),
        ("large", "larg"),
        ("tree", "tree"),
        ("café", "cafe"),
        ("Größen", "Großen"),
    ],
)
def test_a_stem_drops_the_commonest_endings_and_accents(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("27 days", "27", "day"),
        ("twenty-seven days", "27", "day"),
        ("twenty seven days", "27", "day"),
        ("twenty days", "20", "day"),
        ("ninety-nine metres", "99", "metr"),
        ("three hundred days", "300", "day"),
        ("two hundred thousand euros", "200000", "euro"),
        ("3.42 million euros", "3420000", "euro"),
        ("€3.42 mln", "3420000", "euro"),
        ("EUR 35", "35", "euro"),
        ("£20", "20", "pound"),
        ("$ 1,000", "1000", "dollar"),
        ("¥500", "500", "yen"),
        ("NOK 250", "250", "kron"),
        ("4.5 per cent", "4.5", "%"),
        ("4.5 percent", "4.5", "%"),
        ("4.5%", "4.5", "%"),
        ("90 cm", "90", "centimetr"),
        ("5 m", "5", "metr"),
        ("2 h", "2", "hour"),
        ("15th of January", "15", ""),
        ("10 keep-in-touch days", "10", "day"),
        ("8 or so of the days", "8", "day"),
        ("8 or so of the very days", "8", ""),
        ("zero days", "0", "day"),
        ("twelve apples", "12", ""),
    ],
)
def test_a_quantity_has_a_value_and_a_unit(text: str, value: str, unit: str) -> None:
    assert Quantity(Decimal(value).normalize(), unit) in facts_of(text).quantities


def test_another_number_ends_the_search_for_a_unit() -> None:
    assert facts_of("5 or 6 days").quantities == {Quantity(Decimal(5), ""), Quantity(Decimal(6), "day")}
    assert facts_of("5 % days").quantities == {Quantity(Decimal(5), "%")}
    assert facts_of("5 or % days").quantities == {Quantity(Decimal(5), "day")}
    assert facts_of("no number").quantities == frozenset()


def test_what_belongs_to_a_quantity_is_measured() -> None:
    assert facts_of("twenty seven paid days").measured == {"twenty", "seven", "day"}
    assert facts_of("3 million").measured == {"3", "million"}
    assert facts_of("They met at Room 5 Meters away").names == {"room"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Yesterday the Danube froze.", {"danub"}),
        ("Maud Ellingrave saw it.", {"maud", "ellingrav"}),
        ("Maud saw it.", set()),
        ("NATO met.", {"nato"}),
        ("A NATO meeting", {"nato"}),
        ("It rained. Maud Vik left.", {"maud", "vik"}),
        ("In Oslo The end", {"oslo"}),
        ("the Danube's banks", {"danub"}),
        ("lower case only", set()),
    ],
)
def test_names_are_capitals_that_do_not_only_begin_a_sentence(text: str, names: set[str]) -> None:
    assert facts_of(text).names == names


def test_clauses_are_split_and_negated_one_by_one() -> None:
    found = facts_of("Dogs are welcome, but cats are not allowed; birds never sing").clauses
    assert found == (
        Clause(frozenset({"dog", "welcom"}), negated=False),
        Clause(frozenset({"cat", "allow"}), negated=True),
        Clause(frozenset({"bird", "sing"}), negated=True),
    )
    assert facts_of("nothing without a cannot").negated
    assert not facts_of("unless refused").negated
    assert facts_of("It doesn't rain").negated
    assert facts_of("He shouldn't go").negated


def test_two_sentences_in_a_row_state_what_both_do() -> None:
    first, second = facts_of("Maud Vik left after 3 days."), facts_of("It did not rain in Oslo.")
    both = first.joined(second)
    assert both.text == "Maud Vik left after 3 days. It did not rain in Oslo."
    assert both.words == first.words + second.words
    assert both.stems == first.stems | second.stems
    assert both.content == first.content | second.content
    assert both.quantities == first.quantities
    assert both.measured == first.measured
    assert both.names == {"maud", "vik", "oslo"}
    assert both.clauses == first.clauses + second.clauses
    assert (first.negated, both.negated) == (False, True)


def test_a_short_reply_is_one_claim_with_its_question() -> None:
    (claim,) = claims_of(" Who came? ", " Maud Vik ")
    assert (claim.text, claim.denies) == ("Who came? Maud Vik", False)
    assert claim.question is not None
    assert claim.question.text == "Who came?"
    assert claim.body.names == {"maud", "vik"}
    (no,) = claims_of("Did she come?", "No, never")
    assert (no.denies, no.body.text) == (True, "never")
    (yes,) = claims_of("Did she come?", "Yes")
    assert (yes.denies, yes.body.text) == (False, "")
    assert claims_of("x", "...") == []


def test_a_long_reply_is_a_claim_a_sentence_that_has_content() -> None:
    reply = "Every employee receives paid leave each calendar year. It is so. Dogs sleep outside."
    found = claims_of("x", reply)
    assert [claim.text for claim in found] == [
        "Every employee receives paid leave each calendar year.",
        "Dogs sleep outside.",
    ]
    assert {claim.question for claim in found} == {None}


def test_windows_are_sentences_and_pairs_of_them() -> None:
    found = windows_of("Leave", "One bird. Two cats. Three dogs.")
    assert [window.facts.text for window in found] == [
        "One bird.",
        "Two cats.",
        "Three dogs.",
        "One bird. Two cats.",
        "Two cats. Three dogs.",
    ]
    assert {window.title for window in found} == {frozenset({"leav"})}
    assert found[0].around == {"leav", "one", "bird", "two", "cat", "thre", "dog"}


def judged(question: str, reply: str, text: str, title: str = "") -> tuple[float, str]:
    (claim,) = claims_of(question, reply)
    window = windows_of(title, text)[0]
    return coverage(claim, window), broken(claim, window)


@pytest.mark.parametrize(
    ("question", "reply", "text", "share", "rule"),
    [
        ("Who chairs?", "Torstein Vik", "Torstein Vik chairs.", 1.0, ""),
        ("Who chairs?", "Torstein Vik", "Torstein Berg chairs.", 2 / 3, "name vik"),
        ("How long?", "27 days", "It lasts 27 days.", 0.5, ""),
        ("How long?", "27 days", "It lasts 27 weeks.", 0.0, "number 27 day"),
        ("How long?", "27", "It lasts 27 weeks.", 0.5, ""),
        ("How much?", "5", "It is 5 %.", 0.0, "number 5"),
        ("How much?", "5 %", "It is 5.", 0.0, "number 5 %"),
        ("Which day?", "5 days", "On day 5.", 1.0, ""),
        ("May dogs enter?", "No", "Dogs may not enter.", 1.0, ""),
        ("May dogs enter?", "Yes", "Dogs may not enter.", 1.0, "polarity"),
        ("May dogs enter?", "Yes", "Dogs may enter.", 1.0, ""),
        ("May dogs enter?", "No", "Dogs may enter.", 1.0, "polarity"),
        ("May dogs not enter?", "No", "Dogs may enter.", 1.0, ""),
    ],
)
def test_coverage_and_the_first_rule_broken(question: str, reply: str, text: str, share: float, rule: str) -> None:
    covered, first_broken = judged(question, reply, text)
    assert covered == pytest.approx(share)
    assert first_broken == rule


def test_a_sentence_that_is_there_word_for_word_breaks_no_rule() -> None:
    reply = "The northern council meets every second Monday of March in Oslo."
    assert judged("x", reply, f"It is said: {reply}") == (1.0, "")
    assert judged("x", reply.replace("Oslo", "Bergen"), f"It is said: {reply}")[1] == "name bergen"
    turned = reply.replace("meets", "never meets")
    assert judged("x", turned, f"It is said: {reply}")[1] == "polarity"
    assert judged("x", reply.replace("Oslo", "Bergen"), reply, title="Bergen")[1] == ""
