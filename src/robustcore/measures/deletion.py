"""Documents withdrawn: what leaks, which one an answer rests on, how many flip it, what votes certify (10.2, 10.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple

from robustcore.calls.flows import FlowError, gather
from robustcore.calls.types import Flow
from robustcore.corpus.normalise import contains_answer, tokens
from robustcore.corpus.records import Passage
from robustcore.errors import InputError, Problem
from robustcore.measures.abstention import has_abstained
from robustcore.measures.answers import check_choice
from robustcore.measures.base import NO_GOLD, Score, Status, TextMeasure, not_applicable, unscored
from robustcore.measures.matching import is_correct, token_f1
from robustcore.stats.influence import influence_depth, predicted
from robustcore.stats.votes import Vote, certified, winner
from robustcore.systems.again import Again
from robustcore.systems.base import Answer
from robustcore.systems.trial import Trial

RUN: Final = 8  # words of a withdrawn document in a row that a reply says by chance no more
_OPAQUE: Final = not_applicable("needs a system that shows what it retrieves (retriever and reader apart)")
_FAILS: Final = not_applicable("the case fails with all its documents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak(TextMeasure):
    """1 iff a reply cites a withdrawn document, reproduces it, or states the answer that was withdrawn. Down. [OURS].

    Reproduced are eight words of it in a row that stand in no passage that was given. Unscored where no evidence was
    taken away (``not_applicable``).
    """

    base: ClassVar[str] = "deletion.leak"
    higher_is_better: ClassVar[bool] = False

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        answer, gone = trial.answer, set(trial.removed)
        if answer is None or not gone or not trial.case.condition.removes_evidence:
            return not_applicable("no evidence was withdrawn")
        given = answer.passages or ()
        cited = sorted(gone & {citation.doc_id for citation in answer.citations})
        if cited:
            return Score(value=1.0, note=f"cites {', '.join(cited)}")
        stated = contains_answer(answer.text, trial.case.example.answers) and not has_abstained(answer)
        if stated and not any(contains_answer(p.text, trial.case.example.answers) for p in given):
            return Score(value=1.0, note="states the answer, which nothing given states")
        docs = trial.again.corpus.docs if trial.again else {}
        texts = [docs[doc_id].text for doc_id in trial.removed if doc_id in docs]
        runs = _runs(answer.text) - {run for passage in given for run in _runs(passage.text)}
        copied = bool(runs) and any(runs & _runs(text) for text in texts)
        return Score(value=float(copied), note="reproduces a withdrawn document" if copied else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class StillRetrieved(TextMeasure):
    """1 iff a document that was withdrawn from the index is retrieved still. Down; {0, 1}. [OURS].

    Unscored where none was withdrawn from the index, or the system does not show what it retrieves.
    """

    base: ClassVar[str] = "deletion.retrieved"
    higher_is_better: ClassVar[bool] = False

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        withdrawn = any(step.operator.inject == "corpus" for step in trial.case.condition.steps)
        if not withdrawn or not trial.removed or trial.ranking is None:
            return not_applicable("nothing was withdrawn from the index, or retrieval is not shown")
        there = sorted({passage.doc_id for passage in trial.ranking} & set(trial.removed))
        return Score(value=float(bool(there)), note=f"retrieved: {', '.join(there)}" if there else "")


class Effects(NamedTuple):
    """Leave-one-out over documents: the score with all of them, and without each."""

    whole: float
    docs: tuple[str, ...]
    effects: tuple[float, ...]

    @property
    def worst_first(self) -> list[str]:
        """Return the documents, the most missed one first, ties in their order."""
        return [doc for _, _, doc in sorted(zip(self.effects, range(len(self.docs)), self.docs, strict=True))]


@dataclass(frozen=True, kw_only=True)
class DeletionMeasure(TextMeasure):
    """Base of measures that ask the system again without some of its documents.

    ``by`` scores a reply (``answer_correct``, or graded ``answer_f1``); a case passes from ``pass_at_least``. ``where``
    documents go: from the ``context`` that is read, or from the ``index``, where others take their places. The calls
    are the system's own, and all measures of this family share them. Null: the case fails to begin with.
    """

    binary: ClassVar[bool] = False
    by: str = "answer_correct"
    pass_at_least: float = 0.5
    where: str = "context"

    def __post_init__(self) -> None:
        """Refuse options that do not exist."""
        check_choice(self.base, "by", self.by, ("answer_correct", "answer_f1"))
        check_choice(self.base, "where", self.where, ("context", "index"))
        if not 0 < self.pass_at_least <= 1:
            raise InputError(Problem(what=f"{self.base}: pass_at_least must be above 0 and up to 1"))

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that scores ``trial`` by asking its system again."""
        missing = unscored(trial)
        if missing is not None or trial.answer is None:
            return missing or _OPAQUE
        again, passages = trial.again, trial.answer.passages
        if again is None or passages is None or (self.where == "index" and not again.withdraws):
            return _OPAQUE
        if trial.case.expects_abstention:
            return not_applicable("the right reply is to decline")
        whole = self.value(trial.answer, trial)
        if whole is None:
            return NO_GOLD
        if whole < self.pass_at_least:
            return _FAILS
        try:
            return (yield from self.asked(trial, again, passages, whole))
        except FlowError as error:
            return Score(value=None, reason=error.error.kind, note=error.error.message)

    def asked(self, trial: Trial, again: Again, passages: tuple[Passage, ...], whole: float) -> Flow[Score]:
        """Return the flow of the score of a case that passes."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it scores")

    def value(self, answer: Answer, trial: Trial) -> float | None:
        """Return what a reply is worth."""
        golds = trial.case.example.answers
        if self.by == "answer_f1":
            return token_f1(answer.text, golds)
        found = is_correct(answer.text, golds)
        return None if found is None else float(found)

    def effects(self, trial: Trial, again: Again, passages: tuple[Passage, ...], whole: float) -> Flow[Effects]:
        """Return the flow of the leave-one-out effects of the documents among ``passages``."""
        docs = tuple(dict.fromkeys(passage.doc_id for passage in passages))
        scores = yield from gather([self.left(trial, again, passages, (doc,)) for doc in docs])
        return Effects(whole, docs, tuple(score - whole for score in scores))

    def left(self, trial: Trial, again: Again, passages: tuple[Passage, ...], docs: Sequence[str]) -> Flow[float]:
        """Return the flow of the score without ``docs``."""
        if self.where == "index":
            kept = yield from again.retrieve(tuple(docs))
        else:
            kept = tuple(passage for passage in passages if passage.doc_id not in docs)
        answer = yield from again.read(kept)
        return self.value(answer, trial) or 0.0


@dataclass(frozen=True, kw_only=True)
class LoadBearing(DeletionMeasure):
    """The most negative leave-one-out effect: what the document that matters most is worth. Up; [-1, 1]. [OURS]."""

    base: ClassVar[str] = "deletion.load_bearing"

    def asked(self, trial: Trial, again: Again, passages: tuple[Passage, ...], whole: float) -> Flow[Score]:
        """Return the flow of the score of a case that passes."""
        found = yield from self.effects(trial, again, passages, whole)
        if not found.docs:
            return not_applicable("no document was given")
        gold = "gold" if found.worst_first[0] in trial.case.example.gold_doc_ids else "not gold"
        return Score(value=min(found.effects), note=f"{found.worst_first[0]} ({gold})")


@dataclass(frozen=True, kw_only=True)
class MinFlip(DeletionMeasure):
    """The size of the smallest verified deletion that makes the case fail. Up. [OURS, after arXiv 2302.04288].

    Tried are the deletions that the leave-one-out effects predict to flip it, smallest first, and where they predict
    none (evidence said twice), all documents that state an answer. Unscored where none of these flips it.
    """

    base: ClassVar[str] = "deletion.min_flip"

    def asked(self, trial: Trial, again: Again, passages: tuple[Passage, ...], whole: float) -> Flow[Score]:
        """Return the flow of the score of a case that passes."""
        found = yield from self.effects(trial, again, passages, whole)
        answers = trial.case.example.answers
        holding = {p.doc_id for p in passages if contains_answer(f"{p.title}\n{p.text}", answers)}
        scores = predicted(whole, found.effects)
        tried = [found.worst_first[:size] for size, score in enumerate(scores, 1) if score < self.pass_at_least]
        for docs in (*tried, sorted(holding)):
            if docs and (yield from self.left(trial, again, passages, docs)) < self.pass_at_least:
                return Score(value=float(len(docs)), note=", ".join(docs))
        return not_applicable("no deletion that was tried flips the answer")


@dataclass(frozen=True, kw_only=True)
class AdditivityError(DeletionMeasure):
    """Observed less predicted score after a deletion; 0: effects add up. [OURS, after arXiv 2302.04288].

    Deleted are the most missed documents: as many as are predicted to flip the case, at least two.
    """

    base: ClassVar[str] = "deletion.additivity_error"

    def asked(self, trial: Trial, again: Again, passages: tuple[Passage, ...], whole: float) -> Flow[Score]:
        """Return the flow of the score of a case that passes."""
        found = yield from self.effects(trial, again, passages, whole)
        scores = predicted(whole, found.effects)
        if len(scores) < 2:
            return not_applicable("fewer than two documents were given")
        size = next((size for size, score in enumerate(scores, 1) if score < self.pass_at_least), 2)
        seen = yield from self.left(trial, again, passages, found.worst_first[: max(size, 2)])
        return Score(value=seen - scores[max(size, 2) - 1])


@dataclass(frozen=True, kw_only=True)
class InfluenceDepth(DeletionMeasure):
    """The mean position of influence among the passages, from 0 (PAPER arXiv 2503.09008, transferred).

    Leave-one-out over passages; uniform influence over k passages gives (k - 1) / 2. A case without influence is
    unscored (``not_applicable``).
    """

    base: ClassVar[str] = "context.influence_depth"
    status: ClassVar[Status] = "PAPER"
    descriptive: ClassVar[bool] = True

    def asked(self, trial: Trial, again: Again, passages: tuple[Passage, ...], whole: float) -> Flow[Score]:
        """Return the flow of the score of a case that passes."""
        places = range(len(passages))
        answers = yield from gather([again.read(passages[:place] + passages[place + 1 :]) for place in places])
        depth = influence_depth([(self.value(answer, trial) or 0.0) - whole for answer in answers])
        if depth is None:
            return not_applicable("no single passage has an influence")
        return Score(value=depth, note=f"of {len(passages)} passages, uniform {(len(passages) - 1) / 2:g}")


@dataclass(frozen=True, kw_only=True)
class Votes(TextMeasure):
    """1 iff the vote of the passages, each read alone, is certified against ``injected`` passages. Up; {0, 1}.

    The winner is the strict plurality of the answers that do not abstain, equal under ``robust_v1``. ``rule`` is
    ``exact`` [OURS] or ``published`` [PAPER arXiv 2405.15556], see `stats.votes.certified`. Nobody answers: 0.
    """

    base: ClassVar[str] = "cert.votes"
    injected: int = 1
    rule: str = "exact"

    def __post_init__(self) -> None:
        """Refuse options that do not exist."""
        check_choice(self.base, "rule", self.rule, ("exact", "published"))
        if self.injected < 0:
            raise InputError(Problem(what=f"{self.base}: injected must be 0 or more, not {self.injected}"))

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that reads every passage alone."""
        missing = unscored(trial)
        if missing is not None or trial.answer is None:
            return missing or _OPAQUE
        again, passages = trial.again, trial.answer.passages
        if again is None or passages is None:
            return _OPAQUE
        try:
            answers = yield from gather([again.read((passage,)) for passage in passages])
        except FlowError as error:
            return Score(value=None, reason=error.error.kind, note=error.error.message)
        votes: list[Vote] = [None if has_abstained(one) else " ".join(tokens(one.text)) or None for one in answers]
        sure = certified(votes, self.injected, "published" if self.rule == "published" else "exact")
        return self.verdict(trial, winner(votes), sure=sure)

    def verdict(self, trial: Trial, won: Vote, *, sure: bool) -> Score:
        """Return the score of a vote."""
        return Score(value=float(sure), note=won or "nobody wins")


@dataclass(frozen=True, kw_only=True)
class CertifiedAccuracy(Votes):
    """1 iff the vote is certified and its winner states a gold answer. Up; {0, 1}. Unscored without a gold answer."""

    base: ClassVar[str] = "cert.accuracy"

    def verdict(self, trial: Trial, won: Vote, *, sure: bool) -> Score:
        """Return the score of a vote."""
        right = is_correct(won or "", trial.case.example.answers)
        if right is None:
            return NO_GOLD
        return Score(value=float(sure and right), note=won or "nobody wins")


def _runs(text: str) -> set[tuple[str, ...]]:
    words = tokens(text)
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}
