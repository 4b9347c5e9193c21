"""Measure the embedded system on SQuAD 2.0 articles that nothing was fitted to.

    python -m benchmarks.fit_measure --squad dev.json [--half calibration] [--cache DIR] [--no-repair]

Prints retrieval, sentence and span quality (as if nothing were refused), refusals, the same under typing errors, the
AUROC of both scores, and seconds per 1,000 questions in batches and one at a time with the index in memory. The
threshold is set on the calibration half.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

from benchmarks import fit_squad
from benchmarks.fit_squad import contains, exact, f1
from robustcore.corpus.records import Example, Passage
from robustcore.endpoints.local.encoder import Encoder
from robustcore.systems.base import Answer
from robustcore.systems.embedded.rag import EmbeddedRag

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
PLACES = {key: (x + y / 2, y) for y, row in enumerate(ROWS) for x, key in enumerate(row)}
NEIGHBOURS = {
    a: [b for b, (u, v) in PLACES.items() if b != a and abs(u - x) <= 1 and abs(v - y) <= 1]
    for a, (x, y) in PLACES.items()
}


def typos(question: str, share: float, rng: random.Random) -> str:
    """Return ``question`` with one keystroke error in ``share`` of its words, of those with four letters and more."""
    found = question.split(" ")
    long = [i for i, word in enumerate(found) if sum(character.isalpha() for character in word) >= 4]
    for i in rng.sample(long, min(len(long), round(share * len(found)) or 1)):
        found[i] = _typo(found[i], rng)
    return " ".join(found)


def _typo(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    kind = rng.choice(("neighbour", "drop", "swap"))
    if kind == "neighbour" and word[at].lower() in NEIGHBOURS:
        return word[:at] + rng.choice(NEIGHBOURS[word[at].lower()]) + word[at + 1 :]
    if kind == "swap" and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :]


def auroc(high: Sequence[float], low: Sequence[float]) -> float:
    """Return the probability that a value of ``high`` exceeds one of ``low``, ties counting half."""
    ranks = rankdata([*high, *low])
    return float((ranks[: len(high)].sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was put, what was found for it, and the answer."""

    example: Example
    passages: Sequence[Passage]
    answer: Answer

    @property
    def level(self) -> float:
        """Return the refusal signal."""
        return self.answer.level or 0.0

    @property
    def right(self) -> bool:
        """Say whether the cited sentence holds a gold answer."""
        return any(contains(citation.text, self.example.answers) for citation in self.answer.citations)

    @property
    def f1(self) -> float:
        """Return the token F1 of the answer with gold."""
        return f1(self.answer.text, self.example.answers)


def ask(
    rag: EmbeddedRag,
    examples: Sequence[Example],
    questions: Sequence[str] | None = None,
    hidden: Sequence[Sequence[str]] | None = None,
) -> list[Asked]:
    """Put each example (or the rewritten ``questions`` in its place) to the system, which refuses nothing."""
    texts = [example.question for example in examples] if questions is None else questions
    found = rag.retrieve(texts, hidden)
    threshold, rag.refuse_below = rag.refuse_below, -np.inf
    answers = rag.read(list(zip(texts, found, strict=True)))
    rag.refuse_below = threshold
    return [Asked(*row) for row in zip(examples, found, answers, strict=True)]


def quality(asked: Sequence[Asked], threshold: float) -> str:
    """Return a line of figures."""
    places = [[passage.doc_id for passage in one.passages] for one in asked]
    golds = [set(one.example.gold_doc_ids) for one in asked]
    sure = [one.answer.confidence or 0.0 for one in asked]
    right, ok = [one.right for one in asked], [one.f1 >= 0.6 for one in asked]
    figures = {
        "R@1": np.mean([bool(gold & set(own[:1])) for gold, own in zip(golds, places, strict=True)]),
        "R@5": np.mean([bool(gold & set(own[:5])) for gold, own in zip(golds, places, strict=True)]),
        "sentence": np.mean(right),
        "EM": np.mean([exact(one.answer.text, one.example.answers) for one in asked]),
        "F1": np.mean([one.f1 for one in asked]),
        "contains": np.mean([contains(one.answer.text, one.example.answers) for one in asked]),
        "ok": np.mean(ok),
        "refused": np.mean([one.level < threshold for one in asked]),
        "AUROC(confidence, sentence)": _tells(sure, right),
        "AUROC(confidence, ok)": _tells(sure, ok),
    }
    return " ".join(f"{name} {value:.3f}" for name, value in figures.items())


