"""What a retriever does with a rare word by itself, and with a gold document that says everything twice. Ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from robustcore.calls.flows import FlowError
from robustcore.calls.types import Flow
from robustcore.corpus.normalise import tokens
from robustcore.corpus.records import Corpus, Example, Passage
from robustcore.errors import InputError, Problem
from robustcore.keys import rng_of, seed_of
from robustcore.measures.answers import check_choice
from robustcore.measures.base import Score, TextMeasure, not_applicable
from robustcore.perturb.edit import At, CorpusEdit
from robustcore.perturb.facts.lexical import index_of
from robustcore.perturb.language.text import analyse
from robustcore.perturb.question.typos import typos
from robustcore.systems.again import Again
from robustcore.systems.trial import Trial

LEAST_LETTERS: Final = 4  # of a word that is asked for: shorter ones are seldom names, and cannot be misspelt
_UNSEEN: Final = not_applicable("the system does not show what it retrieves")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain(TextMeasure):
    """Base of measures that ask the retriever once more about a clean question; no reply is needed.

    Unscored: a perturbed case, or a system that shows no ranking (``not_applicable``).
    """

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that scores ``trial`` by asking its retriever again."""
        if trial.skip or (trial.reason and trial.ranking is None):
            note = trial.note or (trial.error.message if trial.error else "")
            return Score(value=None, reason=trial.reason, note=note)
        if trial.case.condition.steps:
            return not_applicable("asked of clean questions")
        if trial.again is None or trial.ranking is None:
            return _UNSEEN
        try:
            return (yield from self.asked(trial, trial.again, trial.ranking))
        except FlowError as error:
            return Score(value=None, reason=error.error.kind, note=error.error.message)

    def asked(self, trial: Trial, again: Again, ranking: Sequence[Passage]) -> Flow[Score]:
        """Return the flow of the score of a clean question with its ranking."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it asks")


@dataclass(frozen=True, slots=True, kw_only=True)
class RareWord(AskedAgain):
    """1 iff the rarest word of the question alone finds a gold document among the first ``k``. Up; {0, 1}. [OURS].

    The word has four letters or more, stands in a gold document, and in at most ``docs`` documents of the corpus. A
    retriever that ignores rare words finds it by chance. With ``spelling=misspelt`` it has one slip, drawn by question
    and replicate: an index of words then finds nothing. Unscored: no such word (``not_applicable``).
    """

    base: ClassVar[str] = "rank.rare_word"
    k: int = 10
    docs: int = 3
    spelling: str = "right"

    def __post_init__(self) -> None:
        """Refuse limits below 1, and a spelling that does not exist."""
        check_choice(self.base, "spelling", self.spelling, ("right", "misspelt"))
        _at_least(self.base, 1, k=self.k, docs=self.docs)

    def asked(self, trial: Trial, again: Again, ranking: Sequence[Passage]) -> Flow[Score]:
        """Return the flow of the score of a clean question."""
        example = trial.case.example
        word = rarest_word(example, again.corpus, self.docs)
        if word and self.spelling == "misspelt":
            word = _slipped(word, example, trial.case.replicate)
        if not word:
            return not_applicable(f"no word of the question that gold and at most {self.docs} documents hold")
        found = yield from again.system.retrieve(word, corpus=CorpusEdit(), replicate=trial.case.replicate)
        first = [*dict.fromkeys(passage.doc_id for passage in found)][: self.k]
        return Score(value=float(not set(first).isdisjoint(example.gold_doc_ids)), note=f"asked for {word!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubledFell(AskedAgain):
    """1 iff the gold document ranks lower once a text stands ``times`` times where it stood once. Down; {0, 1}. [OURS].

    What is said twice means the same and is longer: only a retriever that goes by length moves it. ``of=gold``, the
    text of the gold document itself, finds favour for short documents; ``of=rival``, that of the next one below it that
    is no gold, favour for long ones. Other gold documents do not count. Unscored (``not_applicable``): gold is not
    among the first ``k`` (places further down are near ties), nothing is below it, nothing can be added to the index.
    """

    base: ClassVar[str] = "rank.doubled_fell"
    higher_is_better: ClassVar[bool] = False
    of: str = "gold"
    times: int = 2
    k: int = 10

    def __post_init__(self) -> None:
        """Refuse to repeat nothing, a k below 1, and other documents."""
        check_choice(self.base, "of", self.of, ("gold", "rival"))
        _at_least(self.base, 2, times=self.times)
        _at_least(self.base, 1, k=self.k)

    def asked(self, trial: Trial, again: Again, ranking: Sequence[Passage]) -> Flow[Score]:
        """Return the flow of the score of a clean question."""
        if not getattr(again.system, "adds", False):
            return not_applicable("no document can be added to what this system has indexed")
        gold = frozenset(trial.case.example.gold_doc_ids)
        ids = [doc_id for doc_id in dict.fromkeys(p.doc_id for p in ranking) if doc_id in again.corpus.docs]
        best = next((doc_id for doc_id in ids[: self.k] if doc_id in gold), "")
        if not best:
            return not_applicable(f"no gold document is among the first {self.k}")
        rival = next((doc_id for doc_id in ids[ids.index(best) :] if doc_id not in gold), "")
        if self.of == "rival" and not rival:
            return not_applicable("no other document is below gold")
        doc = again.corpus.docs[best if self.of == "gold" else rival]
        edit = CorpusEdit(add=(replace(doc, text=" ".join([doc.text] * self.times)),))
        after = yield from again.system.retrieve(again.question, corpus=edit, replicate=trial.case.replicate)
        before, now = _above(best, ranking, gold), _above(best, after, gold)
        return Score(value=float(now > before), note=f"{best}: {before} documents above it, then {now}")


def rarest_word(example: Example, corpus: Corpus, docs: int) -> str:
    """Return the word of the question that the fewest documents hold, gold among them, "" if more than ``docs`` do."""
    index = index_of(corpus)
    held: dict[str, int] = {}
    for word in analyse(example.question, ()).spelled:
        (token, *more) = tokens(word) or ("",)
        postings = () if more or not token.isalpha() or len(token) < LEAST_LETTERS else index.postings.get(token, ())
        if 0 < len(postings) <= docs and any(index.docs[at].id in example.gold_doc_ids for at in postings):
            held.setdefault(word, len(postings))
    return min(held, key=lambda word: held[word], default="")


def _slipped(word: str, example: Example, replicate: int) -> str:
    """Return ``word`` with one slip, "" where none is possible."""
    rng = rng_of(seed_of("rank.rare_word", example.id, str(replicate)))
    asked = Example(id=example.id, question=word)
    edit = typos.apply(word, At(severity=1.0, rng=rng, example=asked, corpus=Corpus()), share=1.0, protect=False)
    return edit.value if edit.status == "applied" else ""


def _above(doc_id: str, ranking: Sequence[Passage], gold: frozenset[str]) -> int:
    """Return how many documents that are no gold stand above ``doc_id``, all of the ranking if it is not there."""
    ids = dict.fromkeys(passage.doc_id for passage in ranking)
    above = [*ids][: [*ids].index(doc_id)] if doc_id in ids else [*ids]
    return sum(one not in gold for one in above)


def _at_least(base: str, least: int, **options: int) -> None:
    for name, value in options.items():
        if value < least:
            raise InputError(Problem(what=f"{base}: {name} must be at least {least}, not {value}"))
