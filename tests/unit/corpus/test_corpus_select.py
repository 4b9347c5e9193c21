from __future__ import annotations

import pytest

from robustcore.corpus.load import keep_tags, merge, sample
from robustcore.corpus.records import Corpus, Dataset, Doc, Example
from robustcore.errors import InputError, UnknownNameError


def dataset(name: str, *, answerable: int = 30, unanswerable: int = 10) -> Dataset:
    flags = [True] * answerable + [False] * unanswerable
    examples = [
        Example(
            id=f"{name}-q{i}",
            question="?",
            answers=("x",) if flag else (),
            answerable=flag,
            tags=("even" if i % 2 == 0 else "odd", name),
        )
        for i, flag in enumerate(flags)
    ]
    docs = [Doc(id=f"{name}-d{i}", text="x") for i in range(3)]
    tuning = (Example(id=f"{name}-c", question="?"),)
    return Dataset(name=name, corpus=Corpus.of(docs), examples=tuple(examples), calibration=tuning)


def test_merge_concatenates_in_order() -> None:
    one, two = dataset("a"), dataset("b")
    both = merge([one, two])
    assert both.name == "a+b"
    assert list(both.corpus.docs) == [*one.corpus.docs, *two.corpus.docs]
    assert both.examples == one.examples + two.examples
    assert both.calibration == one.calibration + two.calibration


def test_merge_of_one_is_that_one_and_of_none_is_an_error() -> None:
    one = dataset("a")
    assert merge([one]) is one
    with pytest.raises(InputError, match="no dataset"):
        merge([])


def test_ids_in_two_datasets_are_an_error_naming_both() -> None:
    one = dataset("a", answerable=1, unanswerable=0)
    two = Dataset(name="b", corpus=Corpus.of([Doc(id="a-d1", text="y")]), examples=(Example(id="a-c", question="?"),))
    with pytest.raises(InputError) as caught:
        merge([one, two])
    whats = [problem.what for problem in caught.value.problems]
    assert whats == ["document 'a-d1' is in a and in b", "question 'a-c' is in a and in b"]


def test_many_clashes_are_counted() -> None:
    with pytest.raises(InputError) as caught:
        merge([dataset("a"), dataset("a")])
    assert len(caught.value.problems) == 21
    assert caught.value.problems[-1].what == "and 24 more ids"


def test_a_sample_keeps_the_shares_the_order_and_the_documents() -> None:
    data = dataset("a")
    drawn = sample(data, 8, seed=1)
    assert [e.answerable for e in drawn.examples] == [True] * 6 + [False] * 2
    assert list(drawn.examples) == [e for e in data.examples if e in drawn.examples]
    assert (drawn.corpus, drawn.calibration) == (data.corpus, data.calibration)


def test_a_sample_differs_by_seed_and_repeats_with_it() -> None:
    data = dataset("a")
    assert sample(data, 10, seed=1) == sample(data, 10, seed=1)
    assert len({tuple(e.id for e in sample(data, 10, seed=seed).examples) for seed in range(5)}) == 5


def test_every_question_is_about_as_likely_to_be_drawn() -> None:
    data = dataset("a", answerable=10, unanswerable=0)
    counts = dict.fromkeys((e.id for e in data.examples), 0)
    for seed in range(1000):
        for example in sample(data, 3, seed=seed).examples:
            counts[example.id] += 1
    assert all(240 < count < 360 for count in counts.values()), counts  # 300 expected, sd 14.5


def test_a_sample_of_all_or_more_is_the_dataset_and_of_none_is_an_error() -> None:
    data = dataset("a")
    assert sample(data, 40, seed=0) is data
    assert sample(data, 99, seed=0) is data
    with pytest.raises(InputError, match="at least 1"):
        sample(data, 0, seed=0)


def test_tags_keep_questions_that_carry_one_of_them() -> None:
    data = merge([dataset("a"), dataset("b")])
    kept = keep_tags(data, ("odd",))
    assert len(kept.examples) == 40
    assert all("odd" in e.tags for e in kept.examples)
    assert len(keep_tags(data, ("odd", "a")).examples) == 60
    assert keep_tags(data, ()) is data
    assert kept.corpus is data.corpus


def test_tags_that_nothing_carries_are_an_error_with_choices() -> None:
    with pytest.raises(UnknownNameError) as caught:
        keep_tags(dataset("a"), ("od", "x"))
    assert [(p.choices, p.fix) for p in caught.value.problems] == [
        (("a", "even", "odd"), "did you mean 'odd'?"),
        (("a", "even", "odd"), ""),
    ]
