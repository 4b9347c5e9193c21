"""Unit: a scenario bound to its data and its system; it knows its cases, how to run one, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from robustcore.calls.flows import gather
from robustcore.calls.types import Endpoint, Flow
from robustcore.case import CLEAN, Case, Condition
from robustcore.corpus.records import Dataset, Passage
from robustcore.measures.base import Measure, Score
from robustcore.scenario.expand import cases_of, question_tokens
from robustcore.scenario.meets import DEFAULT, meets
from robustcore.scenario.types import Scenario
from robustcore.stats.rows import Row
from robustcore.systems.aides import Aides
from robustcore.systems.drive import AnySystem, guarded
from robustcore.systems.trial import OF_VECTORS, Trial

PASS_RATE = "pass_rate"
SHOWN = 10  # documents of a ranking that a slim result keeps
NOT_RUN = Score(value=None, reason="not_run")


@dataclass(frozen=True, slots=True)
class Result:
    """A trial with its scores by measure name."""

    trial: Trial
    scores: Mapping[str, Score]


class Unit:
    """A scenario on a dataset against a system.

    ``results`` maps case ids to results, clean twins included. ``sampled`` are the clusters that rates rest on where
    some were chosen for being likely to fail (None: all). ``slim`` drops passages once a case is scored, so that a
    scenario of a million trials stays small. ``system`` is called when the system is first needed, ``aides`` gives
    the models that operators ask, should one of them ask any. Cases are made when asked for and not kept;
    what all of them share (parts of ids, names of measures) is made once.
    """

    def __init__(
        self,
        scenario: Scenario,
        dataset: Dataset,
        system: Callable[[], AnySystem],
        *,
        measures: Iterable[Measure] = (),
        slim: bool = False,
        aides: Callable[[], Aides] = Aides,
    ) -> None:
        self.scenario = scenario
        self.dataset = dataset
        self._make_system = system
        self._make_aides = aides
        self.slim = slim
        self.results: dict[str, Result] = {}
        self.sampled: frozenset[str] | None = None
        self._by_name = {measure.name: measure for measure in (*scenario.measures, *measures)}
        self.measures: tuple[Measure, ...] = tuple(self._by_name.values())
        self._all_binary = all(measure.binary for measure in self.measures)
        self._shows = frozenset().union(*(getattr(measure, "shows", ()) for measure in self.measures))
        self._missing_points: dict[str, tuple[str, ...]] = {}
        self._score_sets: dict[tuple[tuple[float | None, str, str], ...], Mapping[str, Score]] = {}

    @cached_property
    def system(self) -> AnySystem:
        """Return the system, built at the first use: listing cases must not load a model."""
        return self._make_system()

    @cached_property
    def aides(self) -> Aides:
        """Return the models that operators and gates of this scenario may ask: none unless one of them does."""
        asked = frozenset().union(*(condition.asks for condition in self.scenario.conditions))
        return self._make_aides().only(asked) if asked else Aides()

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """Return every endpoint its flows may name."""
        merged = {**self.system.endpoints, **self.aides.endpoints}
        for measure in self.measures:
            merged.update(measure.endpoints)
        return merged

    def missing_points(self, condition: Condition) -> tuple[str, ...]:
        """Return the injection points that ``condition`` needs and the system lacks.

        A system that chooses among no options lacks ``choices`` where questions are closed.
        """
        missing = self._missing_points.get(condition.name)
        if missing is None:
            lacking = set(condition.points - self.system.points)
            if self._closed and not getattr(self.system, "chooses", True):
                lacking.add("choices")
            missing = self._missing_points[condition.name] = tuple(sorted(lacking))
        return missing

    def lacks_vectors(self, measures: Iterable[str]) -> bool:
        """Say whether one of ``measures`` asks about vectors of questions where the system has none."""
        asked = frozenset().union(*(getattr(self._by_name.get(name), "shows", ()) for name in measures))
        return not asked.isdisjoint(OF_VECTORS) and not getattr(self.system, "has_vectors", False)

    @cached_property
    def _closed(self) -> bool:
        """Whether some question is to be answered by choosing among options."""
        return any(example.choice is not None for example in self.dataset.examples)

    def unwritten(self, case: Case) -> Iterator[str]:
        """Yield the operators of ``case`` that need a writer where there is none, and no variant is stored."""
        if self.aides.models.writer or not case.condition.flows:
            return
        for step in case.condition.steps:
            operator = step.operator
            of_question = operator.inject == "question"
            stored = operator.name in (case.example.variants if of_question else self._varied)
            if "writer" in operator.needs and not stored:
                yield operator.name

    @cached_property
    def _varied(self) -> frozenset[str]:
        """The operators that some document has a stored variant for."""
        return frozenset(name for doc in self.dataset.corpus.docs.values() for name in doc.variants)

    @cached_property
    def _tokens(self) -> list[str]:
        return question_tokens(self.scenario, self.dataset.examples)

    @cached_property
    def _twins(self) -> list[str]:
        """The ids of the clean twins, in the order in which `cases` yields the cases of any condition."""
        return [case.id for case in self.cases(CLEAN)]

    def cases(self, condition: Condition) -> Iterator[Case]:
        """Return the cases of one condition, in the order of the questions."""
        return cases_of(self.scenario, condition, self.dataset.examples, self._tokens)

    def by_question(self, conditions: Iterable[Condition]) -> Iterator[Case]:
        """Yield the cases of ``conditions``, those of a question together: they share its twin and its analysis."""
        return chain.from_iterable(zip(*map(self.cases, conditions), strict=True))

    def with_twins(self, cases: Iterable[Case]) -> Iterator[Case]:
        """Yield what must run for ``cases``: each case and its clean twin, once, without those that have results."""
        seen: set[str] = set()
        twin: Case | None = None
        for case in cases:
            if twin is None or twin.example is not case.example or twin.replicate != case.replicate:
                twin = case.clean()
                if twin.id not in self.results and twin.id not in seen:
                    seen.add(twin.id)
                    yield twin
            if case.id not in self.results and case.id not in seen:
                seen.add(case.id)
                yield case

    def done(self, condition: Condition) -> Iterator[tuple[Case, Result, Result | None]]:
        """Yield each case of ``condition`` that has a result, with it and that of its clean twin (None: not run)."""
        results = self.results
        for case, twin in zip(self.cases(condition), self._twins, strict=True):
            result = results.get(case.id)
            if result is not None:
                yield case, result, results.get(twin)

    def flow(self, case: Case) -> Flow[Result]:
        """Return the flow that runs and scores ``case``."""
        data, models = self.dataset, self.aides.models
        trial = yield from guarded(case, self.system, data.corpus, models, self._shows, others=data.examples)
        scores = yield from gather([measure.flow(trial) for measure in self.measures])
        kept = _slim(trial) if self.slim else trial
        return Result(kept, self._shared(scores))

    def _shared(self, scores: Sequence[Score]) -> Mapping[str, Score]:
        """Return ``scores`` by measure name; the same object for the same scores where they can only be 0 or 1."""
        by_name = dict(zip(self._by_name, scores, strict=True))
        if not self._all_binary:
            return by_name
        key = tuple([(score.value, score.reason, score.note) for score in scores])
        return self._score_sets.setdefault(key, by_name)

    def twin(self, case: Case) -> Result:
        """Return the result of the clean twin."""
        return self.results[case.clean().id]

    def rows(self, measure: str, conditions: Iterable[Condition] | None = None) -> Iterator[Row]:
        """Yield one row per case that has a result, for one measure."""
        for condition in self.scenario.conditions if conditions is None else conditions:
            family = condition.family
            for case, result, twin in self.done(condition):
                if self.sampled is not None and case.cluster not in self.sampled:
                    continue
                score, clean = self._scores(measure, result, twin)
                yield Row(
                    case_id=case.id,
                    item=case.example.id,
                    cluster=case.cluster,
                    condition=condition.label,
                    family=family,
                    severity=condition.severity,
                    replicate=case.replicate,
                    measure=measure,
                    value=score.value,
                    reason=score.reason,
                    clean=clean.value,
                    clean_reason=clean.reason,
                    tags=case.example.tags,
                )

    def met(self, result: Result, twin: Result) -> Score:
        """Return whether a case meets the `each` expectation of the scenario, or its default."""
        each = self.scenario.each or DEFAULT
        return meets(each, self._by_name[each.measure], result.scores[each.measure], twin.scores[each.measure])

    def _scores(self, measure: str, result: Result, twin: Result | None) -> tuple[Score, Score]:
        """Return the score of a case and of its clean twin; ``pass_rate`` is the share that meets `each`."""
        if measure == PASS_RATE:
            if twin is None:
                return NOT_RUN, NOT_RUN
            return self.met(result, twin), self.met(twin, twin)
        return result.scores[measure], NOT_RUN if twin is None else twin.scores[measure]


def _slim(trial: Trial) -> Trial:
    answer = trial.answer
    if answer is not None and (answer.passages is not None or answer.logprobs or len(answer.citations) > 1):
        answer = replace(answer, passages=None, citations=answer.citations[:1], logprobs=None)
    if answer is trial.answer and trial.ranking is None and trial.twin is None:
        return trial
    if trial.unread:  # the ranking is all there is to see of it
        first = (trial.ranking or ())[:SHOWN]
        ranking = tuple(Passage(doc_id=passage.doc_id, text="") for passage in first)
        return replace(trial, ranking=ranking, before=None, again=None)
    return replace(trial, ranking=None, before=None, twin=None, answer=answer, again=None)
