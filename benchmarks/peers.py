"""(i) Strings per second of character and word operators, beside nlpaug and TextAttack on the same sentences."""

from __future__ import annotations

import gc
import hashlib
import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from benchmarks.peer_envs import CACHE, PEERS, Peer
from benchmarks.timing import print_table, verdict
from robustcore.case import Case, Condition, Step
from robustcore.corpus.bundled import bundled_dataset, bundled_names
from robustcore.corpus.load import load_dataset
from robustcore.corpus.records import Corpus, Example
from robustcore.keys import rng_of
from robustcore.perturb.base import Operator
from robustcore.perturb.edit import At
from robustcore.perturb.families import operator_registry
from robustcore.perturb.language.sentences import sentence_spans
from robustcore.perturb.language.wordlists import STOP_WORDS
from robustcore.perturb.options import check_options

WITH_ALL, BARE = 3.0, 5.0  # times the faster peer
SLOW = ("textattack", 200)  # a pass of it takes minutes: it is timed once, on the first so many of the sentences
COMPARED: Mapping[str, tuple[float, Mapping[str, Any]]] = {
    **{f"question.{name}": (1.0, {}) for name in ("neighbour_swap", "qwerty_swap", "char_substitute", "char_delete")},
    **{f"question.{name}": (1.0, {}) for name in ("char_insert", "homoglyph", "misspelled")},
    "question.unicode_noise": (1.0, {"mode": "zero_width"}),
    "question.word_drop": (0.3, {}),
    "question.word_order_swap": (1.0, {}),
    "question.synonym_wordnet": (1.0, {}),
}
"""Operator of which a peer has something like it → severity and options: 30% of the words, or three swaps."""


def run(folder: Path, repeats: int, *, cache: Path | None = None, squad: Path | None = None) -> None:
    """Measure and print: ours and the peers' in turn, operator by operator, the fastest of ``repeats`` passes each."""
    texts = sentences(5000, squad=squad)
    words = sum(len(text.split()) for text in texts) / len(texts)
    print(f"{len(texts)} different sentences of {words:.1f} words; peers' environments in {cache or CACHE}")
    rows, notes = [], []
    registry = operator_registry()
    peers = [Peer(name, cache or CACHE, folder, texts, sorted(STOP_WORDS)) for name in PEERS]
    try:
        for name, (severity, options) in COMPARED.items():
            work = _passes(registry.get(name), severity, options, texts)
            row, left_out = _compared(name, work, len(texts), peers, repeats)
            rows.append(row)
            notes += [f"left out: {peer} for {name}: {why}" for peer, why in left_out.items()]
        notes = [f"{peer.name} is absent: {peer.absent}" for peer in peers if peer.absent] + notes
    finally:
        for peer in peers:
            peer.close()
    title = f"(i) strings per second, the same {len(texts)} sentences; fastest of {repeats} interleaved repeats"
    bare = ["ours", "ours, bare", *PEERS, "x faster peer", "target", "bare x", "target"]
    print_table(title, ["operator", *bare], rows)
    print("  of processor time: each side works in one thread, and other work on the machine counts for neither;")
    print("  the collector of garbage is off while either side works, as timeit has it")
    print(
        "  ours: protection on, seed from the case's identity, edits, edit share and text hashes recorded; bare: none"
    )
    print(f"  {SLOW[0]}: one pass over the first {SLOW[1]} of the sentences")
    for note in notes:
        print(f"  {note}")


