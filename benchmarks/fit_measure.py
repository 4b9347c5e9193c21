"""Measure the embedded system on SQuAD 2.0 articles that nothing was fitted to.

    python benchmarks/fit_measure.py --squad dev.json [--half calibration] [--cache DIR] [--fixed-threshold]

Prints retrieval, sentence and span quality, refusals, the same under typos, the AUROC of both scores, and seconds per
1,000 questions in batches and one at a time with the index in memory. The threshold is set on the calibration half
unless ``--fixed-threshold`` asks for the shipped one.
"""

from __future__ import annotations

import argparse
import random
import string
import time
from collections.abc import Sequence
from pathlib import Path

import fit_squad
import numpy as np
from fit_squad import contains, exact, f1

from robustcore.corpus.records import Example, Passage
from robustcore.endpoints.encoder import Encoder
from robustcore.systems.base import Answer
from robustcore.systems.embedded.rag import EmbeddedRag

NEIGHBOURS = dict(
    zip(
        string.ascii_lowercase,
        "qswz ghnv dfvx cefrsx drsw cdgrtv bfhtvy bgjnuy jkou hikmnu ijlmo kop jkn "
        "bhjm iklp lo aw deft adewxz fgry hijy bcfg aeqs cdsz ghtu asx".split(),
        strict=True,
    )
)


def typos(question: str, share: float, rng: random.Random) -> str:
    """Return ``question`` with one keystroke error in ``share`` of its words of four letters and more."""
    words = question.split(" ")
    long = [i for i, word in enumerate(words) if sum(character.isalpha() for character in word) >= 4]
    for i in rng.sample(long, min(len(long), round(share * len(words)) or 1)):
        words[i] = _typo(words[i], rng)
    return " ".join(words)


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
    from scipy.stats import rankdata

    ranks = rankdata([*high, *low])
    return float((ranks[: len(high)].sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def answer_all(rag: EmbeddedRag, questions: Sequence[str], hidden: Sequence[Sequence[str]] | None = None) -> list[tuple[Answer, tuple[Passage, ...]]]:
    found = rag.retrieve(questions, hidden)
    return list(zip(rag.read(list(zip(questions, found, strict=True))), found, strict=True))


def quality(rag: EmbeddedRag, examples: Sequence[Example], questions: Sequence[str]) -> str:
    """Return a line of figures; answers and sentences are scored as if nothing were refused."""
    threshold, rag.refuse_below = rag.refuse_below, -9.0
    replies = answer_all(rag, questions)
    rag.refuse_below = threshold
    first = np.mean([found[0].doc_id in e.gold_doc_ids for e, (_, found) in zip(examples, replies, strict=True)])
    fifth = np.mean([bool({p.doc_id for p in found} & set(e.gold_doc_ids)) for e, (_, found) in zip(examples, replies, strict=True)])
    right = [contains(a.citations[0].text, e.answers) if a.citations else False for e, (a, _) in zip(examples, replies, strict=True)]
    em = np.mean([exact(a.text, e.answers) for e, (a, _) in zip(examples, replies, strict=True)])
    overlap = [f1(a.text, e.answers) for e, (a, _) in zip(examples, replies, strict=True)]
    holds = np.mean([contains(a.text, e.answers) for e, (a, _) in zip(examples, replies, strict=True)])
    refused = np.mean([a.level is not None and a.level < threshold for a, _ in replies])
    confident = [a.confidence or 0.0 for a, _ in replies]
    by_sentence = auroc([c for c, ok in zip(confident, right, strict=True) if ok], [c for c, ok in zip(confident, right, strict=True) if not ok])
    by_span = auroc([c for c, s in zip(confident, overlap, strict=True) if s >= 0.6], [c for c, s in zip(confident, overlap, strict=True) if s < 0.6])
    return (
        f"R@1 {first:.3f} R@5 {fifth:.3f} | sentence {np.mean(right):.3f} | EM {em:.3f} F1 {np.mean(overlap):.3f} contains {holds:.3f} "
        f"ok {np.mean([s >= 0.6 for s in overlap]):.3f} | refused {refused:.3f} | confidence AUROC sentence {by_sentence:.3f} span {by_span:.3f}"
    )


def given_gold(rag: EmbeddedRag, examples: Sequence[Example], corpus: fit_squad.Squad) -> str:
    items = [(e.question, (Passage(doc_id=e.gold_doc_ids[0], text=corpus.corpus.docs[e.gold_doc_ids[0]].text),)) for e in examples]
    threshold, rag.refuse_below = rag.refuse_below, -9.0
    answers = rag.read(items)
    rag.refuse_below = threshold
    right = np.mean([contains(a.citations[0].text, e.answers) for a, e in zip(answers, examples, strict=True)])
    em = np.mean([exact(a.text, e.answers) for a, e in zip(answers, examples, strict=True)])
    return f"sentence {right:.3f} | EM {em:.3f} F1 {np.mean([f1(a.text, e.answers) for a, e in zip(answers, examples, strict=True)]):.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--squad", type=Path, required=True)
    parser.add_argument("--half", choices=("calibration", "scoring"), default="scoring")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--fixed-threshold", action="store_true")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--no-repair", action="store_true")
    options = parser.parse_args()
    squad = fit_squad.load(options.squad)
    began = time.perf_counter()
    rag = EmbeddedRag(squad.corpus, encoder=Encoder(threads=options.threads, dtype=options.dtype), cache=options.cache)
    print(f"index ready after {time.perf_counter() - began:.1f} s, {rag.encoder.fingerprint}, {rag.encoder.threads} threads")
    if options.no_repair:
        rag._speller = None
    if not options.fixed_threshold:
        rag.calibrate([e.question for e in squad.calibration if e.answerable])
    print(f"refuse below {rag.refuse_below:.3f}")
    half = squad.scoring if options.half == "scoring" else squad.calibration
    asked = [e for e in half if e.answerable]
    rng = random.Random(7)
    rows = {"clean": [e.question for e in asked]}
    rows.update({f"typos {share:.0%}": [typos(e.question, share, rng) for e in asked] for share in (0.1, 0.2, 0.3)})
    for name, questions in rows.items():
        print(f"{name:10} {quality(rag, asked, questions)}")
    print(f"gold given {given_gold(rag, asked, squad)}")
    gone = answer_all(rag, [e.question for e in asked], [e.gold_doc_ids for e in asked])
    level = {True: [a.level or 0.0 for a, _ in answer_all(rag, [e.question for e in asked])], False: [a.level or 0.0 for a, _ in gone]}
    unanswerable = answer_all(rag, [e.question for e in half if not e.answerable])
    print(f"refused with gold deleted {np.mean([bool(a.abstained) for a, _ in gone]):.3f}, adversarial {np.mean([bool(a.abstained) for a, _ in unanswerable]):.3f}")
    by_article = {tag: [doc.id for doc in squad.corpus.docs.values() if tag in doc.tags] for e in asked for tag in e.tags}
    absent = answer_all(rag, [e.question for e in asked], [by_article[e.tags[0]] for e in asked])
    print(f"refused with article deleted {np.mean([bool(a.abstained) for a, _ in absent]):.3f}; level AUROC: gold deleted {auroc(level[True], level[False]):.3f}, "
          f"article deleted {auroc(level[True], [a.level or 0.0 for a, _ in absent]):.3f}, adversarial {auroc(level[True], [a.level or 0.0 for a, _ in unanswerable]):.3f}")
    timing(options, squad, rag)


