"""Reader A: which sentences of the passages speak about the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robustcore.systems.embedded.questions import Question
from robustcore.systems.embedded.sentences import Sentence

Floats = NDArray[np.float32]

# Weights set by hand: MaxSim alone is the best single signal, the others agree with it and steady it. A search for
# better ones on 654 questions moved the share of right sentences by less than a point and did not carry over.
COSINE, MAXSIM, COVERAGE, RANK = 0.3, 1.0, 0.25, -0.01


@dataclass(frozen=True, slots=True)
class Pick:
    """A sentence of passage number ``rank`` (from 0), with the signals that make up its ``score``."""

    sentence: Sentence
    rank: int
    cosine: float
    maxsim: float
    coverage: float

    @property
    def score(self) -> float:
        """Return how well the sentence fits the question."""
        signals = COSINE * self.cosine + MAXSIM * self.maxsim + COVERAGE * self.coverage
        return signals + RANK * self.rank

    @property
    def level(self) -> float:
        """Return the refusal signal: cosine + MaxSim, low if the corpus does not speak about the question."""
        return self.cosine + self.maxsim


def maxsim(questions: Sequence[Question], sentences: Sequence[Sentence]) -> Floats:
    """Return the weighted mean, over each question's tokens, of the best cosine with a sentence token, (q, s).

    Late interaction after Khattab and Zaharia (ColBERT, SIGIR 2020), with token weights. A sentence without
    tokens scores 0.
    """
    result = np.zeros((len(questions), len(sentences)), np.float32)
    filled = [i for i, sentence in enumerate(sentences) if len(sentence.tokens)]
    asked = [i for i, question in enumerate(questions) if len(question.tokens)]
    if not filled or not asked:
        return result
    starts = _starts([len(sentences[i].tokens) for i in filled])
    tokens = np.concatenate([sentences[i].tokens for i in filled])
    queries = np.concatenate([questions[i].tokens for i in asked])
    best = np.maximum.reduceat(queries @ tokens.T, starts, axis=1)
    weighted = best * np.concatenate([questions[i].weights for i in asked])[:, None]
    sums = np.add.reduceat(weighted, _starts([len(questions[i].tokens) for i in asked]), axis=0)
    result[np.ix_(asked, filled)] = sums
    return result


def coverage(question: Question, sentence: Sentence) -> float:
    """Return the idf-weighted share of the question's content words whose stem the sentence has."""
    total = float(question.idf.sum())  # stop words have none, so that they match nothing that counts
    found = (question.stem_ids[:, None] == sentence.stem_ids).any(axis=1)
    return float(question.idf @ found) / total if total else 0.0


def pick(
    questions: Sequence[Question], passages: Sequence[Sequence[Sequence[Sentence]]], *, keep: int
) -> list[list[Pick]]:
    """Return, for each question, the ``keep`` best sentences of its passages, best first.

    ``passages[i]`` are those of question i, best first, each a sequence of sentences. Questions that share a
    passage are compared with it in one matrix product. A sentence that occurs twice counts where it is first.
    """
    readers: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    contents: dict[tuple[str, ...], Sequence[Sentence]] = {}
    for number, own in enumerate(passages):
        for rank, sentences in enumerate(own):
            key = tuple(sentence.text for sentence in sentences)
            contents[key] = sentences
            readers.setdefault(key, []).append((number, rank))
    found: list[list[Pick]] = [[] for _ in questions]
    for key, places in readers.items():
        if not key:
            continue
        sentences, asking = contents[key], [questions[number] for number, _ in places]
        late = maxsim(asking, sentences)
        cosine = np.stack([question.vector for question in asking]) @ np.stack([one.vector for one in sentences]).T
        for row, (number, rank) in enumerate(places):
            found[number].extend(
                Pick(one, rank, float(cosine[row, i]), float(late[row, i]), coverage(questions[number], one))
                for i, one in enumerate(sentences)
            )
    return [_best(picks, keep) for picks in found]


def _best(picks: Sequence[Pick], keep: int) -> list[Pick]:
    first: dict[str, Pick] = {}
    for one in sorted(picks, key=lambda p: p.rank):
        first.setdefault(one.sentence.text, one)
    return sorted(first.values(), key=lambda p: (-p.score, p.rank))[:keep]


def _starts(lengths: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
