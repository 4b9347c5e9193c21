"""Reader A: which sentences of the passages speak about the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robustcore.systems.embedded.questions import Question
from robustcore.systems.embedded.sentences import Sentence

Floats = NDArray[np.float32]

# Weights set by hand on questions that are not scored. The cosine is that of the sentence under its document's title,
# which says what "the company" or "it" is; MaxSim is the best single signal where questions repeat the text's words.
COSINE, MAXSIM, COVERAGE, RANK, KIND = 1.0, 0.75, 0.25, -0.01, 0.15
EARLIER = 0.8  # what a word counts for that an earlier sentence of the passage speaks of ("It was opened in ...")
AROUND = 0.5  # what a word counts for that stands elsewhere in the passage or in its title


@dataclass(frozen=True, slots=True)
class Pick:
    """A sentence of passage number ``rank`` (from 0), with the signals that make up its ``score``."""

    sentence: Sentence
    rank: int
    cosine: float
    maxsim: float
    coverage: float
    kind: float

    @property
    def score(self) -> float:
        """Return how well the sentence fits the question."""
        signals = COSINE * self.cosine + MAXSIM * self.maxsim + COVERAGE * self.coverage
        return signals + RANK * self.rank + KIND * self.kind

    @property
    def level(self) -> float:
        """Return the refusal signal: cosine + MaxSim, low if the corpus does not speak about the question."""
        return self.cosine + self.maxsim


@dataclass(frozen=True, slots=True)
class Page:
    """A passage as it is read: its sentences in order, their vectors under its title, the title's stem numbers."""

    sentences: tuple[Sentence, ...]
    vectors: tuple[Floats, ...]
    title: tuple[int, ...] = ()


def maxsim(questions: Sequence[Question], page: Page) -> Floats:
    """Return the weighted mean, over each question's tokens, of the best cosine with a sentence token, (q, s).

    Late interaction after Khattab and Zaharia (ColBERT, SIGIR 2020), with token weights. A token may also be met in
    an earlier sentence of the page, at `EARLIER` of its value. Sentences without tokens score 0.
    """
    sentences = page.sentences
    result = np.zeros((len(questions), len(sentences)), np.float32)
    filled = [i for i, sentence in enumerate(sentences) if len(sentence.tokens)]
    asked = [i for i, question in enumerate(questions) if len(question.tokens)]
    if not filled or not asked:
        return result
    tokens = np.concatenate([sentences[i].tokens for i in filled])
    queries = np.concatenate([questions[i].tokens for i in asked])
    best = np.maximum.reduceat(queries @ tokens.T, _starts([len(sentences[i].tokens) for i in filled]), axis=1)
    best[:, 1:] = np.maximum(best[:, 1:], EARLIER * np.maximum.accumulate(best, axis=1)[:, :-1])
    weighted = best * np.concatenate([questions[i].weights for i in asked])[:, None]
    sums = np.add.reduceat(weighted, _starts([len(questions[i].tokens) for i in asked]), axis=0)
    result[np.ix_(asked, filled)] = sums
    return result


def coverage(question: Question, page: Page) -> Floats:
    """Return the idf-weighted share of the question's content words that each sentence has, (s,).

    A word that only the title or another sentence of the page has counts `AROUND`.
    """
    total = float(question.idf.sum())  # stop words weigh nothing, so that they match nothing that counts
    if not total:
        return np.zeros(len(page.sentences), np.float32)
    inside = np.stack([(question.stem_ids[:, None] == one.stem_ids).any(axis=1) for one in page.sentences], axis=1)
    around = inside.any(axis=1) | np.isin(question.stem_ids, page.title)
    shares: Floats = question.idf @ np.maximum(inside, AROUND * around[:, None]) / total
    return shares


def pick(questions: Sequence[Question], pages: Sequence[Sequence[Page]], *, keep: int) -> list[list[Pick]]:
    """Return, for each question, the ``keep`` best sentences of its pages, best first.

    ``pages[i]`` are those of question i, best first. Questions that share a page are compared with it in one matrix
    product. A sentence that occurs twice counts where it is first.
    """
    readers: dict[tuple[object, ...], list[tuple[int, int]]] = {}
    contents: dict[tuple[object, ...], Page] = {}
    for number, own in enumerate(pages):
        for rank, page in enumerate(own):
            key: tuple[object, ...] = (page.title, *(sentence.text for sentence in page.sentences))
            contents[key] = page
            readers.setdefault(key, []).append((number, rank))
    found: list[list[Pick]] = [[] for _ in questions]
    for key, places in readers.items():
        page = contents[key]
        if not page.sentences:
            continue
        asking = [questions[number] for number, _ in places]
        late = maxsim(asking, page)
        cosine = np.stack([question.vector for question in asking]) @ np.stack(page.vectors).T
        for row, (number, rank) in enumerate(places):
            question = questions[number]
            signals = zip(page.sentences, cosine[row], late[row], coverage(question, page), strict=True)
            found[number].extend(
                Pick(one, rank, float(c), float(m), float(v), can_answer(question, one)) for one, c, m, v in signals
            )
    return [_best(picks, keep) for picks in found]


def can_answer(question: Question, sentence: Sentence) -> float:
    """Return 1 if the sentence has a word of the kind that is asked for, 0 if not, 0.5 for a number of any kind.

    A name that the question itself mentions does not answer "who" or "where". Kinds without a telling shape give 0.
    """
    shapes = sentence.shapes
    if question.kind in ("person", "place"):
        return float(bool(np.setdiff1d(sentence.names, question.stem_ids).size))
    wanted = {"date": "date", "number": "digit", "percent": "percent", "money": "money"}.get(question.kind, "")
    return 1.0 if wanted in shapes else 0.5 if wanted in ("percent", "money") and "digit" in shapes else 0.0


def _best(picks: Sequence[Pick], keep: int) -> list[Pick]:
    first: dict[str, Pick] = {}
    for one in sorted(picks, key=lambda p: p.rank):
        first.setdefault(one.sentence.text, one)
    return sorted(first.values(), key=lambda p: (-p.score, p.rank))[:keep]


def _starts(lengths: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