def timing(options: argparse.Namespace, squad: fit_squad.Squad, warm: EmbeddedRag) -> None:
    questions = [e.question for e in (*squad.scoring, *squad.calibration)][:1000]
    fresh = EmbeddedRag(squad.corpus, encoder=Encoder(threads=options.threads, dtype=options.dtype), cache=options.cache)
    fresh.encoder.encode(["warm up"])
    marks = [time.perf_counter()]
    fresh.analyse(questions)
    marks.append(time.perf_counter())
    found = fresh.retrieve(questions)
    marks.append(time.perf_counter())
    fresh.read(list(zip(questions, found, strict=True)))
    marks.append(time.perf_counter())
    encode, retrieve, read = (b - a for a, b in zip(marks, marks[1:], strict=False))
    print(f"1,000 questions batched: encode {encode:.1f} + retrieve {retrieve:.1f} + read {read:.1f} = {marks[-1] - marks[0]:.1f} s")
    fresh = EmbeddedRag(squad.corpus, encoder=Encoder(threads=options.threads, dtype=options.dtype), cache=options.cache)
    fresh.encoder.encode(["warm up"])
    began = time.perf_counter()
    for question in questions[:200]:
        fresh.ask(question)
    print(f"1,000 questions one at a time: {(time.perf_counter() - began) * 5:.1f} s")


if __name__ == "__main__":
    main()