def sentences(count: int, *, squad: Path | None = None, seed: int = 5) -> list[str]:
    """Return ``count`` different sentences in a fixed order: the questions of a SQuAD file, or fixtures' sentences.

    The fixtures' questions and sentences are some 2,300; the others are the first half of one and the second of one.
    """
    rng = random.Random(seed)
    if squad is not None:
        found = dict.fromkeys(example.question for example in load_dataset(squad, format="squad").examples)
    else:
        data = [bundled_dataset(name) for name in bundled_names()]
        found = dict.fromkeys(example.question for one in data for example in one.examples)
        docs = [doc.text for one in data for doc in one.corpus.docs.values()]
        spoken = (text[start:end] for text in docs for start, end in sentence_spans(text))
        found |= dict.fromkeys(text for text in spoken if 4 <= len(text.split()) <= 40 and "\n" not in text)
    texts = list(found)
    rng.shuffle(texts)
    while squad is None and len(found) < count:
        first, second = rng.choice(texts).split(), rng.choice(texts).split()
        found[" ".join(first[: len(first) // 2] + second[len(second) // 2 :])] = None
    texts = list(found)
    rng.shuffle(texts)
    return texts[:count]


def _passes(
    operator: Operator, severity: float, options: Mapping[str, Any], texts: Sequence[str]
) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return two passes over ``texts``: as cases of a run with what is recorded of each, and bare.

    Bare is one generator for all, no gold answer, nothing protected and nothing recorded.
    """
    full = check_options(operator, options)
    condition = Condition(label=operator.short, severity=severity, steps=(Step(operator, full),))
    corpus = Corpus()
    examples = [Example(id=f"q{n}", question=text, answers=("Hellvik",)) for n, text in enumerate(texts)]
    cases = [Case(id=f"case-{example.id}", example=example, condition=condition) for example in examples]

    def recorded() -> None:
        for case in cases:
            seed = case.seed
            text = case.example.question
            at = At(severity=severity, rng=rng_of(seed), example=case.example, corpus=corpus)
            edit = operator.apply(text, at, **full)
            share = Levenshtein.normalized_distance(text, edit.value)
            _ = (operator.name, operator.version, seed, edit.edits, share, _hash(text), _hash(edit.value))

    once = At(severity=severity, rng=rng_of(1), example=Example(id="none", question=""), corpus=corpus)
    open_options = full | {"protect": False}

    def bare() -> None:
        for text in texts:
            operator.apply(text, once, **open_options)

    return recorded, bare


def _compared(
    name: str, passes: tuple[Callable[[], None], Callable[[], None]], count: int, peers: Sequence[Peer], repeats: int
) -> tuple[list[str], dict[str, str]]:
    """Return a row of the table, and which peers it is without and why."""
    ours: list[list[float]] = [[], []]
    theirs: dict[str, list[float]] = {peer.name: [] for peer in peers}
    left_out: dict[str, str] = {}
    for repeat in range(repeats):
        for taken, work in zip(ours, passes, strict=True):
            taken.append(_timed(work))
        for peer in peers:
            if peer.absent or peer.name in left_out or (repeat and peer.name == SLOW[0]):
                continue
            reply = peer.ask(name, SLOW[1] if peer.name == SLOW[0] else count)
            if "why" in reply:
                left_out[peer.name] = reply["why"]
            else:
                theirs[peer.name].append(reply["rate"])
    rates = {peer: max(seen) for peer, seen in theirs.items() if seen}
    own = [count / min(taken) for taken in ours]
    row = [name.partition(".")[2], *(f"{rate:.0f}" for rate in own)]
    row += [f"{rates[peer.name]:.0f}" if peer.name in rates else "-" for peer in peers]
    faster = max(rates.values(), default=0.0)
    for rate, target in zip(own, (WITH_ALL, BARE), strict=True):
        row += [f"{rate / faster:.1f}", verdict(rate / faster, at_least=target)] if faster else ["-", "-"]
    return row, {peer: why for peer, why in left_out.items() if why != "no counterpart"}


_HASHES = hashlib.blake2b(digest_size=16)  # a copy takes half as long as a new one


def _hash(text: str) -> str:
    own = _HASHES.copy()
    own.update(text.encode())
    return own.hexdigest()


def _timed(work: Callable[[], None]) -> float:
    gc.collect()
    gc.disable()
    try:
        began = time.process_time()
        work()
        return time.process_time() - began
    finally:
        gc.enable()
