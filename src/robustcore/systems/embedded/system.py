"""The default system under test: `EmbeddedRag` behind two endpoints, built only when a call really has to run."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from robustcore.corpus.records import Dataset, Doc, Passage
from robustcore.endpoints.local.encoder import Encoder
from robustcore.errors import InputError, Problem, require_installed
from robustcore.keys import content_key
from robustcore.systems.base import Answer
from robustcore.systems.batched import BatchedSystem, ReadItem
from robustcore.systems.embedded.rag import REFUSE_BELOW, VERSION, EmbeddedRag
from robustcore.systems.embedded.span_ranker import shipped_weights

PACKAGES = ("sentence_transformers", "faiss", "bm25s", "Stemmer", "threadpoolctl")
FEWEST = 30  # calibration questions below which the shipped threshold is the better guess


@dataclass(kw_only=True)
class EmbeddedSystem:
    """What `build` keeps until the first call: the corpus, the options, and the `EmbeddedRag` once there is one."""

    dataset: Dataset
    encoder: Encoder
    k: int = 5
    refuse_below: float | None = None
    repair_spelling: bool = True
    cache: Path | None = None

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._rag: EmbeddedRag | None = None
        self._calibrated = False

    @staticmethod
    def build(
        dataset: Dataset,
        *,
        encoder: Encoder | str | None = None,
        k: int = 5,
        refuse_below: float | None = None,
        repair_spelling: bool = True,
        cache: Path | None = None,
    ) -> BatchedSystem:
        """Return the embedded system over ``dataset.corpus``; nothing is loaded or indexed yet.

        ``encoder`` is an `Encoder`, the name or folder of a sentence-transformers model, or None for the packaged
        one. ``refuse_below`` fixes the level below which it refuses; None sets it from the answerable questions in
        ``dataset.calibration`` so that one in ten of them is refused, or takes the shipped number if there are
        fewer than 30. ``repair_spelling`` frees questions of typing errors first. ``cache`` is a folder
        that keeps the index between sessions.
        """
        _check(k, refuse_below)
        require_installed(*PACKAGES, extra="local", purpose="the embedded system")
        chosen = Encoder(encoder) if isinstance(encoder, str) else encoder or Encoder()
        own = EmbeddedSystem(
            dataset=dataset,
            encoder=chosen,
            k=k,
            refuse_below=refuse_below,
            repair_spelling=repair_spelling,
            cache=cache,
        )
        return BatchedSystem(
            "embedded",
            retrieve=own.retrieve,
            read=own.read,
            fingerprint=own.fingerprint,
            retrieve_with=own.retrieve_with,
            works=False,
            points=frozenset(("question", "context", "corpus", "framing")),
            hint="the embedded system has no conversation, chooses among no options and has no tools: "
            "name a model with --robust-model",
            deterministic=True,
            chooses=False,
        )

    @property
    def calibration(self) -> list[str]:
        """Return the questions that set the threshold; empty if it is fixed or there are too few."""
        questions = [example.question for example in self.dataset.calibration if example.answerable]
        return questions if self.refuse_below is None and len(questions) >= FEWEST else []

    @property
    def fingerprint(self) -> str | None:
        """Return a key of everything an answer depends on, computed without loading any of it."""
        encoder = self.encoder.fingerprint
        if encoder is None:
            return None
        fixed = REFUSE_BELOW if self.refuse_below is None else float(self.refuse_below)
        threshold = self.calibration or fixed
        corpus = self.dataset.corpus.fingerprint
        options = [self.k, threshold, self.repair_spelling]
        return content_key(VERSION, corpus, encoder, options, dict(shipped_weights()))

    def retrieve(self, questions: Sequence[str], hidden: Sequence[Sequence[str]]) -> list[tuple[Passage, ...]]:
        """Return the passages for each question."""
        return self.rag.retrieve(questions, hidden)

    def retrieve_with(
        self, questions: Sequence[str], hidden: Sequence[Sequence[str]], added: Sequence[Sequence[Doc]]
    ) -> list[tuple[Passage, ...]]:
        """Return the passages for each question from the corpus with the documents ``added`` to it."""
        return self.rag.retrieve(questions, hidden, added)

    def read(self, items: Sequence[ReadItem]) -> list[Answer]:
        """Return the answer for each question and its passages."""
        rag = self.rag
        with self._lock:
            if not self._calibrated:
                if self.calibration:
                    rag.calibrate(self.calibration)
                self._calibrated = True
        return rag.read(items)

    @property
    def rag(self) -> EmbeddedRag:
        """Return the system itself; the first use loads the model and builds or reads the index."""
        with self._lock:
            if self._rag is None:
                below = REFUSE_BELOW if self.refuse_below is None else self.refuse_below
                corpus = self.dataset.corpus
                self._rag = EmbeddedRag(
                    corpus,
                    encoder=self.encoder,
                    k=self.k,
                    refuse_below=below,
                    repair_spelling=self.repair_spelling,
                    cache=self.cache,
                )
            return self._rag


def _check(k: int, refuse_below: float | None) -> None:
    problems = []
    if not isinstance(k, int) or isinstance(k, bool) or k < 1:
        problems.append(Problem(what=f"embedded: k must be a whole number of passages, at least 1, not {k!r}"))
    if refuse_below is not None and (isinstance(refuse_below, bool) or not isinstance(refuse_below, (int, float))):
        problems.append(Problem(what=f"embedded: refuse_below must be a number or left out, not {refuse_below!r}"))
    if problems:
        raise InputError(problems)
