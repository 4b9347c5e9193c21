"""Reader B: which words of the picked sentences are the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from robustcore.errors import RobustError
from robustcore.systems.embedded.picking import Pick
from robustcore.systems.embedded.questions import KINDS, Question
from robustcore.systems.embedded.sentences import Sentence
from robustcore.systems.embedded.spans import STATIC

Floats = NDArray[np.float32]

REACHES = (2.0, 6.0)  # words over which a matched question word still speaks for a span
TYPED = ("date", "digit", "percent", "money", "capitals", "words=1", "words>4", "rarity")
DYNAMIC = (
    "cosine",
    "maxsim",
    "coverage",
    "rank",
    "behind the best",
    "repeats",
    "repeats softly",
    *(f"near {side} {reach:g}" for reach in REACHES for side in ("left", "right")),
    "like wh-word",
    "like noun",
    "like question",
    "holds noun",
)
FEATURES = (*STATIC, *DYNAMIC, *(f"{kind}*{shape}" for kind in KINDS for shape in TYPED))
_TYPED_COLUMNS = [STATIC.index(name) for name in TYPED]


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate: words ``first`` to ``last`` of a picked sentence, and its score on the ranker's scale."""

    pick: Pick
    first: int
    last: int
    score: float

    @property
    def text(self) -> str:
        """Return the candidate as it stands in the sentence."""
        found = self.pick.sentence.words
        return self.pick.sentence.text[found[self.first].start : found[self.last].end]


class SpanRanker:
    """A linear ranker over candidate spans. ``weights`` has one number per name in `FEATURES`."""

    def __init__(self, weights: Mapping[str, float] | None = None) -> None:
        table = shipped_weights() if weights is None else weights
        if set(table) != set(FEATURES):
            missing, extra = set(FEATURES) - set(table), set(table) - set(FEATURES)
            raise RobustError(f"the span weights do not fit the features: missing {missing}, unknown {extra}")
        self._weights = np.array([table[name] for name in FEATURES], np.float32)
        self._decay: dict[tuple[int, float], Floats] = {}

    def rank(self, question: Question, picks: Sequence[Pick]) -> list[Scored]:
        """Return the best candidate of each picked sentence, best first."""
        best = []
        for one in picks:
            if len(one.sentence.spans):
                scores = self.features(question, one, picks[0]) @ self._weights
                at = int(np.argmax(scores))
                spans = one.sentence.spans
                best.append(Scored(one, int(spans.first[at]), int(spans.last[at]), float(scores[at])))
        return sorted(best, key=lambda scored: -scored.score)

    def features(self, question: Question, pick: Pick, best: Pick) -> Floats:
        """Return the `FEATURES` of every candidate of the picked sentence, float32 (n, f)."""
        sentence, spans = pick.sentence, pick.sentence.spans
        per_word = _word_level(question, sentence)
        totals = np.concatenate([np.zeros((1, per_word.shape[1])), np.cumsum(per_word, axis=0)])
        length = (spans.last - spans.first + 1)[:, None]
        means = (totals[spans.last + 1] - totals[spans.first]) / length
        match = per_word[:, 0]
        near = [side for reach in REACHES for side in self._near(match, spans.first, spans.last, reach)]
        shared = (pick.cosine, pick.maxsim, pick.coverage, pick.rank / 5, pick.score - best.score)
        typed = np.zeros((len(spans), len(KINDS), len(TYPED)), np.float32)
        typed[:, KINDS.index(question.kind)] = spans.static[:, _TYPED_COLUMNS]
        return np.concatenate(
            [
                spans.static,
                np.tile(np.array(shared, np.float32), (len(spans), 1)),
                means[:, 1:3],
                np.stack(near, axis=1),
                means[:, 3:6],
                means[:, 6:7] > 0,
                typed.reshape(len(spans), -1),
            ],
            axis=1,
            dtype=np.float32,
        )

    def _near(self, match: Floats, first: NDArray[np.int64], last: NDArray[np.int64], reach: float) -> list[Floats]:
        """Return, left and right of each span, the matched words discounted by exp(-distance / reach)."""
        key = (len(match), reach)
        decay = self._decay.get(key)
        if decay is None:
            apart = np.subtract.outer(np.arange(len(match)), np.arange(len(match)))
            decay = np.where(apart > 0, np.exp(-apart / reach), 0).astype(np.float32)
            if len(self._decay) < 400:
                self._decay[key] = decay
        return [(decay @ match)[first], (decay.T @ match)[last]]


def _word_level(question: Question, sentence: Sentence) -> Floats:
    """Return per word of the sentence: match, repeats, repeats softly, like wh-word, noun, question, is noun."""
    count = len(sentence.words)
    pieces = np.maximum(np.bincount(sentence.word_of, minlength=count), 1)

    def by_word(values: Floats) -> Floats:  # mean over the tokens of each word, centred within the sentence
        mean = np.bincount(sentence.word_of, weights=values, minlength=count) / pieces
        return np.asarray(mean - mean.mean(), np.float32)

    similar = question.tokens @ sentence.tokens.T
    soft = np.zeros((len(question.stems), count), np.float32)  # question word by sentence word
    np.maximum.at(soft, (question.word_of[:, None], sentence.word_of[None, :]), similar)
    soft = np.clip((soft - 0.4) / 0.6, 0, 1)
    exact = np.array([[bool(q) and q == s for s in sentence.stems] for q in question.stems], np.float32)
    matched = np.maximum(soft * 0.7, exact.reshape(soft.shape)) * question.idf[:, None]
    nothing = np.zeros(similar.shape[1], np.float32)
    asks = similar[question.word_of == question.asks].mean(axis=0) if question.asks >= 0 else nothing
    head = similar[question.word_of == question.head].mean(axis=0) if question.head >= 0 else nothing
    noun = question.stems[question.head] if question.head >= 0 else ""
    stems = set(question.stems) - {""}
    return np.stack(
        [
            matched.sum(axis=0) / max(float(question.idf.sum()), 1e-6),
            np.array([stem in stems for stem in sentence.stems], np.float32),
            soft.max(axis=0, initial=0) if len(soft) else np.zeros(count, np.float32),
            by_word(asks),
            by_word(head),
            by_word(sentence.tokens @ question.vector)
            if len(question.vector) == sentence.tokens.shape[1]
            else by_word(nothing),
            np.array([bool(noun) and stem == noun for stem in sentence.stems], np.float32),
        ],
        axis=1,
    )


@lru_cache(maxsize=1)
def shipped_weights() -> Mapping[str, float]:
    """Return the weights that stand beside this file, with their provenance, as ``span_weights.json``."""
    text = files(__package__).joinpath("span_weights.json").read_text(encoding="utf-8")
    weights: dict[str, float] = json.loads(text)["weights"]
    return weights
