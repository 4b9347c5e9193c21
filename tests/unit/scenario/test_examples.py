"""Every example file: the good ones load and validate, the bad ones give exactly the problems written at their top."""

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from unit.scenario.world import BUNDLED, EXAMPLES, MEASURES, measure, registry

from robustcore.errors import InputError, Problem
from robustcore.scenario.load import load_scenarios
from robustcore.scenario.schema import json_schema
from robustcore.scenario.yaml_marks import parse

GOOD = sorted((EXAMPLES / "good").glob("*.yaml"))
BAD = sorted((EXAMPLES / "bad").glob("*.yaml"))


@pytest.fixture(scope="module", name="validator")
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json_schema(registry(), MEASURES))


def values(path: Path) -> list[dict[str, Any]]:
    documents, problems = parse(path.read_text(), str(path))
    assert not problems
    return [document.value for document in documents]


def announced(path: Path) -> list[tuple[str, str, str]]:
    """Return (place, words, fix) of each ``# problem: 3:5 words / fix`` line."""
    lines = re.findall(r"^# problem: (\d+:\d+) (.*)$", path.read_text(), re.MULTILINE)
    return [(place, *words.partition(" / ")[::2]) for place, words in lines]


def tells(problem: Problem, expected: tuple[str, str, str]) -> bool:
    place, words, fix = expected
    return str(problem.where).endswith(f".yaml:{place}") and words in problem.what and fix in problem.fix


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_example_loads_and_validates(path: Path, validator: Draft202012Validator) -> None:
    scenarios = load_scenarios(path, registry(), measure, bundled=BUNDLED)
    documents = values(path)
    assert [scenario.name for scenario in scenarios] == [document["name"] for document in documents]
    for document in documents:
        validator.validate(document)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_example_gives_every_problem_at_its_place(path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_scenarios(path, registry(), measure, bundled=BUNDLED)
    expected = announced(path)
    assert len(caught.value.problems) == len(expected), str(caught.value)
    for problem, wanted in zip(caught.value.problems, expected, strict=True):
        assert tells(problem, wanted), f"{problem}\nis not\n{wanted}"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_the_schema_refuses_a_bad_example_unless_it_says_why_not(path: Path, validator: Draft202012Validator) -> None:
    semantic = re.search(r"^# semantic: (\S.*)$", path.read_text(), re.MULTILINE)
    valid = all(validator.is_valid(document) for document in values(path))
    assert valid == (semantic is not None)


def test_the_examples_cover_both_sides() -> None:
    assert len(GOOD) >= 4
    assert len(BAD) >= 40