def _tells(scores: Sequence[float], truth: Sequence[bool]) -> float:
    pairs = list(zip(scores, truth, strict=True))
    return auroc([score for score, true in pairs if true], [score for score, true in pairs if not true])


def refusals(rag: EmbeddedRag, squad: fit_squad.Squad, half: Sequence[Example]) -> None:
    """Print how often the system refuses, and how well the level tells, where the answer is not there."""
    answerable = [example for example in half if example.answerable]
    articles: dict[str, list[str]] = {}
    for doc in squad.corpus.docs.values():
        articles.setdefault(doc.tags[0], []).append(doc.id)
    there = [one.level for one in ask(rag, answerable)]
    cases = {
        "gold deleted": ask(rag, answerable, hidden=[example.gold_doc_ids for example in answerable]),
        "article deleted": ask(rag, answerable, hidden=[articles[example.tags[0]] for example in answerable]),
        "adversarial": ask(rag, [example for example in half if not example.answerable]),
    }
    for name, asked in cases.items():
        levels = [one.level for one in asked]
        refused = np.mean([level < rag.refuse_below for level in levels])
        print(f"{name:15} refused {refused:.3f} AUROC(level) {auroc(there, levels):.3f}")


def timing(squad: fit_squad.Squad, make: argparse.Namespace) -> None:
    """Print seconds per 1,000 questions, the index and the model in memory, nothing memoised."""
    questions = [example.question for example in (*squad.scoring, *squad.calibration)][:1000]
    rag = system(squad, make)
    marks = [time.perf_counter()]
    rag.analyse(questions)
    marks.append(time.perf_counter())
    found = rag.retrieve(questions)
    marks.append(time.perf_counter())
    rag.read(list(zip(questions, found, strict=True)))
    marks.append(time.perf_counter())
    parts = [right - left for left, right in pairwise(marks)]
    print("batched: encode {:.1f} + retrieve {:.1f} + read {:.1f}".format(*parts), f"= {sum(parts):.1f} s / 1,000")
    rag = system(squad, make)
    began = time.perf_counter()
    for question in questions[::5]:
        rag.ask(question)
    print(f"one at a time: {(time.perf_counter() - began) * 5:.1f} s / 1,000")


def system(squad: fit_squad.Squad, options: argparse.Namespace) -> EmbeddedRag:
    """Return a fresh system with its model loaded."""
    encoder = Encoder(threads=options.threads, dtype=options.dtype)
    encoder.encode(["warm up"])
    return EmbeddedRag(squad.corpus, encoder=encoder, cache=options.cache, repair_spelling=not options.no_repair)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--squad", type=Path, required=True)
    parser.add_argument("--half", choices=("calibration", "scoring"), default="scoring")
    parser.add_argument("--cache", type=Path, help="folder that keeps the index")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--no-repair", action="store_true", help="read questions as they are typed")
    options = parser.parse_args()
    squad = fit_squad.load(options.squad)
    began = time.perf_counter()
    rag = system(squad, options)
    print(
        f"model and index {time.perf_counter() - began:.1f} s; {rag.encoder.fingerprint}; {rag.encoder.threads} threads"
    )
    rag.calibrate([example.question for example in squad.calibration if example.answerable])
    print(f"refuse below {rag.refuse_below:.3f}")
    half = squad.scoring if options.half == "scoring" else squad.calibration
    examples = [example for example in half if example.answerable]
    print(f"{'clean':15} {quality(ask(rag, examples), rag.refuse_below)}")
    for share in (0.1, 0.2, 0.3):
        rng = random.Random(7)
        questions = [typos(example.question, share, rng) for example in examples]
        print(f"{f'typos {share:.0%}':15} {quality(ask(rag, examples, questions), rag.refuse_below)}")
    gold = [Passage(doc_id=e.gold_doc_ids[0], text=squad.corpus.docs[e.gold_doc_ids[0]].text) for e in examples]
    answers = rag.read([(example.question, (passage,)) for example, passage in zip(examples, gold, strict=True)])
    given = [Asked(*row) for row in zip(examples, [(p,) for p in gold], answers, strict=True)]
    print(f"{'gold given':15} {quality(given, rag.refuse_below)} (refusals count as wrong)")
    refusals(rag, squad, half)
    timing(squad, options)


if __name__ == "__main__":
    main()
