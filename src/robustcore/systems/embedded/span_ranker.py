"""Reader B: which words of the picked sentences are the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from robustcore.errors import RobustError
from robustcore.systems.embedded.picking import Pick
from robustcore.systems.embedded.questions import KINDS, Question
from robustcore.systems.embedded.sentences import Sentence, word_starts
from robustcore.systems.embedded.spans import STATIC

Floats = NDArray[np.float32]

SOFT = 0.7  # what the best similar word counts for, where the word itself counts 1
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


class SpanRanker:
    """A linear ranker over candidate spans. ``weights`` has one number per name in `FEATURES`."""

    def __init__(self, weights: Mapping[str, float] | None = None) -> None:
        table = shipped_weights() if weights is None else weights
        if set(table) != set(FEATURES):
            missing, extra = set(FEATURES) - set(table), set(table) - set(FEATURES)
            raise RobustError(f"the span weights do not fit the features: missing {missing}, unknown {extra}")
        self._weights = np.array([table[name] for name in FEATURES], np.float32)
        self._decay: dict[tuple[int, float], Floats] = {}

    def best(self, question: Question, pick: Pick) -> str:
        """Return the best candidate of the picked sentence as it stands there; the sentence if it has none."""
        sentence, spans = pick.sentence, pick.sentence.spans
        if not len(spans):
            return sentence.text
        at = int(np.argmax(self.features(question, pick, pick) @ self._weights))
        return sentence.text[sentence.words[spans.first[at]].start : sentence.words[spans.last[at]].end]

    def features(self, question: Question, pick: Pick, best: Pick) -> Floats:
        """Return the `FEATURES` of every candidate of the picked sentence, float32 (n, f).

        ``best`` is the question's best pick. What all candidates of a sentence share matters only to the fit,
        where sentences compete.
        """
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
    asked, present = word_starts(question.word_of), word_starts(sentence.word_of)
    rows, columns = question.word_of[asked], sentence.word_of[present]
    soft = np.zeros((len(question.stems), len(sentence.words)), np.float32)  # question word by sentence word
    like = np.zeros((3, len(sentence.words)), np.float32)
    if len(asked) and len(present):
        similar = question.tokens @ sentence.tokens.T
        best = np.maximum.reduceat(np.maximum.reduceat(similar, present, axis=1), asked, axis=0)
        soft[np.ix_(rows, columns)] = np.clip((best - 0.4) / 0.6, 0, 1)
        signals = [_mean_row(similar, question.word_of == at) for at in (question.asks, question.head)]
        sizes = np.diff(present, append=len(sentence.word_of))
        signals.append(_by_vector(question, sentence))
        like[:, columns] = np.add.reduceat(np.stack(signals), present, axis=1) / sizes
        like -= like.mean(axis=1, keepdims=True)  # which word of this sentence, not how fitting the sentence is
    exact = (question.stem_ids[:, None] == sentence.stem_ids) & (question.stem_ids >= 0)[:, None]
    matched = question.idf @ np.maximum(soft * SOFT, exact)
    noun = question.stem_ids[question.head] if question.head >= 0 else -1
    return np.stack(
        [
            matched / max(float(question.idf.sum()), 1e-6),
            exact.any(axis=0),
            soft.max(axis=0, initial=0),
            *like,
            (sentence.stem_ids == noun) & (noun >= 0),
        ],
        axis=1,
    ).astype(np.float32)


def _mean_row(similar: Floats, chosen: NDArray[np.bool_]) -> Floats:
    return similar[chosen].mean(axis=0) if chosen.any() else np.zeros(similar.shape[1], np.float32)


def _by_vector(question: Question, sentence: Sentence) -> Floats:
    """Return the cosine of each token with the question's vector, 0 for models whose vectors have another width."""
    if len(question.vector) != sentence.tokens.shape[1]:
        return np.zeros(len(sentence.tokens), np.float32)
    return sentence.tokens @ question.vector


@lru_cache(maxsize=1)
def shipped_weights() -> Mapping[str, float]:
    """Return the weights that stand beside this file, with their provenance, as ``span_weights.json``."""
    text = files(__package__).joinpath("span_weights.json").read_text(encoding="utf-8")
    weights: dict[str, float] = json.loads(text)["weights"]
    return weights
