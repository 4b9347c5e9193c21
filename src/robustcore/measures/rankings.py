"""A ranking beside that of the clean question on the clean corpus, case by case (spec metrics 8, task 5). Ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from robustcore.calls.types import Flow
from robustcore.errors import InputError, Problem
from robustcore.measures.base import Score, TextMeasure, not_applicable
from robustcore.stats import ranking
from robustcore.systems.trial import Trial

_UNSEEN = not_applicable("the system does not show what it retrieved")
_CLEAN = not_applicable("nothing was perturbed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRankings(TextMeasure):
    """Base of measures on two rankings of documents: ``before``, the clean twin's, and ``after``, the case's.

    They need no reply. Unscored: a clean case, or a system that shows no ranking (``not_applicable``).
    """

    binary: ClassVar[bool] = False
    higher_is_better: ClassVar[bool] = False
    shows: ClassVar[frozenset[str]] = frozenset({"before"})

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that scores ``trial`` and yields nothing."""
        if trial.skip or (trial.reason and trial.ranking is None):
            note = trial.note or (trial.error.message if trial.error else "")
            return Score(value=None, reason=trial.reason, note=note)
        if not trial.case.condition.steps:
            return _CLEAN
        return self.score(trial)
        yield []

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial whose rankings are there."""
        if trial.ranking is None or trial.before is None:
            return _UNSEEN
        return self.compare(trial.before, documents(trial), trial)

    def compare(self, before: Sequence[str], after: Sequence[str], trial: Trial) -> Score:
        """Return the score of the two rankings."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to compare")


def documents(trial: Trial) -> tuple[str, ...]:
    """Return the ranked documents of a trial, each once, at its best place."""
    return tuple(dict.fromkeys(passage.doc_id for passage in trial.ranking or ()))


def _scored(value: float | None, note: str) -> Score:
    return Score(value=None, reason="not_applicable", note=note) if value is None else Score(value=float(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Top1Changed(ComparedRankings):
    """1 iff another document comes first than on the clean twin (ours). Down; {0, 1}."""

    base: ClassVar[str] = "rank.top1_changed"
    binary: ClassVar[bool] = True

    def compare(self, before: Sequence[str], after: Sequence[str], trial: Trial) -> Score:
        """Return the score of the two rankings."""
        return _scored(ranking.top1_changed(before, after), "the clean ranking is empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopkChanged(ComparedRankings):
    """Share of the clean top ``k`` that is no longer among the top ``k`` (ours). Down; [0, 1]."""

    base: ClassVar[str] = "rank.topk_changed"
    k: int = 10

    def compare(self, before: Sequence[str], after: Sequence[str], trial: Trial) -> Score:
        """Return the score of the two rankings."""
        return _scored(ranking.topk_changed(before, after, self.k), "the clean ranking is empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class KendallDistance(ComparedRankings):
    """Discordant pairs / all pairs among the top ``k``, textbook definition (ours to apply here). Down; [0, 1].

    Unscored where the two hold different documents or fewer than two, which is most often so: rbo_ext needs neither.
    """

    base: ClassVar[str] = "rank.kendall_distance"
    k: int = 10

    def compare(self, before: Sequence[str], after: Sequence[str], trial: Trial) -> Score:
        """Return the score of the two rankings."""
        value = ranking.kendall_distance(before[: self.k], after[: self.k])
        return _scored(value, "different documents, or fewer than two")


@dataclass(frozen=True, slots=True, kw_only=True)
class RboExt(ComparedRankings):
    """Extrapolated rank-biased overlap with the clean ranking (Webber et al., TOIS 2010). Up; [0, 1]; 1 = the same."""

    base: ClassVar[str] = "rank.rbo_ext"
    higher_is_better: ClassVar[bool] = True
    p: float = 0.9

    def __post_init__(self) -> None:
        """Refuse a persistence outside (0, 1)."""
        if not 0 < self.p < 1:
            raise InputError(Problem(what=f"{self.base}: p must lie between 0 and 1, not {self.p:g}"))

    def compare(self, before: Sequence[str], after: Sequence[str], trial: Trial) -> Score:
        """Return the score of the two rankings."""
        return _scored(ranking.rbo_ext(before, after, self.p), "a ranking is empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class RankGain(ComparedRankings):
    """Rank before - rank after of the attacked document, as far as rankings reach (ours). Down; positive = boosted.

    The target is what the perturbation added or edited; a document outside a ranking counts as one rank behind its end.
    """

    base: ClassVar[str] = "rank.rank_gain"

    def compare(self, before: Sequence[str], after: Sequence[str], trial: Trial) -> Score:
        """Return the score of the two rankings."""
        if not trial.added:
            return not_applicable("no document was added or edited")
        gain = ranking.rank_gain(before, after, trial.added[0])
        return Score(value=0.0) if gain is None else Score(value=float(gain))


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosted(RankGain):
    """1 iff the attacked document ranks higher than before (ours). Down; {0, 1}."""

    base: ClassVar[str] = "rank.boosted"
    binary: ClassVar[bool] = True

    def compare(self, before: Sequence[str], after: Sequence[str], trial: Trial) -> Score:
        """Return the score of the two rankings."""
        gain = RankGain.compare(self, before, after, trial)
        return gain if gain.value is None else Score(value=float(gain.value > 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale(ComparedRankings):
    """1 iff a document that was withdrawn is ranked all the same: the index is stale (ours). Down; {0, 1}.

    Unscored where nothing was withdrawn (``not_applicable``).
    """

    base: ClassVar[str] = "rank.stale"
    binary: ClassVar[bool] = True
    shows: ClassVar[frozenset[str]] = frozenset()

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial whose ranking is there."""
        if trial.ranking is None:
            return _UNSEEN
        if not trial.removed:
            return not_applicable("no document was withdrawn")
        return Score(value=float(not set(trial.removed).isdisjoint(documents(trial))))


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldRank(ComparedRankings):
    """The rank of the best gold document, from 1; one behind the end where there is none (ours). Down.

    Unscored without a gold document that is in the corpus as the case has it (``no_oracle``).
    """

    base: ClassVar[str] = "rank.gold_rank"
    shows: ClassVar[frozenset[str]] = frozenset()

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that scores ``trial`` and yields nothing: a clean case counts, too."""
        if trial.skip or trial.ranking is None:
            note = trial.note or (trial.error.message if trial.error else "")
            return Score(value=None, reason=trial.reason, note=note) if trial.reason else _UNSEEN
        gold = [doc for doc in trial.case.example.gold_doc_ids if doc not in trial.removed]
        if not gold:
            return Score(value=None, reason="no_oracle", note="no gold document is in the corpus")
        ids = documents(trial)
        return Score(value=float(min((ids.index(doc) for doc in gold if doc in ids), default=len(ids)) + 1))
        yield []
