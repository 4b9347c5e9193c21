"""What an operator may declare, and what the shipped ones declare."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, get_args

import pytest

from robustcore.corpus.records import Corpus, Example
from robustcore.errors import InputError, UnknownNameError
from robustcore.keys import rng_of
from robustcore.perturb.base import Inject, Operator, Preserves, perturbation
from robustcore.perturb.draw import below, count_at, in_random_order, pick, rotated, share_of
from robustcore.perturb.edit import At, Edit
from robustcore.perturb.families import operator_registry, shipped
from robustcore.perturb.options import check_options
from robustcore.perturb.other_names import OTHER_NAMES, called_here
from robustcore.perturb.question.typos import qwerty_swap
from robustcore.testing import check_operator

SHIPPED = pytest.mark.parametrize("operator", shipped(), ids=lambda operator: operator.name)
SOURCE = re.compile(r"arXiv \d{4}\.\d{4,5}|our own recipe|\(ours\)")


@SHIPPED
def test_every_shipped_operator_declares_point_source_and_options(operator: Operator) -> None:
    assert operator.inject in get_args(Inject)
    point = "regime" if operator.name.startswith("regime.") else operator.inject  # DeR2 calls its settings regimes
    assert operator.name.startswith(f"{point}.")
    doc = operator.apply.__doc__ or ""
    assert SOURCE.search(doc) or "as in `" in doc.lower()
    assert check_options(operator, {}) == {option.name: option.default for option in operator.options.values()}
    assert not operator.main or operator.main in operator.options


def test_the_registry_knows_every_shipped_operator_by_its_short_name() -> None:
    registry = operator_registry()
    assert set(registry.names()) >= {operator.name for operator in shipped()}
    assert registry.get("typos") is registry.get("question.typos")


@pytest.mark.parametrize(
    ("other", "ours"),
    [
        ("spelling", "question.typos"),
        ("Lost-in-the-middle", "context.gold_position"),
        ("context.contradiction", "context.conflict"),
        ("prompt injection", "context.injection"),
        ("question.Paraphrase", "question.paraphrase"),
    ],
)
def test_what_others_call_a_perturbation_is_refused_with_its_name_here(other: str, ours: str) -> None:
    with pytest.raises(UnknownNameError, match=re.escape(f"did you mean '{ours}'?")):
        operator_registry().get(other)


def test_other_names_lead_to_operators_there_are_and_take_no_name_away() -> None:
    registry = operator_registry()
    assert {*OTHER_NAMES.values()} <= {operator.name for operator in shipped()}
    assert not [other for other in OTHER_NAMES if other in registry]
    assert called_here("question.contradiction") == ""  # nothing of that kind is done to questions


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"layot": "qwerty"}, "did you mean 'layout'"),
        ({"layout": "dvorak"}, "choices: qwerty, qwertz, azerty"),
        ({"share": 1.5}, "share must be 0 to 1, not 1.5"),
        ({"share": float("nan")}, "share must be 0 to 1"),
        ({"share": "half"}, "share must be float"),
        ({"protect": 1}, "protect must be bool"),
    ],
)
def test_a_bad_option_is_refused_with_the_reason(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        check_options(qwerty_swap, given)


def test_all_bad_options_are_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        check_options(qwerty_swap, {"share": 2.0, "layout": "x", "y": 1})
    assert len(caught.value.problems) == 3


def test_a_whole_number_is_a_fraction_too() -> None:
    assert check_options(qwerty_swap, {"share": 1})["share"] == 1.0


def test_an_operator_that_cannot_be_checked_is_refused_with_every_reason() -> None:
    def bad(text: str, at: At, *, words, share: float) -> Edit[str]:  # type: ignore[no-untyped-def]  # noqa: ANN001
        return Edit(value=text)

    with pytest.raises(InputError) as caught:
        perturbation("answer.bad", preserves=Preserves.MEANING, main="x")(bad)
    text = str(caught.value)
    for part in (
        "injection point",
        "'words' needs a type",
        "'words' needs a default",
        "'share' needs a default",
        "main=",
    ):
        assert part in text


def test_severity_zero_is_the_identity_and_no_change_a_noop_without_the_operators_doing() -> None:
    @perturbation("question.shout", preserves=Preserves.MEANING)
    def shout(text: str, at: At) -> Edit[str]:
        """Write the question in capitals."""
        return Edit(value=text.upper(), edits=1)

    def at(severity: float) -> At:
        return At(severity=severity, rng=rng_of(0), example=Example(id="x", question="?"), corpus=Corpus())

    assert shout.apply("who?", at(0)) == Edit(value="who?")
    assert shout.apply("WHO?", at(1)).status == "noop"
    assert shout.apply("who?", at(1)) == Edit(value="WHO?", edits=1)
    check_operator(shout, "who?", "", "ß")


def broken(name: str, result: Any, **changes: Any) -> Operator:
    """Return an operator whose function is ``result(text, at)``, without the decorator's guard."""

    def apply(text: str, at: At) -> Edit[str]:
        """Do something wrong."""
        return Edit(value=text) if at.severity == 0 and name != "identity" else result(text, at)

    made = Operator(name="question.broken", inject="question", preserves=Preserves.MEANING, version=1, apply=apply)
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("name", "operator", "law"),
    [
        ("identity", broken("identity", lambda t, at: Edit(value=t + "!", edits=1)), "severity 0 is not the identity"),
        ("noop", broken("noop", lambda t, at: Edit(value=t, edits=1)), "counts as applied though nothing"),
        ("status", broken("s", lambda t, at: Edit(value=t + "!", status="noop", note="x")), "the value changes though"),
        ("note", broken("n", lambda t, at: Edit(value=t, status="noop")), "without a note"),
        ("gold", broken("g", lambda t, at: Edit(value="gone", edits=1)), "a gold answer can no longer be found"),
        ("surrogate", broken("u", lambda t, at: Edit(value=t + "\ud800", edits=1)), "lone surrogates"),
        ("type", broken("t", lambda t, at: Edit(value=7, edits=1)), "the value is a int"),
        ("point", broken("p", lambda t, at: Edit(value=t + "!", edits=1), inject="answer"), "none of question"),
        ("levels", broken("l", lambda t, at: Edit(value=t + "!", edits=1), levels=(2.0,)), "leave (0, 1]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_laws_catch_an_operator_that_breaks_them(name: str, operator: Operator, law: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(law)):
        check_operator(operator, "Is it 72?", example=Example(id="x", question="?", answers=("72",)))


def test_the_laws_catch_an_operator_that_draws_from_elsewhere() -> None:
    drawn = iter(range(1000))
    with pytest.raises(AssertionError, match="the same seed gives another edit"):
        check_operator(broken("r", lambda t, at: Edit(value=f"{t} {next(drawn)}", edits=1)), "who?")


def test_draws_stay_inside_their_bounds_and_cover_them() -> None:
    rng = rng_of(5)
    assert {below(rng, 7) for _ in range(300)} == set(range(7))
    assert {pick(rng, "abc") for _ in range(100)} == set("abc")
    assert sorted(in_random_order(rng, range(20))) == list(range(20))
    assert sorted(rotated(rng, 9)) == list(range(9))
    assert list(in_random_order(rng, [])) == list(rotated(rng, 0)) == []


def test_random_order_is_uniform_over_permutations() -> None:
    counts: dict[tuple[int, ...], int] = {}
    rng = rng_of(1)
    for _ in range(6000):
        order = tuple(in_random_order(rng, range(3)))
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert all(880 < count < 1120 for count in counts.values())  # 1000 expected, standard deviation 29


@pytest.mark.parametrize(
    ("most", "severity", "count"), [(10, 0.3, 3), (10, 0.25, 3), (4, 0.25, 1), (1, 0.01, 1), (5, 1, 5)]
)
def test_a_count_is_the_rounded_up_share_of_the_count_at_one(most: int, severity: float, count: int) -> None:
    assert count_at(most, severity) == count


@pytest.mark.parametrize(
    ("n", "share", "count"), [(0, 1, 0), (9, 0.3, 3), (10, 0.05, 1), (10, 0.25, 3), (3, 1, 3), (3, 2, 3)]
)
def test_a_share_is_rounded_and_at_least_one_where_there_is_any(n: int, share: float, count: int) -> None:
    assert share_of(n, share) == count
