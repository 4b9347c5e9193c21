"""The four regimes of DeR2 as settings of the context."""

from __future__ import annotations

from itertools import pairwise

import pytest

from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.records import Corpus, Doc, Example, Passage
from robustcore.keys import rng_of
from robustcore.perturb.base import Operator
from robustcore.perturb.context.regimes import CHARACTERS, MARKER, OPERATORS, concepts_only, cut, full_set, related_only
from robustcore.perturb.edit import At, Edit
from robustcore.perturb.families import operator_registry
from robustcore.stats.der2 import REGIMES
from robustcore.testing import check_operator

LIBRARY = Corpus.of([Doc(id=name, text=f"Text of {name}.", title=name.upper()) for name in ("r1", "r2", *"abcd")])
ITEM = Example(
    id="i",
    question="?",
    answers=("7",),
    concepts=("Two.", "Five."),
    gold_doc_ids=("r1", "r2"),
    noise_doc_ids=tuple("abcd"),
)
RETRIEVED = (Passage(doc_id="a", text="Text of a."), Passage(doc_id="r1", text="Text of r1."))


def given(
    operator: Operator, example: Example = ITEM, severity: float = 1.0, seed: int = 0
) -> Edit[tuple[Passage, ...]]:
    at = At(severity=severity, rng=rng_of(seed), example=example, corpus=LIBRARY)
    return operator.apply(RETRIEVED, at)


def ids(edit: Edit[tuple[Passage, ...]]) -> set[str]:
    return {passage.doc_id for passage in edit.value}


def test_each_regime_gives_what_it_says_whatever_was_retrieved() -> None:
    found = {operator.short: ids(given(operator)) for operator in OPERATORS}
    assert found == {
        "instruction_only": set(),
        "concepts_only": {"concept:1", "concept:2"},
        "related_only": {"r1", "r2"},
        "full_set": {"r1", "r2", *"abcd"},
    }
    assert tuple(found) == REGIMES


def test_the_concepts_stand_in_their_own_words_and_order() -> None:
    assert [passage.text for passage in given(concepts_only).value] == ["Two.", "Five."]


def test_the_load_of_noise_grows_by_what_was_there_before() -> None:
    loads = [ids(given(full_set, severity=share)) for share in (0.1, 0.25, 0.5, 0.75, 1)]
    assert [len(load) - 2 for load in loads] == [1, 1, 2, 3, 4]
    assert all(small <= large for small, large in pairwise(loads))


def test_documents_are_shuffled_by_the_seed_of_the_case() -> None:
    orders = {tuple(passage.doc_id for passage in given(full_set, seed=seed).value) for seed in range(12)}
    assert len(orders) > 6
    assert given(full_set, seed=3) == given(full_set, seed=3)


def test_what_came_and_went_is_told() -> None:
    edit = given(related_only)
    assert (edit.added, edit.removed, edit.edits) == (("r2",), ("a",), 2)


def test_an_item_that_lacks_something_says_what() -> None:
    plain = Example(id="q", question="?", answers=("7",), gold_doc_ids=("r1",))
    for operator in OPERATORS:
        assert given(operator, plain).status == "not_applicable"
        assert "names no concepts" in given(operator, plain).note
    quiet = Example(id="q", question="?", answers=("7",), concepts=("x",), gold_doc_ids=("r1",))
    assert given(full_set, quiet).note == "the item names no noise documents"
    lost = Example(id="q", question="?", answers=("7",), concepts=("x",), gold_doc_ids=("r9",), noise_doc_ids=("a",))
    assert (given(related_only, lost).status, given(full_set, lost).note) == ("no_oracle", "not in the library: r9")
    none = Example(id="q", question="?", answers=("7",), concepts=("x",), noise_doc_ids=("a",))
    assert given(related_only, none).note == "no related document is named"


def test_a_long_document_keeps_its_first_and_last_half_around_a_marker() -> None:
    assert cut("x" * CHARACTERS) == "x" * CHARACTERS
    text = "a" * 20_000 + "m" * 20_000 + "z" * 20_000
    assert cut(text) == "a" * 15_000 + MARKER + "z" * 15_000


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_they_obey_the_laws_and_are_found_by_their_names(operator: Operator) -> None:
    check_operator(operator, "Text of a.", "Text of b.", example=ITEM, corpus=LIBRARY)
    assert operator_registry().get(operator.short) is operator
    assert (operator.inject, operator.setting) == ("context", True)


def test_in_the_pack_no_regime_gives_the_answer_away() -> None:
    dataset = bundled_dataset("der2")
    for example in dataset.examples:
        at = At(severity=1, rng=rng_of(1), example=example, corpus=dataset.corpus)
        for operator in OPERATORS:
            assert operator.apply((), at).status == "applied"
        assert len(full_set.apply((), at).value) == len(example.gold_doc_ids) + 6
