from typing import Any

import pytest
from jsonschema import Draft202012Validator
from unit.scenario.world import MEASURES, registry

from robustcore.scenario.schema import DIALECT, json_schema


@pytest.fixture(scope="module", name="schema")
def _schema() -> dict[str, Any]:
    return json_schema(registry(), MEASURES)


def test_it_is_a_schema_of_the_dialect_it_names(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT


def test_every_operator_is_there_with_description_options_and_levels(schema: dict[str, Any]) -> None:
    operators = schema["$defs"]["Link"]["anyOf"][1]["properties"]
    assert set(operators) >= {"question.qwerty_swap", "qwerty_swap", "question.casing", "context.conflict"}
    swap = operators["qwerty_swap"]
    assert swap["description"] == "Replace a character by a keyboard neighbour. [question.qwerty_swap; meaning]"
    assert swap["properties"]["layout"] == {"type": "string", "default": "us"}
    conflict = operators["conflict"]
    assert "Severities: 0.333, 0.667, 1." in conflict["description"]
    assert conflict["anyOf"][0]["enum"] == ["first", "last"]


def test_a_short_name_that_two_operators_share_is_not_offered(schema: dict[str, Any]) -> None:
    names = schema["$defs"]["PerturbItem"]["anyOf"][0]["enum"]
    assert "casing" not in names
    assert {"question.casing", "context.casing"} <= set(names)


def test_every_key_of_the_file_has_a_description(schema: dict[str, Any]) -> None:
    parts = [schema, *(schema["$defs"][name] for name in ("System", "Data", "Each", "Group"))]
    bare = [key for part in parts for key, value in part["properties"].items() if not value.get("description")]
    assert bare == []


def test_measures_are_completed_but_not_closed(schema: dict[str, Any]) -> None:
    validator = Draft202012Validator(schema)
    document = {"robust": 1, "name": "a", "perturb": ["clean"]}
    assert validator.is_valid({**document, "measures": ["nDCG@10"]})
    assert not validator.is_valid({**document, "measures": [""]})
    assert schema["properties"]["measures"]["items"]["anyOf"][0]["enum"] == sorted(MEASURES)


@pytest.mark.parametrize("key", ["claim", "system", "data", "severity", "tags", "items"])
def test_a_key_with_nothing_after_it_is_not_valid(schema: dict[str, Any], key: str) -> None:
    document = {"robust": 1, "name": "a", "perturb": ["clean"]}
    assert not Draft202012Validator(schema).is_valid({**document, key: None})
