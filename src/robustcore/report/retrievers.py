"""Retrievers side by side on one corpus: query by query first, then means, intervals and paired tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from robustcore.case import Case, Condition, Step
from robustcore.corpus.records import Dataset, Example
from robustcore.keys import rng_of
from robustcore.measures.ir_runs import score_run
from robustcore.perturb.base import Operator
from robustcore.perturb.edit import At, CorpusEdit
from robustcore.stats.means import estimate
from robustcore.stats.paired import holm, paired_permutation
from robustcore.stats.ranking import change, rank_gain, top1_changed, variance, worst_mean
from robustcore.stats.rows import Estimate
from robustcore.stats.samples import Sample
from robustcore.stats.style import chance, margins, pair_index, robustness_index
from robustcore.systems.retrieval.base import Ranking, Retriever
from robustcore.systems.retrieval.certify import certificates
from robustcore.systems.retrieval.dense import Dense
from robustcore.systems.retrieval.styles import K, style_texts

MEASURE = "nDCG@10"
QUERY_ATTACKS = (
    *("question.typo_composite", "question.misspelled", "question.grammar_slip"),
    *("question.stopword_removal", "question.casing", "question.verbosity"),
)
DOCUMENT_ATTACK = "corpus.doc_attack"
NO_EDIT = CorpusEdit()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieverRow:
    """What one retriever did. Values by query come first: ``clean`` and, by operator, ``attacked`` nDCG@10.

    ``mean`` has limits over queries; ``vndcg`` and ``worst_quarter`` are those of task 1; ``query_change`` that of task
    4, by operator and over all; ``top1_changed`` and ``boosted`` those of task 5, by mode. ``certified`` is the share
    of query attacks inside their certificate, ``violations`` how many of those changed the top-k all the same; ``ri``,
    ``chance``, ``crossed`` and ``style_pairs`` the style index. None where there are no vectors. ``p`` compares with
    the first row, Holm-adjusted.
    """

    name: str
    exact: bool
    clean: Mapping[str, float]
    attacked: Mapping[str, Mapping[str, float]]
    mean: Estimate
    vndcg: float | None
    worst_quarter: float | None
    query_change: Mapping[str, float | None]
    top1_changed: Mapping[str, float]
    boosted: Mapping[str, float]
    certified: float | None = None
    violations: int | None = None
    ri: float | None = None
    chance: float | None = None
    crossed: float | None = None
    style_pairs: Mapping[str, float | None] | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A question as it is put, and the edit of the corpus it is put to."""

    example: Example
    question: str
    edit: CorpusEdit = NO_EDIT
    target: str = ""


def retriever_rows(retrievers: Sequence[Retriever], dataset: Dataset, *, depth: int = 100) -> list[RetrieverRow]:
    """Return a row per retriever on the questions of ``dataset`` that have a relevant document."""
    examples = [example for example in dataset.examples if any(grade > 0 for grade in example.relevance.values())]
    queries = {name: list(_asked(examples, dataset, name, {})) for name in QUERY_ATTACKS}
    modes = _operator(DOCUMENT_ATTACK).options["mode"].choices
    documents = {mode: list(_asked(examples, dataset, DOCUMENT_ATTACK, {"mode": mode})) for mode in modes}
    rows = [_row(one, dataset, examples, queries, documents, depth) for one in retrievers]
    return _tested(rows)


def runs_of(
    retriever: Retriever, examples: Sequence[Example], *, depth: int = 100
) -> dict[str, list[tuple[str, float]]]:
    """Return the clean run of a retriever: question id → documents with scores, best first."""
    found = retriever.search([example.question for example in examples], [NO_EDIT] * len(examples), depth)
    return {
        example.id: list(zip(ranking.ids, ranking.scores, strict=True))
        for example, ranking in zip(examples, found, strict=True)
    }


def row_of_run(name: str, run: Mapping[str, Sequence[tuple[str, float]]], dataset: Dataset) -> RetrieverRow:
    """Return the row of a run that was made elsewhere: clean figures, and nothing that would need the retriever."""
    qrels = {example.id: dict(example.relevance) for example in dataset.examples}
    clean = score_run([MEASURE], qrels, {query: [doc for doc, _ in found] for query, found in run.items()})[MEASURE]
    return _summed(name, True, clean, {}, {}, {}, {})


def _row(
    retriever: Retriever,
    dataset: Dataset,
    examples: Sequence[Example],
    queries: Mapping[str, Sequence[_Asked]],
    documents: Mapping[str, Sequence[_Asked]],
    depth: int,
) -> RetrieverRow:
    clean = dict(zip([e.id for e in examples], _search(retriever, [_as_is(e) for e in examples], depth), strict=True))
    scored = _scores(examples, clean)
    attacked = {}
    for name, asked in queries.items():
        found = _search(retriever, asked, depth)
        run = {one.example.id: ranking for one, ranking in zip(asked, found, strict=True)}
        attacked[name] = _scores([one.example for one in asked], run)
    top1, boosted = {}, {}
    for mode, asked in documents.items():
        pairs = [(clean[one.example.id].ids, found.ids, one.target)
                 for one, found in zip(asked, _search(retriever, asked, depth), strict=True)]  # fmt: skip
        changed = [top1_changed(before, after) for before, after, _ in pairs]
        known = [value for value in changed if value is not None]
        top1[mode] = sum(known) / len(known) if known else 0.0
        gains = [rank_gain(before, after, target) or 0 for before, after, target in pairs]
        boosted[mode] = sum(gain > 0 for gain in gains) / len(gains) if gains else 0.0
    shown = _of_vectors(retriever, dataset, queries) if isinstance(retriever, Dense) else {}
    return _summed(retriever.name, retriever.exact, scored, attacked, top1, boosted, shown)


