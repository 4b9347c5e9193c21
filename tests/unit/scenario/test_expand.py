from dataclasses import replace
from itertools import islice

import pytest
from unit.scenario.world import condition

from robustcore.case import CLEAN
from robustcore.corpus.records import Example
from robustcore.errors import InputError, Location
from robustcore.scenario.expand import LONGEST, cases_of, count, expand, tokens_of
from robustcore.scenario.types import Scenario

SCENARIO = Scenario(
    name="a",
    slug="a",
    where=Location(file="a.yaml"),
    conditions=(CLEAN, condition("typos", 0.5), condition("typos", 1.0)),
    measures=(),
)


def examples(*ids: str) -> list[Example]:
    return [Example(id=name, question=f"What about {name}?") for name in ids]


def ids(scenario: Scenario, *names: str) -> list[str]:
    return [case.id for case in expand(scenario, examples(*names))]


def test_cases_come_by_condition_then_example_then_replicate() -> None:
    assert ids(replace(SCENARIO, replicates=2), "q1", "q2") == [
        *("clean-q1", "clean-q1-r2", "clean-q2", "clean-q2-r2"),
        *("typos-s0.5-q1", "typos-s0.5-q1-r2", "typos-s0.5-q2", "typos-s0.5-q2-r2"),
        *("typos-s1-q1", "typos-s1-q1-r2", "typos-s1-q2", "typos-s1-q2-r2"),
    ]


def test_replicates_count_from_zero_and_differ_in_seed_and_key() -> None:
    first, second = islice(expand(replace(SCENARIO, replicates=2), examples("q1")), 2)
    assert (first.replicate, second.replicate) == (0, 1)
    assert first.seed != second.seed
    assert first.key != second.key


def test_the_count_is_known_without_expanding() -> None:
    scenario = replace(SCENARIO, replicates=3)
    assert count(scenario, 4) == len(ids(scenario, "a", "b", "c", "d")) == 36


def test_cases_are_made_one_at_a_time() -> None:
    huge = replace(SCENARIO, replicates=1000)
    many = examples(*(f"q{number}" for number in range(1000)))
    assert next(iter(expand(huge, many))).id == "clean-q0"


def test_the_cases_of_a_condition_are_those_of_the_whole() -> None:
    asked = examples("q1", "frage ü")
    apart = [case for one in SCENARIO.conditions for case in cases_of(SCENARIO, one, asked)]
    assert apart == list(expand(SCENARIO, asked))


def test_printable_ids_stand_for_themselves() -> None:
    names = ["q017", "a/b c", "x.y-z", "50%", "what?", "a:b", "q-r2", "it's"]
    assert tokens_of(names) == names


@pytest.mark.parametrize("name", ["a[1]", "a::b", "ü", "a\nb", "a\\b", "", " a", "a ", "x" * 200, "日本", "\x00"])
def test_other_ids_are_cleaned_and_told_apart_by_a_hash(name: str) -> None:
    (token,) = tokens_of([name])
    assert token.isascii()
    assert token.isprintable()
    assert not {"[", "]", "\\"} & set(token)
    assert "::" not in token
    assert token == token.strip()
    assert 8 <= len(token) <= LONGEST + 9
    assert tokens_of([name, "other"])[0] == token


def test_ids_that_look_like_a_cleaned_one_stay_apart() -> None:
    (cleaned,) = tokens_of(["a[1]"])
    tokens = tokens_of(["a[1]", cleaned])
    assert tokens[1] == cleaned
    assert len(set(tokens)) == 2


def test_an_id_that_looks_like_a_replicate_is_no_other_case() -> None:
    found = ids(replace(SCENARIO, replicates=2), "q", "q-r2")
    assert len(set(found)) == len(found)
    assert ids(SCENARIO, "q-r2")[0] == "clean-q-r2"


def test_two_questions_with_one_id_are_refused_at_once() -> None:
    with pytest.raises(InputError, match="two questions have the id 'q1'"):
        expand(SCENARIO, examples("q1", "q2", "q1"))


@pytest.mark.parametrize("name", ["q1", "a[1]", "ü"])
def test_the_clean_twin_is_the_case_of_the_clean_condition(name: str) -> None:
    cases = list(expand(replace(SCENARIO, replicates=2), examples(name)))
    clean = {case.id: case for case in cases if case.condition == CLEAN}
    assert len(clean) == 2
    for case in cases:
        twin = case.clean()
        assert clean[twin.id].key == twin.key
        assert twin.replicate == case.replicate
