"""Fit the span ranker's weights on SQuAD 2.0 calibration articles and print what they are worth.

    python -m benchmarks.fit_span_weights --squad dev.json [--cache DIR] [--write]

Each calibration question is read end to end from the whole corpus. The candidates of its picked sentences compete:
the weights maximise the log of the probability mass on right candidates (a softmax over all of them; a candidate
counts by its F1 with the gold answers, and not below 0.5). Leave-one-article-out scores come first, so that the
figure printed is one for articles not fitted to. ``--write`` replaces the shipped table.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks import fit_squad
from robustcore.corpus.records import Example
from robustcore.keys import file_sha256
from robustcore.systems.embedded import span_ranker
from robustcore.systems.embedded.rag import EmbeddedRag

Floats = NDArray[np.float64]
TABLE = Path(span_ranker.__file__).with_name("span_weights.json")


@dataclass(frozen=True, slots=True)
class Row:
    """The n candidates of a question.

    ``features`` (n, f), ``f1`` with gold, whether each is ``exact``, and the place of its ``sentence`` among the picks.
    """

    article: str
    features: NDArray[np.float32]
    f1: Floats
    exact: NDArray[np.bool_]
    sentence: NDArray[np.int64]


def collect(rag: EmbeddedRag, examples: tuple[Example, ...]) -> list[Row]:
    """Return the candidates of every answerable question, read from what the system retrieves for it."""
    asked = [example for example in examples if example.answerable]
    passages = rag.retrieve([example.question for example in asked])
    questions = rag.analyse([example.question for example in asked])
    ranker = span_ranker.SpanRanker(dict.fromkeys(span_ranker.FEATURES, 0.0))  # computes features, ranks nothing
    rows = []
    for example, question, picks in zip(asked, questions, rag.pick(questions, passages, keep=5), strict=True):
        features, scores, equal = [], [], []
        for pick in picks:
            sentence = pick.sentence
            features.append(ranker.features(question, pick, picks[0]))
            for first, last in zip(sentence.spans.first, sentence.spans.last, strict=True):
                text = sentence.text[sentence.words[first].start : sentence.words[last].end]
                scores.append(fit_squad.f1(text, example.answers))
                equal.append(fit_squad.exact(text, example.answers))
        number = np.repeat(np.arange(len(picks)), [len(pick.sentence.spans) for pick in picks])
        rows.append(Row(example.tags[0], np.concatenate(features), np.array(scores), np.array(equal), number))
    return rows


def fit(rows: list[Row], *, ridge: float) -> Floats:
    """Return the weights (f,) that maximise the mean log mass on right candidates, less ``ridge`` |w|² / 2."""
    rows = [row for row in rows if row.f1.max() >= 0.5]
    stacked = np.concatenate([row.features for row in rows]).astype(np.float64)
    gains = np.concatenate([np.where(row.f1 >= 0.5, row.f1**2, 0) for row in rows])
    scale = np.maximum(stacked.std(axis=0), 0.05)  # rare features are not blown up
    stacked /= scale
    starts = np.concatenate([[0], np.cumsum([len(row.f1) for row in rows])[:-1]])
    group = np.repeat(np.arange(len(rows)), [len(row.f1) for row in rows])

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = stacked @ weights
        mass = np.exp(scores - np.maximum.reduceat(scores, starts)[group])
        every, right = np.add.reduceat(mass, starts), np.add.reduceat(mass * gains, starts)
        pull = mass / every[group] - mass * gains / right[group]
        value = float(np.mean(np.log(every) - np.log(right))) + ridge * float(weights @ weights) / 2
        return value, np.asarray(stacked.T @ pull / len(rows) + ridge * weights)

    found = minimize(loss, np.zeros(stacked.shape[1]), jac=True, method="L-BFGS-B")
    return np.asarray(found.x / scale, np.float64)


def quality(rows: list[Row], weights: Floats) -> tuple[float, float]:
    """Return exact match and F1 of the best candidates of the first picked sentence, over all questions."""
    best = [int(np.argmax(np.where(row.sentence == row.sentence[0], row.features @ weights, -np.inf))) for row in rows]
    exact = np.mean([row.exact[at] for row, at in zip(rows, best, strict=True)])
    return float(exact), float(np.mean([row.f1[at] for row, at in zip(rows, best, strict=True)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--squad", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--ridge", type=float, default=0.01)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    squad = fit_squad.load(options.squad)
    zeros = dict.fromkeys(span_ranker.FEATURES, 0.0)  # nothing is ranked while features are collected
    rag = EmbeddedRag(squad.corpus, cache=options.cache, span_weights=zeros)
    rows = collect(rag, squad.calibration)
    print(f"{len(rows)} questions; ceiling F1 {np.mean([row.f1.max() for row in rows]):.3f}")
    held_out = []
    for article in sorted({row.article for row in rows}):
        weights = fit([row for row in rows if row.article != article], ridge=options.ridge)
        own = [row for row in rows if row.article == article]
        held_out.append((len(own), *quality(own, weights)))
        print(f"held out {article}: EM {held_out[-1][1]:.3f} F1 {held_out[-1][2]:.3f} (n = {len(own)})")
    total = sum(n for n, _, _ in held_out)
    em, f1 = (sum(n * score[i] for n, *score in held_out) / total for i in (0, 1))
    weights = fit(rows, ridge=options.ridge)
    print(f"left-out articles: EM {em:.3f} F1 {f1:.3f}; fitted to all: EM/F1 {quality(rows, weights)}")
    if options.write:
        table = {
            "provenance": {
                "data": "SQuAD 2.0 (CC BY-SA 4.0), answerable questions of " + ", ".join(sorted(fit_squad.CALIBRATION)),
                "file_sha256": file_sha256(options.squad),
                "encoder": rag.encoder.fingerprint,
                "script": "benchmarks/fit_span_weights.py",
                "ridge": options.ridge,
                "questions": len(rows),
                "left_out_articles": {"exact_match": round(em, 3), "f1": round(f1, 3)},
            },
            "weights": {name: round(float(w), 4) for name, w in zip(span_ranker.FEATURES, weights, strict=True)},
        }
        TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
