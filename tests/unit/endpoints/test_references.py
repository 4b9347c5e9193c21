from __future__ import annotations

import pytest

from robustcore.endpoints.remote.references import Hidden, expand, malformed, references, require_set
from robustcore.endpoints.remote.secrets import HIDDEN
from robustcore.errors import InputError

SECRET = "planted-51c7-value"


def test_references_are_names_in_braces() -> None:
    assert references("Bearer ${A_1} and ${b} and ${A_1}") == ("A_1", "b")
    assert references("$A {A} ${} ${1a}") == ()


@pytest.mark.parametrize("text", ["$TOKEN", "${}", "${a-b}", "${OPEN", "x ${1}"])
def test_what_looks_like_a_reference_and_is_none_is_found(text: str) -> None:
    assert malformed(text)
    assert not malformed("price 5 $ and ${TOKEN}")


def test_a_value_is_read_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", f"{SECRET}\n")
    assert expand("Bearer ${TOKEN}") == f"Bearer {SECRET}"
    monkeypatch.setenv("TOKEN", "another")
    assert expand("Bearer ${TOKEN}") == "Bearer another"


def test_every_variable_that_is_missing_or_empty_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONE", raising=False)
    monkeypatch.setenv("TWO", "")
    with pytest.raises(InputError) as caught:
        require_set(("ONE", "TWO", "PATH"), purpose="system x")
    assert [problem.what for problem in caught.value.problems] == [
        f"system x needs the environment variable {name}, which is not set" for name in ("ONE", "TWO")
    ]


def test_a_value_that_no_header_can_carry_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", f"{SECRET}\nX-Other: 1")
    with pytest.raises(InputError) as caught:
        expand("Bearer ${TOKEN}")
    assert "the value of TOKEN holds characters that a header cannot carry" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_values_are_taken_out_of_whatever_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    monkeypatch.setenv("LANGUAGE", "en")
    hidden = Hidden(("TOKEN", "LANGUAGE"))
    kept = hidden.json({"a": [f"x{SECRET}y", 1, None], SECRET: {"b": "an english authorization: form"}})
    assert kept == {"a": [f"x{HIDDEN}y", 1, None], HIDDEN: {"b": "an english authorization: form"}}
    assert SECRET not in hidden.text(f"wrong key {SECRET}")
