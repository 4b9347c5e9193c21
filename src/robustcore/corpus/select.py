"""Datasets from datasets: several as one, a sample of the questions, those that carry a tag."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from robustcore.corpus.formats.faults import SHOWN
from robustcore.corpus.records import Corpus, Dataset, Example
from robustcore.errors import InputError, Problem, UnknownNameError, suggest
from robustcore.keys import seed_of


def merge(datasets: Sequence[Dataset]) -> Dataset:
    """Return the concatenation of ``datasets``, named ``a+b``, questions tagged with their source.

    An id that two of them use is an `InputError`.
    """
    if not datasets:
        raise InputError(Problem(what="there is no dataset to merge", fix="name at least one source"))
    if len(datasets) == 1:
        return datasets[0]
    problems = list(_clashes(datasets))
    if len(problems) > SHOWN:
        more = Problem(what=f"and {len(problems) - SHOWN} more ids")
        problems = [*problems[:SHOWN], more]
    if problems:
        raise InputError(problems)
    return Dataset(
        name="+".join(dataset.name for dataset in datasets),
        corpus=Corpus.of([doc for dataset in datasets for doc in dataset.corpus.docs.values()]),
        examples=tuple(_from(dataset.name, example) for dataset in datasets for example in dataset.examples),
        calibration=tuple(example for dataset in datasets for example in dataset.calibration),
    )


def _from(name: str, example: Example) -> Example:
    """Return ``example`` with the name of its source among its tags: the corpora of a merged set can be told apart."""
    return example if name in example.tags else replace(example, tags=(*example.tags, name))


def sample(dataset: Dataset, n: int, seed: int) -> Dataset:
    """Return ``dataset`` with ``n`` of its questions, in their order; documents and calibration questions stay.

    Answerable and unanswerable questions keep their shares (largest remainder). The draw depends on ``seed`` and the
    questions' ids alone, not on their order, and a larger share holds every question of a smaller one. With ``n`` at
    or above the number of questions all are kept; below 1 is an `InputError`.
    """
    if n < 1:
        raise InputError(Problem(what=f"a sample needs at least 1 question, not {n}"))
    total = len(dataset.examples)
    if n >= total:
        return dataset
    answerable = [example for example in dataset.examples if example.answerable]
    unanswerable = [example for example in dataset.examples if not example.answerable]
    share = (2 * n * len(answerable) + total) // (2 * total)  # rounded, a half goes to the answerable ones
    drawn = {*_draw(answerable, share, seed), *_draw(unanswerable, n - share, seed)}
    return replace(dataset, examples=tuple(example for example in dataset.examples if example.id in drawn))


def keep_tags(dataset: Dataset, tags: Collection[str]) -> Dataset:
    """Return ``dataset`` with the questions that carry one of ``tags``; no tags keep all.

    Documents and calibration questions stay. A tag that no question carries is an `UnknownNameError`.
    """
    if not tags:
        return dataset
    carried = sorted({tag for example in dataset.examples for tag in example.tags})
    unknown = [tag for tag in tags if tag not in carried]
    if unknown:
        where = f"in {dataset.name}"
        raise UnknownNameError(
            [
                Problem(
                    what=f"no question {where} carries the tag {t!r}", choices=tuple(carried), fix=suggest(t, carried)
                )
                for t in unknown
            ]
        )
    wanted = set(tags)
    return replace(dataset, examples=tuple(example for example in dataset.examples if wanted & set(example.tags)))


def _draw(examples: list[Example], n: int, seed: int) -> list[str]:
    """Return the ``n`` ids with the smallest seeded hashes: a simple random sample that knows no order."""
    ranked = sorted((seed_of("sample", seed, example.id), example.id) for example in examples)
    return [example_id for _, example_id in ranked[:n]]


def _clashes(datasets: Sequence[Dataset]) -> Iterator[Problem]:
    """Yield a problem for each document or question id that two datasets use."""
    fix = "rename it in one of them, or use one of them alone"
    docs: dict[str, str] = {}
    questions: dict[str, str] = {}
    for dataset in datasets:
        for doc_id in dataset.corpus.docs:
            if doc_id in docs:
                yield Problem(what=f"document {doc_id!r} is in {docs[doc_id]} and in {dataset.name}", fix=fix)
            docs.setdefault(doc_id, dataset.name)
        for example in (*dataset.examples, *dataset.calibration):
            if example.id in questions:
                yield Problem(
                    what=f"question {example.id!r} is in {questions[example.id]} and in {dataset.name}", fix=fix
                )
            questions.setdefault(example.id, dataset.name)
