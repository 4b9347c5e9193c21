"""ir_measures against measures worked out here, on random runs; and paired tests."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence

import pytest

from robustcore.errors import InputError
from robustcore.measures.ir_runs import score_run
from robustcore.stats.paired import holm, paired_permutation
from robustcore.stats.ranking import by_query

pytest.importorskip("ir_measures", reason="needs the extra 'ir'")

Grades = Mapping[str, int]


def dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))


def ndcg(ids: Sequence[str], grades: Grades, k: int) -> float:
    ideal = dcg(sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:k])
    return dcg([max(grades.get(doc, 0), 0) for doc in ids[:k]]) / ideal


def hits(ids: Sequence[str], grades: Grades) -> list[bool]:
    return [grades.get(doc, 0) > 0 for doc in ids]


def recall(ids: Sequence[str], grades: Grades, k: int) -> float:
    return sum(hits(ids[:k], grades)) / sum(grade > 0 for grade in grades.values())


def precision(ids: Sequence[str], grades: Grades, k: int) -> float:
    return sum(hits(ids[:k], grades)) / k


def reciprocal(ids: Sequence[str], grades: Grades, k: int) -> float:
    return next((1 / (rank + 1) for rank, hit in enumerate(hits(ids[:k], grades)) if hit), 0.0)


def average(ids: Sequence[str], grades: Grades, k: int) -> float:
    found = hits(ids, grades)
    total = sum(sum(found[: rank + 1]) / (rank + 1) for rank, hit in enumerate(found) if hit)
    return total / sum(grade > 0 for grade in grades.values())


def success(ids: Sequence[str], grades: Grades, k: int) -> float:
    return float(any(hits(ids[:k], grades)))


def judged(ids: Sequence[str], grades: Grades, k: int) -> float:
    return sum(doc in grades for doc in ids[:k]) / len(ids[:k]) if ids else 0.0


OURS: dict[str, tuple[Callable[[Sequence[str], Grades, int], float], int]] = {
    "nDCG@10": (ndcg, 10),
    "nDCG@3": (ndcg, 3),
    "R@5": (recall, 5),
    "P@5": (precision, 5),
    "RR@10": (reciprocal, 10),
    "AP": (average, 0),
    "Success@3": (success, 3),
    "Judged@10": (judged, 10),
}


def test_values_equal_an_independent_implementation_on_two_hundred_random_runs() -> None:
    rng = random.Random(7)
    docs = [f"d{i}" for i in range(30)]
    run, qrels = {}, {}
    for number in range(200):
        qrels[f"q{number}"] = {doc: rng.choice([0, 0, 1, 2, 3]) for doc in rng.sample(docs, rng.randint(1, 20))}
        run[f"q{number}"] = rng.sample(docs, rng.randint(0, 25))
    found = score_run(list(OURS), qrels, run)
    scored = [query for query, grades in qrels.items() if any(grade > 0 for grade in grades.values())]
    assert 150 < len(scored) < 200  # the others have nothing relevant, and are left out
    for name, (ours, k) in OURS.items():
        assert found[name].keys() == set(scored)
        for query in scored:
            assert found[name][query] == pytest.approx(ours(run[query], qrels[query], k), abs=1e-9), (name, query)
    assert by_query(run, qrels, 10) == pytest.approx(found["nDCG@10"])


def test_a_query_without_a_ranking_scores_zero_and_an_unknown_measure_is_refused() -> None:
    assert score_run(["nDCG@10"], {"q": {"a": 1}}, {}) == {"nDCG@10": {"q": 0.0}}
    with pytest.raises(InputError, match="unknown retrieval measure"):
        score_run(["nDGC@10"], {"q": {"a": 1}}, {"q": ["a"]})


def test_paired_tests_see_a_shift_and_no_difference_and_holm_adjusts_as_published() -> None:
    rng = random.Random(3)
    first = [rng.random() for _ in range(60)]
    assert paired_permutation(first, first) == 1.0
    assert paired_permutation([], []) is None
    worse = paired_permutation(first, [value - 0.05 - 0.02 * rng.random() for value in first])
    noisy = paired_permutation(first, [value + rng.choice([-0.1, 0.1]) for value in first])
    assert worse is not None
    assert noisy is not None
    assert worse < 0.001 < 0.05 < noisy
    assert paired_permutation([0, 0, 0], [1, 1, 1]) == pytest.approx(0.25)  # two of eight sign patterns
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
