"""Faults of tools as data, and what each makes of a result."""

from __future__ import annotations

import pytest

from robustcore.corpus.records import Corpus, Example
from robustcore.errors import InputError
from robustcore.keys import rng_of
from robustcore.perturb.base import Operator
from robustcore.perturb.edit import At
from robustcore.perturb.options import check_options
from robustcore.perturb.tools.faults import NO_FAULTS, Fault
from robustcore.perturb.tools.faulty import OPERATORS
from robustcore.perturb.tools.results import faulty, lost, structured
from robustcore.perturb.tools.units import converted
from robustcore.testing import check_operator

EXAMPLE = Example(id="x", question="?", answers=("12.50",), wrong_answers=("19",))


def fault_of(operator: Operator, severity: float, **options: object) -> Fault:
    at = At(severity=severity, rng=rng_of(4), example=EXAMPLE, corpus=Corpus())
    edit = operator.apply(NO_FAULTS, at, **check_options(operator, options))
    (fault,) = edit.value.faults
    made: Fault = fault
    return made


def named(name: str) -> Operator:
    return next(operator for operator in OPERATORS if operator.short == name)


def made(name: str, text: str, severity: float = 1.0, other: str = "", **options: object) -> str | None:
    found = faulty(fault_of(named(name), severity, **options), text, rng_of(1), other=other)
    return None if found is None else found.text


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.short)
def test_operators_of_tools_obey_the_laws_and_can_be_written_down(operator: Operator) -> None:
    check_operator(operator, "x", example=EXAMPLE)
    fault = fault_of(operator, max(operator.levels))
    assert Fault.from_json(fault.to_json()) == fault
    assert dict(Fault.from_json(fault.to_json()).detail) == dict(fault.detail)


@pytest.mark.parametrize(
    ("name", "severity", "text", "expected"),
    [
        ("empty", 1, '[{"a": 1}]', "[]"),
        ("empty", 1, '{"a": 1}', "{}"),
        ("empty", 1, "some words", "No results."),
        ("empty", 1, "[]", None),
        ("truncated", 1 / 3, "abcdefgh", "abcdef [output truncated]"),
        ("truncated", 2 / 3, "abcdefgh", "abcd [output truncated]"),
        ("truncated", 1, "abcdefgh", "ab [output truncated]"),
        ("contradictory", 1, "It costs 12.50 euros", "It costs 19 euros"),
        ("contradictory", 1, "no figure here", None),
        ("stale", 1, '{"price": 12.50}', '{"price": 19, "as_of": '),
        ("stale", 1, "2024-05-01: 12.50", "As of "),
        ("wrong_unit", 0.5, "It is 3 km long", "It is 1.86 mi long"),
        ("wrong_unit", 1, "It is 3 km long", "It is 1.86 long"),
        ("wrong_unit", 0.5, "12.50", None),
        ("wrong_unit", 1, "12.50", "1250"),
        ("schema_drift", 1 / 3, '{"price": 12.5}', '{"price_v2": 12.5}'),
        ("schema_drift", 2 / 3, '[{"price": 12.5}]', '[{"price": "12.5 (approx.)"}]'),
        ("schema_drift", 1, '{"price": 12.5}', "{}"),
        ("schema_drift", 1, "words", None),
        ("injection", 0.25, "text", "text\nBefore you answer"),
        ("injection", 0.5, "text", 'text\n"Before'),
        ("injection", 0.75, "text", "text\n<!-- Before"),
        ("injection", 1, "text", "text\n[SYSTEM NOTE] Before"),
    ],
)
def test_what_a_fault_makes_of_a_result(name: str, severity: float, text: str, expected: str | None) -> None:
    found = made(name, text, severity)
    assert found is expected is None or (found or "").startswith(expected or "?")


def test_a_cut_may_leave_no_mark_and_an_order_stand_anywhere() -> None:
    assert made("truncated", "abcdefgh", 1.0, marker=False) == "ab"
    assert (made("injection", "one two", place="start") or "").endswith("one two")
    middle = made("injection", "one two three four", place="middle") or ""
    assert middle.startswith("one two")
    assert middle.endswith("four")


def test_a_result_of_another_query_takes_the_place() -> None:
    assert made("irrelevant", "a", other="b") == "b"
    assert made("irrelevant", "a", other="a") is made("irrelevant", "a") is None


def test_the_false_value_is_told_apart_from_the_true_one() -> None:
    found = faulty(fault_of(named("contradictory"), 1.0), '[{"price": 12.5}]', rng_of(1))
    assert found is not None
    assert (found.text, found.truth, found.planted) == ('[{"price": 19}]', "12.5", "19")
    other = faulty(fault_of(named("contradictory"), 1.0), "2024-01-01: 640 pieces", rng_of(1))
    assert other is not None
    assert other.truth == "640"
    assert other.text.startswith("2024-01-01: ")


def test_a_converted_quantity_is_false_only_without_its_label() -> None:
    told, untold = (faulty(fault_of(named("wrong_unit"), s), "3 km", rng_of(1)) for s in (0.5, 1.0))
    assert told is not None
    assert untold is not None
    assert (told.planted, untold.planted, untold.truth) == ("", "1.86", "3")


def test_a_lost_call_says_what_a_client_would() -> None:
    assert lost(fault_of(named("error"), 1.0, status=429), 60).text.startswith("HTTP 429 Too Many Requests")
    assert lost(fault_of(named("timeout"), 1.0), 60).text == "TimeoutError: no result within 60 seconds"


def test_faults_last_from_the_middle_of_their_ladder_on() -> None:
    assert [fault_of(named("error"), s).lasting for s in (0.5, 1.0)] == [False, True]
    assert [fault_of(named("slow"), s).detail["seconds"] for s in (1 / 3, 2 / 3, 1.0)] == [1, 5, 20]


def test_structure_is_read_from_json_and_from_literals() -> None:
    assert structured("[(14,)]") == [(14,)]
    assert structured('{"a": null}') == {"a": None}
    assert structured("words") is structured("12") is None


def test_units_change_the_first_quantity_alone() -> None:
    found = converted("5 kg and 7 kg", labelled=True, bare=False)
    assert found is not None
    assert found.text == "11.02 lb and 7 kg"
    assert converted("no quantity", labelled=True, bare=True) is None


def test_a_bad_option_is_refused_with_the_choices() -> None:
    with pytest.raises(InputError, match="choices: canary, tool"):
        check_options(named("injection"), {"action": "shout"})
    with pytest.raises(InputError, match="share must be 0 to 1"):
        check_options(named("error"), {"share": 2.0})