def _summed(
    name: str,
    exact: bool,
    clean: Mapping[str, float],
    attacked: Mapping[str, Mapping[str, float]],
    top1: Mapping[str, float],
    boosted: Mapping[str, float],
    shown: Mapping[str, object],
) -> RetrieverRow:
    sample = Sample(clusters={query: [value] for query, value in clean.items()}, planned=1, unscored={})
    changes: dict[str, float | None] = {}
    for operator, values in attacked.items():
        changes[operator] = change(*_pair_means(clean, values))
    pooled = [_pair_means(clean, values) for values in attacked.values() if values]
    if pooled:
        weights = [len(values) for values in attacked.values() if values]
        means = [sum(w * pair[side] for w, pair in zip(weights, pooled, strict=True)) / sum(weights) for side in (0, 1)]
        changes["all"] = change(means[0], means[1])
    by_query = list(clean.values())
    return RetrieverRow(
        name=name,
        exact=exact,
        clean=clean,
        attacked=attacked,
        mean=estimate(sample, 0.95, display=True),
        vndcg=variance(by_query),
        worst_quarter=worst_mean(by_query),
        query_change=changes,
        top1_changed=top1,
        boosted=boosted,
        **shown,  # type: ignore[arg-type]  # the fields that `_of_vectors` names
    )


def _pair_means(clean: Mapping[str, float], values: Mapping[str, float]) -> tuple[float, float]:
    if not values:
        return 0.0, 0.0
    return sum(clean[query] for query in values) / len(values), sum(values.values()) / len(values)


def _of_vectors(dense: Dense, dataset: Dataset, queries: Mapping[str, Sequence[_Asked]]) -> dict[str, object]:
    payloads = [
        {"original": one.example.question, "question": one.question, "gold": []}
        for asked in queries.values()
        for one in asked
    ]
    found = certificates(dense, payloads, k=min(10, max(1, len(dense.corpus) - 1)))
    inside = [one for one in found if one["certified"]]
    shown: dict[str, object] = {
        "certified": len(inside) / len(found) if found else None,
        "violations": sum(one["changed"] for one in inside),
    }
    texts = style_texts(dataset.examples)
    if len(texts.rows) < 2:
        return shown
    grid = texts.grid(dense.embed(texts.texts))
    crossed = margins(grid)
    known = crossed[~np.isnan(crossed)]
    pairs = {
        f"as asked | {style}": pair_index(grid, 0, number, 1) for number, style in enumerate(texts.styles) if number
    }
    return shown | {
        "ri": robustness_index(grid, K),
        "chance": chance(len(texts.rows), len(texts.styles)),
        "crossed": float((known <= 0).mean()) if len(known) else None,
        "style_pairs": pairs,
    }


def _tested(rows: Sequence[RetrieverRow]) -> list[RetrieverRow]:
    from dataclasses import replace

    first = rows[0].clean if rows else {}
    raw = []
    for row in rows[1:]:
        both = [query for query in first if query in row.clean]
        raw.append(paired_permutation([first[query] for query in both], [row.clean[query] for query in both]))
    adjusted = iter(holm([one for one in raw if one is not None]))
    return [
        *rows[:1],
        *(replace(r, p=None if one is None else next(adjusted)) for r, one in zip(rows[1:], raw, strict=True)),
    ]


def tested(rows: Sequence[RetrieverRow]) -> list[RetrieverRow]:
    """Return ``rows`` with each compared with the first: a paired permutation test by query, Holm over all of them."""
    return _tested(rows)


def _search(retriever: Retriever, asked: Sequence[_Asked], depth: int) -> list[Ranking]:
    return retriever.search([one.question for one in asked], [one.edit for one in asked], depth)


def _scores(examples: Sequence[Example], run: Mapping[str, Ranking]) -> dict[str, float]:
    qrels = {example.id: dict(example.relevance) for example in examples}
    return score_run([MEASURE], qrels, {query: ranking.ids for query, ranking in run.items()})[MEASURE]


def _as_is(example: Example) -> _Asked:
    return _Asked(example=example, question=example.question)


def _asked(examples: Sequence[Example], dataset: Dataset, name: str, options: Mapping[str, object]) -> Iterator[_Asked]:
    """Yield each question as the operator makes it at severity 1, seeded as a case of a scenario is; no noops."""
    operator = _operator(name)
    full = {option.name: option.default for option in operator.options.values()} | dict(options)
    condition = Condition(label=operator.short, severity=1.0, steps=(Step(operator, full),))
    for example in examples:
        seed = Case(id=example.id, example=example, condition=condition).seed
        at = At(severity=1.0, rng=rng_of(seed), example=example, corpus=dataset.corpus)
        on_corpus = operator.inject == "corpus"
        edit = operator.apply(NO_EDIT if on_corpus else example.question, at, **full)
        if edit.status != "applied":
            continue
        if on_corpus:
            yield _Asked(example=example, question=example.question, edit=edit.value, target=edit.added[0])
        else:
            yield _Asked(example=example, question=edit.value)


def _operator(name: str) -> Operator:
    from robustcore.perturb.families import shipped

    return next(operator for operator in shipped() if operator.name == name)
