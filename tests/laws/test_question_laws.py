"""Laws of the operators on questions that work by rule: over any script, over 200 real texts, and in a row."""

from __future__ import annotations

from itertools import pairwise

import pytest
from golden_texts import by_rule
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from robustcore.case import Case, Condition, Step
from robustcore.corpus.bundled import bundled_dataset, corpus_names
from robustcore.corpus.normalise import contains_answer
from robustcore.corpus.records import Corpus, Example
from robustcore.keys import rng_of, seed_of
from robustcore.perturb.base import Operator
from robustcore.perturb.edit import At, Edit
from robustcore.perturb.families import shipped
from robustcore.perturb.language.gold_held import holds_gold
from robustcore.perturb.options import check_options
from robustcore.testing import check_operator

BY_RULE = {operator.name: operator for operator in shipped() if by_rule(operator)}
EACH = pytest.mark.parametrize("operator", BY_RULE.values(), ids=lambda operator: operator.short)
GRADED = pytest.mark.parametrize(
    "operator", [o for o in BY_RULE.values() if not o.levels], ids=lambda operator: operator.short
)
NAMES = st.sampled_from(sorted(BY_RULE))

_SAMPLE = """
Who signed the northern contract's letter, in 1967 and not with 3.5 km of «rope»? never 72 % "Yellow Fleet" don't 5 a m
שלום العَرَبِيَّة \u202eevil\u202c 𝔘𝔫𝔦 👩\u200d🔬 e\u0301te\u0301 \U0001f1eb\U0001f1f7
हिन्दी 北京。 Straße İstanbul ﬁnal ① می\u200cخواهم o\u2019clock
"""
WORDS = st.sampled_from(_SAMPLE.split())
ANY_SCRIPT = st.text(st.characters(categories=("L", "M", "N", "P", "S", "Z", "Cf")), max_size=40)
TEXTS = st.one_of(ANY_SCRIPT, st.lists(st.one_of(WORDS, st.text(max_size=5)), max_size=25).map(" ".join))
GOLDS = st.one_of(st.text(min_size=1, max_size=12), st.lists(WORDS, min_size=1, max_size=3).map(" ".join))
SEVERITIES = st.one_of(st.sampled_from([0.25, 0.5, 0.75, 1.0]), st.floats(0.001, 1.0))
SEEDS = st.integers(0, 2**63 - 1)

BUNDLED = [bundled_dataset(name) for name in corpus_names()]
OPENINGS = [(doc.id, doc.text[: doc.text.find(".", 120) + 1]) for data in BUNDLED for doc in data.corpus.docs.values()]
REAL = (
    *[example for data in BUNDLED for example in data.examples[:34]][:100],
    *[Example(id=doc_id, question=text) for doc_id, text in OPENINGS if 120 < len(text) < 400][:100],
)


def run(operator: Operator, example: Example, severity: float, seed: int) -> Edit[str]:
    return operator.apply(example.question, At(severity=severity, rng=rng_of(seed), example=example, corpus=Corpus()))


@given(NAMES, TEXTS, GOLDS, SEEDS)
@settings(max_examples=300, deadline=None)
def test_any_script_survives_and_the_laws_hold_on_it(name: str, text: str, gold: str, seed: int) -> None:
    asked = Example(id="x", question=text, answers=(gold,))
    check_operator(BY_RULE[name], text, f"{text} {gold}", example=asked, seeds=(seed,))
    run(BY_RULE[name], asked, 1.0, seed).value.encode("utf-8")


@GRADED
def test_the_realised_change_grows_with_severity_in_the_mean_over_200_real_texts(operator: Operator) -> None:
    """The change is the share of characters edited; a text that an operator cannot edit counts as unchanged."""
    assert len(REAL) == 200
    means = []
    for severity in (0.0, 1 / 3, 2 / 3, 1.0):  # counts of up to three grow at thirds
        edits = [run(operator, example, severity, seed_of(example.id, operator.name)) for example in REAL]
        pairs = zip(REAL, edits, strict=True)
        means.append(sum(Levenshtein.normalized_distance(old.question, new.value) for old, new in pairs) / 200)
    assert means[0] == 0
    assert all(lower < higher for lower, higher in pairwise(means)), means
    assert means[-1] > 1.2 * means[1]


@given(st.lists(NAMES, min_size=2, max_size=3), TEXTS, GOLDS, SEVERITIES, st.integers(0, 6))
@settings(max_examples=200, deadline=None)
def test_operators_in_a_row_are_fixed_by_their_seed_and_keep_the_answer(
    names: list[str], text: str, gold: str, severity: float, replicate: int
) -> None:
    steps = tuple(Step(BY_RULE[name], check_options(BY_RULE[name], {})) for name in names)
    example = Example(id="x", question=text, answers=(gold,))

    def asked(severity: float) -> str:
        condition = Condition(label="chain", severity=severity, steps=steps)
        return _chained(Case(id="c", example=example, condition=condition, replicate=replicate))

    assert asked(0.0) == text
    assert asked(severity) == asked(severity)
    assert contains_answer(asked(severity), [gold]) or not contains_answer(text, [gold])


def _chained(case: Case) -> str:
    """Return the question as the steps of a case leave it, each with a generator of its own."""
    text = case.example.question
    for number, step in enumerate(case.condition.steps):
        at = At(severity=case.condition.severity, rng=rng_of(case.seed + number), example=case.example, corpus=Corpus())
        text = step.operator.apply(text, at, **step.options).value
    return text


@EACH
def test_what_cannot_be_edited_is_a_noop_that_says_why(operator: Operator) -> None:
    for text in ("", " ", "?!", "72"):
        edit = run(operator, Example(id="x", question=text), 1.0, 1)
        assert edit.status == ("noop" if edit.value == text else "applied")
        assert edit.note or edit.edits


@given(TEXTS, GOLDS, TEXTS, st.booleans())
@settings(max_examples=300, deadline=None)
def test_the_fast_word_on_a_gold_answer_is_that_of_the_normaliser(
    before: str, gold: str, after: str, there: bool
) -> None:
    text = f"{before} {gold.swapcase()} {after}" if there else f"{before} {after}"
    assert holds_gold(text, (gold,)) == contains_answer(text, [gold])
