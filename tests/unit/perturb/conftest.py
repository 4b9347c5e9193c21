"""A place to apply operators at, and a small corpus with evidence in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from robustcore.corpus.records import Corpus, Doc, Example, Passage
from robustcore.keys import rng_of
from robustcore.perturb.edit import At

Place: TypeAlias = Callable[..., At]

DOCS = (
    Doc(
        id="ferry",
        title="Skarvold Line",
        text="The line runs fourteen ships. In 2023 an average of 72 guests travelled per crossing, as in 2019. "
        "The harbour master kept the count.",
        tags=("sea",),
    ),
    Doc(id="port", title="Ports", text="The port of Hellvik opened in spring and is never closed.", tags=("sea",)),
    Doc(id="pier", title="Piers", text="A pier at Storoy was hit by a vessel in thick fog.", tags=("sea",)),
    Doc(id="echo", title="Echo", text="Some say that 72 guests came, others doubt it.", tags=("sea", "rumour")),
    Doc(id="bees", title="Bees", text="Bees dance to show where the flowers are.", tags=("garden",)),
    Doc(id="figs", title="Figs", text="A fig tree needs a wasp, and a warm wall.", tags=("garden",)),
)


@pytest.fixture
def corpus() -> Corpus:
    """Return six short documents: one with the answer 72, one that repeats it, four others."""
    return Corpus.of(DOCS)


@pytest.fixture
def example() -> Example:
    """Return a question whose answer stands in the document ``ferry``."""
    return Example(
        id="q1",
        question="How many guests were on an average crossing of the Skarvold Line?",
        answers=("72 guests", "72"),
        gold_doc_ids=("ferry",),
        wrong_answers=("81 guests",),
    )


@pytest.fixture
def place(corpus: Corpus, example: Example) -> Place:
    """Return a function that makes an `At`; severity 1, seed 0 and the example above unless told otherwise."""

    def make(
        severity: float = 1.0, *, seed: int = 0, example: Example = example, corpus: Corpus = corpus, answers: str = ""
    ) -> At:
        if answers:
            example = Example(id="q", question="?", answers=tuple(answers.split("|")))
        return At(severity=severity, rng=rng_of(seed), example=example, corpus=corpus)

    return make


@pytest.fixture
def passages(corpus: Corpus) -> Callable[..., tuple[Passage, ...]]:
    """Return a function that makes passages of documents, by id."""

    def make(*doc_ids: str) -> tuple[Passage, ...]:
        docs = [corpus.docs[doc_id] for doc_id in doc_ids]
        return tuple(Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in docs)

    return make
