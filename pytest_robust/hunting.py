"""``--robust-budget``: a random slice that feeds rates and gates, then a hunt for failures that feeds the list only."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pytest_robust.items import Spec
from pytest_robust.outcomes import judged
from robustcore.case import Case
from robustcore.corpus.records import Example
from robustcore.keys import content_key
from robustcore.report.spending import BudgetReport
from robustcore.scenario.unit import Result, Unit
from robustcore.stats.budget import EPS, SHARE, Difficulty, weighted_loss
from robustcore.stats.slices import Question, draw_slice

if TYPE_CHECKING:
    from robustcore.report.baseline import Snapshot
    from robustcore.stats.hunt import Hunter

Picked: TypeAlias = list[tuple[Unit, Case]]
Run: TypeAlias = Callable[[Sequence[tuple[Unit, Case]]], None]

BAD = ("failed", "tolerated")


@dataclass(slots=True, eq=False)
class Spent:
    """What a budgeted run asked: ``chances`` maps hunted cases (unit, id) to the chance with which they were drawn."""

    report: BudgetReport
    chances: Mapping[tuple[int, str], float] = field(default_factory=dict)


def trials_of(text: str, total: int) -> int:
    """Return the budget in trials: ``25%`` of ``total``, or a number."""
    share = text.rstrip().removesuffix("%")
    return round(float(share) / 100 * total) if share != text.rstrip() else int(share)


def spend(specs: Sequence[Spec], run: Run, *, budget: str, seed: int, remembered: Snapshot | None = None) -> Spent:
    """Run ``budget`` trials of what ``specs`` ask for; mark each unit with the clusters that its rates rest on.

    At least one question of each unit is drawn at random, whatever the budget; the hunt never goes past it.
    ``run`` runs cases with their twins. ``remembered`` are the rows of an earlier run: they tell the hunt which
    questions broke before, and nothing to the rates.
    """
    units = {id(spec.unit): spec.unit for spec in specs}
    pool: Picked = [(units[key], case) for key, cases in _cases(specs).items() for case in cases.values()]
    twins = {_twin(unit, case) for unit, case in pool}
    total = _stressed(pool) + len(twins)
    allowed = min(total, trials_of(budget, total))
    slices = {key: _slice(unit, pool, SHARE * allowed / total, seed) for key, unit in units.items()}
    for key, unit in units.items():
        unit.sampled = slices[key]
    first = [(unit, case) for unit, case in pool if case.cluster in slices[id(unit)]]
    run(first)
    rest = [(unit, case) for unit, case in pool if case.cluster not in slices[id(unit)] and not _clean(case)]
    known = {_twin(unit, case) for unit, case in first}
    spent = _stressed(first) + len(known)
    hunt = _Hunt(first=first, rest=rest, known=known, seed=seed, memory=_memory(remembered))
    chances = hunt.go(run, allowed - spent)
    report = BudgetReport(
        asked=budget,
        budget=allowed,
        total=total,
        random=spent,
        hunted=hunt.spent,
        questions=len({(case.example.id, case.cluster) for _, case in first}),
        cases_random=_stressed(first),
        cases_hunted=len(chances),
        found_random=sum(_broke(unit, case) for unit, case in first),
        found_hunted=sum(_broke(unit, case) for unit, case in hunt.drawn),
        weighted=weighted_loss([float(_broke(u, c)) for u, c in hunt.drawn], list(chances.values()), len(rest)),
        share=SHARE,
        eps=EPS,
        seed=seed,
        warm=hunt.warm,
        breakable=sum(_stands(unit, case) for unit, case in [*first, *hunt.drawn] if not _clean(case)),
    )
    return Spent(report=report, chances=chances)


@dataclass(slots=True, eq=False, kw_only=True)
class _Hunt:
    first: Picked
    rest: Picked
    known: set[tuple[str, ...]]
    seed: int
    memory: Mapping[str, Difficulty]
    drawn: Picked = field(default_factory=list)
    spent: int = 0
    warm: int = 0

    def go(self, run: Run, budget: int) -> dict[tuple[int, str], float]:
        """Draw and run rounds until ``budget`` trials are spent; return the chance of each drawn case."""
        import numpy as np

        from robustcore.stats.hunt import rounds

        chances: dict[tuple[int, str], float] = {}
        if not self.rest or budget < 2:
            return chances
        both = [*self.first, *self.rest]
        hunter = self._hunter(both)
        left = np.zeros(len(both), dtype=bool)
        left[len(self.first) :] = True
        sizes = iter(rounds(budget))
        self._learn(hunter, both, range(len(self.first)))
        while self.spent < budget and left.any():
            indices, given = hunter.draw(left, min(next(sizes, budget), budget - self.spent))
            kept: list[int] = []
            for index, chance in zip(indices, given, strict=True):
                unit, case = both[index]
                cost = 1 + (_twin(unit, case) not in self.known)
                if self.spent + cost > budget:
                    return self._end(run, both, kept, chances)
                self.spent += cost
                self.known.add(_twin(unit, case))
                left[index] = False
                kept.append(index)
                chances[id(unit), case.id] = chance
            self._end(run, both, kept, chances)
            self._learn(hunter, both, kept)
        return chances

    def _end(
        self, run: Run, both: Picked, kept: Sequence[int], chances: dict[tuple[int, str], float]
    ) -> dict[tuple[int, str], float]:
        picked = [both[index] for index in kept]
        run(picked)
        self.drawn += picked
        return chances

    def _hunter(self, both: Picked) -> Hunter:
        import numpy as np

        from robustcore.stats.hunt import Hunter, Pool, codes_of

        questions = codes_of([_asked(unit, case.example) for unit, case in both])
        odds = {name: _log_odds(one) for name, one in self.memory.items()}
        centre = sum(odds.values()) / len(odds) if odds else 0.0
        self.warm = len({case.example.id for _, case in both} & odds.keys())
        pool = Pool(
            question=questions,
            family=codes_of([case.condition.family for _, case in both]),
            severity=codes_of([(unit.scenario.name, case.condition.name) for unit, case in both]),
            margin=np.full(len(both), np.nan),
            memory=np.array([odds.get(case.example.id, centre) - centre for _, case in both]),
        )
        unknown = np.full(len(both), np.nan)
        return Hunter(pool, unknown, np.full(int(questions.max()) + 1, np.nan), np.random.default_rng(self.seed))

    def _learn(self, hunter: Hunter, both: Picked, indices: Iterable[int]) -> None:
        """Enter what was found: outcomes, whether twins pass, and how clear the retrieval of each question was."""
        for index in indices:
            unit, case = both[index]
            twin = unit.twin(case)
            question = hunter.pool.question[index]
            hunter.broken[index] = float(_broke(unit, case))
            hunter.twin[question] = float(_stands(unit, case))
            margin = _margin(twin)
            if margin is not None:
                hunter.pool.margin[hunter.pool.question == question] = margin


def _cases(specs: Iterable[Spec]) -> dict[int, dict[str, Case]]:
    found: dict[int, dict[str, Case]] = {}
    for spec in specs:
        found.setdefault(id(spec.unit), {}).update((case.id, case) for case in spec.cases())
    return found


def _slice(unit: Unit, pool: Picked, share: float, seed: int) -> frozenset[str]:
    """Return the clusters of ``unit`` that are drawn at random: at least one, about ``share`` of them."""
    clusters: dict[str, dict[str, Example]] = {}
    for owner, case in pool:
        if owner is unit:
            clusters.setdefault(case.cluster, {})[case.example.id] = case.example
    questions = {name: _question(list(examples.values())) for name, examples in clusters.items()}
    return draw_slice(questions, max(1, round(share * len(questions))), seed)


def _question(examples: Sequence[Example]) -> Question:
    contents = sorted(content_key(one.question, list(one.answers), one.answerable) for one in examples)
    tags = sorted({tag for one in examples for tag in one.tags})
    stratum = f"{any(one.answerable for one in examples)} {' '.join(tags)}"
    return Question(stratum=stratum, content=content_key(contents))


def _asked(unit: Unit, example: Example) -> tuple[str, ...]:
    """Return what makes two cases share a question: the same text to the same system on the same documents."""
    spec = unit.scenario.system
    return (spec.target if spec else "", unit.dataset.corpus.fingerprint, example.id, example.question)


def _twin(unit: Unit, case: Case) -> tuple[str, ...]:
    return (*_asked(unit, case.example), str(case.replicate))


def _clean(case: Case) -> bool:
    """Say whether ``case`` is its own twin: asked with any other case of its question, and none that can break."""
    return case.clean().id == case.id


def _stressed(cases: Picked) -> int:
    return sum(not _clean(case) for _, case in cases)


def _broke(unit: Unit, case: Case) -> bool:
    """Say whether the clean twin passes and the case does not."""
    return judged(unit, unit.results[case.id], unit.twin(case)).kind in BAD and _stands(unit, case)


def _stands(unit: Unit, case: Case) -> bool:
    """Say whether the clean twin of ``case`` passes: only then can the case break."""
    twin = unit.twin(case)
    return judged(unit, twin, twin).kind == "passed"


def _margin(twin: Result) -> float | None:
    """Return by how much the first passage led the second when the question was clean; None if it is not shown."""
    ranking = twin.trial.ranking or ()
    scores = [passage.score for passage in ranking[:2] if passage.score is not None]
    return scores[0] - scores[1] if len(scores) == 2 else None


def _memory(snapshot: Snapshot | None) -> dict[str, Difficulty]:
    """Return what earlier rows say of each question: how often it stood where its clean twin did."""
    found: dict[str, Difficulty] = {}
    for scenario in (snapshot or {}).values():
        passes = "passes" if "passes" in scenario.columns else None
        kept: dict[str, list[float]] = {}
        for row in scenario.rows(passes) if passes else ():
            if row.value is not None and row.clean is not None and row.family != "clean":
                kept.setdefault(row.item, []).append(float(row.value >= row.clean))
        for item, values in kept.items():
            found[item] = found.get(item, Difficulty()).seen(len(values), sum(values) / len(values), lam=1.0)
    return found


def _log_odds(one: Difficulty) -> float:
    return math.log((1 - one.mean) / one.mean)


def why_not(unit: Unit, case: Case, spent: Spent) -> str:
    """Return why ``case`` was not asked, an empty string if it was."""
    if case.id in unit.results:
        return ""
    one = spent.report
    return f"not asked: outside the budget of {one.budget} of {one.total} trials"
