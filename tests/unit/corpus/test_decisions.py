"""Rules over facts: what they say, what is refused, and facts read back from text; faults of a pack's files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustcore.corpus.bundled import shipped_folder
from robustcore.corpus.decisions import OPS, Facts, Field, facts_used, holds, read_facts, rule_of
from robustcore.corpus.emotion_pack import DOMAINS, NARRATIVES, SCENARIOS, load_emotion
from robustcore.errors import InputError

FACTS: Facts = {"days": 14, "limit": 14, "temp": 37.6, "signed": True, "kind": "late", "sum": 18500}
FIELDS = {
    "days": Field(label="Days"),
    "limit": Field(label="Days allowed (at most)"),
    "temp": Field(label="Temperature", form="{} degrees"),
    "signed": Field(label="Signed"),
    "kind": Field(label="Kind", form="'{}'"),
    "sum": Field(label="Sum", form="about {} crowns"),
}


def one(fact: str, op: str, than: Any) -> dict[str, Any]:
    return {"fact": fact, "op": op, "than": than}


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        (one("days", "<=", 14), True),
        (one("days", "<", 14), False),
        (one("days", ">=", {"fact": "limit"}), True),
        (one("days", ">", {"fact": "limit"}), False),
        (one("temp", ">=", 38), False),
        (one("signed", "==", True), True),
        (one("kind", "!=", "late"), False),
        ({"all": [one("days", "==", 14), one("signed", "==", False)]}, False),
        ({"any": [one("days", "==", 14), one("signed", "==", False)]}, True),
        ({"all": [one("days", "==", 14), {"any": [one("temp", ">", 40), one("sum", ">", 9)]}]}, True),
    ],
)
def test_a_rule_holds_as_it_reads(rule: dict[str, Any], outcome: bool) -> None:
    assert holds(rule_of(rule, FACTS), FACTS) is outcome


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ({"all": []}, "'all' takes a list of rules"),
        ({"any": {}}, "'any' takes a list of rules"),
        ({"fact": "days", "op": "<="}, "a rule has the keys fact, op and than"),
        (one("dais", "<=", 3), "no fact is called 'dais': there are days, limit"),
        (one("days", "<=", {"fact": "limits"}), "no fact is called 'limits'"),
        (one("days", "=<", 3), "unknown comparison '=<'"),
        (one("days", "<=", "3"), "days is 14, which cannot be compared by <= with '3'"),
        (one("signed", ">", False), "signed is True, which cannot be compared by > with False"),
        (one("days", "==", True), "days is 14, which cannot be compared by == with True"),
        ([], "a rule has the keys fact, op and than"),
    ],
)
def test_a_rule_that_means_nothing_is_refused_with_the_reason(rule: Any, what: str) -> None:
    with pytest.raises(ValueError, match=what.replace("(", r"\(")):
        rule_of(rule, FACTS)


def test_a_rule_knows_the_facts_it_looks_at_on_both_sides() -> None:
    rule = rule_of({"any": [one("days", ">", {"fact": "limit"}), {"all": [one("signed", "==", True)]}]}, FACTS)
    assert facts_used(rule) == {"days", "limit", "signed"}


@given(st.integers(-9, 9), st.integers(-9, 9), st.sampled_from(sorted(OPS)), st.sampled_from(sorted(OPS)))
def test_all_is_and_any_is_or(a: int, b: int, first: str, second: str) -> None:
    facts = {"a": a, "b": b}
    parts = [one("a", first, 0), one("b", second, {"fact": "a"})]
    left, right = (holds(rule_of(part, facts), facts) for part in parts)
    assert holds(rule_of({"all": parts}, facts), facts) == (left and right)
    assert holds(rule_of({"any": parts}, facts), facts) == (left or right)


def test_facts_written_as_lines_are_read_back_with_their_types() -> None:
    text = "\n".join(["Facts", *(FIELDS[name].line(value) for name, value in FACTS.items()), ""])
    assert "- Sum: about 18,500 crowns" in text
    assert read_facts(text, FACTS, FIELDS) == dict(FACTS)


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.booleans())
def test_any_number_and_answer_is_read_back(sum_: int, tenths: int, signed: bool) -> None:
    facts = {"sum": sum_, "temp": tenths / 10, "signed": signed}
    text = "\n".join(FIELDS[name].line(value) for name, value in facts.items())
    assert read_facts(text, facts, FIELDS) == facts


def test_a_fact_stated_twice_or_in_other_words_is_not_read() -> None:
    assert read_facts("- Days: 14\n- Days: 15", {"days": 14}, FIELDS) == {}
    assert read_facts("There were 14 days.", {"days": 14}, FIELDS) == {}
    assert read_facts("- Days: fourteen", {"days": 14}, FIELDS) == {}


@pytest.mark.parametrize(
    ("name", "change", "what"),
    [
        (NARRATIVES, {"framing": "E-joy-self-mild"}, "no text is enclosed under 'E-joy-self-mild'"),
        (NARRATIVES, {"sentences": [{"role": "sad", "text": "Alas."}]}, "unknown role 'sad'"),
        (DOMAINS, {"id": "parking"}, "there is no 'parking'"),
        (DOMAINS, {"fields": {"lag": {"form": "{}"}}}, "there is no 'label'"),
        (SCENARIOS, {"metadata": {"facts": {"lag": 6}, "rule": {"all": []}}}, "'all' takes a list of rules"),
        (SCENARIOS, {"metadata": {"facts": {"size": 6}, "rule": {}}}, "does not say how 'size' is written"),
        (SCENARIOS, {"metadata": None}, "this record cannot be read"),
    ],
)
def test_a_record_of_the_pack_that_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, name: str, change: dict[str, Any], what: str
) -> None:
    folder = tmp_path / "emotion"
    shutil.copytree(shipped_folder("fixtures") / "packs" / "emotion", folder)
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    lines[0] = json.dumps({**json.loads(lines[0]), **change})
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_emotion(folder)
    assert any(what in problem.what for problem in caught.value.problems), str(caught.value)
    assert any(problem.where and problem.where.line == 1 for problem in caught.value.problems)
