"""The specification's check values for answers, abstention and nDCG, every row of them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, get_args

import pytest
from trials import passages, score, trial

from robustcore.measures.abstention import PHRASES, says_no_answer
from robustcore.measures.answers import AnswerCorrect
from robustcore.measures.matching import Matcher
from robustcore.measures.registry import parse_measure

HERE = Path(__file__).parent


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def document(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("matcher", get_args(Matcher))
@pytest.mark.parametrize("case", table("answer_correct_cases.csv"), ids=lambda case: case["note"])
def test_answer_correct_gives_the_tabled_verdict(case: dict[str, str], matcher: Matcher) -> None:
    found = score(AnswerCorrect(matcher=matcher), trial(case["prediction"], case["gold"]))
    verdict = {1.0: "correct", 0.0: "incorrect", None: f"unscored:{found.reason}"}[found.value]
    assert verdict == case[matcher]


@pytest.mark.parametrize("phrases", sorted(PHRASES))
@pytest.mark.parametrize("case", table("abstention_cases.csv"), ids=lambda case: case["reply"] or "empty")
def test_the_phrase_detectors_give_the_tabled_verdict(case: dict[str, str], phrases: str) -> None:
    assert says_no_answer(case["reply"], phrases) == (case[phrases] == "true")


@pytest.mark.parametrize("name", sorted(PHRASES))
def test_the_phrase_lists_are_the_published_ones(name: str) -> None:
    assert sorted(PHRASES[name]) == sorted(document("abstention_phrases.json")[name])


@pytest.mark.parametrize("case", document("ranking.json")["ndcg"], ids=lambda case: str(case["rels"]))
def test_ndcg_with_exponential_gain_agrees_with_the_document(case: dict[str, Any]) -> None:
    pytest.importorskip("ir_measures", reason="needs the extra 'ir'")
    ranked = {f"d{i}": grade for i, grade in enumerate(case["rels"])}
    others = list(case.get("all_judged", case["rels"]))
    for grade in case["rels"]:
        others.remove(grade)
    # ir_measures has linear gain only, so the gains 2^rel - 1 go in as grades
    judged = {**ranked, **{f"u{i}": grade for i, grade in enumerate(others)}}
    grades = tuple((doc, 2**grade - 1) for doc, grade in judged.items())
    found = score(parse_measure(f"nDCG@{case['k']}"), trial("x", grades=grades, ranking=passages(*map(str, ranked))))
    if case["ndcg"] is None:
        assert (found.value, found.reason) == (None, "no_oracle")
    else:
        assert found.value == pytest.approx(case["ndcg"], abs=1e-6)
