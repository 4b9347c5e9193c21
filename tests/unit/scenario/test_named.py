from typing import Any

import pytest

from robustcore.errors import InputError
from robustcore.scenario.named import Named, read_named


@pytest.mark.parametrize(
    ("item", "named"),
    [
        ("typos", Named(name="typos")),
        ({"typos": 3}, Named(name="typos", form="value", value=3)),
        ({"typos": "x"}, Named(name="typos", form="value", value="x")),
        ({"typos": {"layout": "de"}}, Named(name="typos", form="options", given={"layout": "de"})),
        ({"typos": {}, "severity": 1}, Named(name="typos", form="options")),
        ({"chain": ["a"]}, Named(name="chain", form="list", value=["a"])),
    ],
)
def test_the_spellings_of_a_named_spec(item: Any, named: Named) -> None:
    assert read_named(item, siblings=("severity",), lists=("chain",)) == named


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("", "the name is empty"),
        (3, "expected a name"),
        ({}, "no name is given"),
        ({"severity": 1}, "no name is given"),
        ({"a": 1, "b": 2}, "not 2: a, b"),
        ({"a": None}, "nothing stands after 'a:'"),
        ({"a": [1]}, "cannot take a list"),
        ({"chain": "a"}, "'chain' needs a list"),
    ],
)
def test_what_is_no_named_spec_is_refused(item: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_named(item, siblings=("severity",), lists=("chain",))


def test_a_bare_value_sets_the_main_option() -> None:
    assert Named(name="a", form="value", value=3).options("count") == {"count": 3}
    assert Named(name="a", form="options", given={"b": 1}).options("count") == {"b": 1}


def test_a_bare_value_without_a_main_option_is_refused_with_the_options() -> None:
    with pytest.raises(InputError, match="choices: x, y"):
        Named(name="a", form="value", value=3).options("", ("x", "y"))
