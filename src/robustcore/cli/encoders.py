"""``pytest-robust encoders A B C``: compare encoders, and retrievers beside them, on your corpus before a migration."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robustcore.errors import InputError, Problem

if TYPE_CHECKING:
    from robustcore.corpus.records import Dataset
    from robustcore.report.retrievers import RetrieverRow
    from robustcore.scenario.vocabulary import Vocabulary
    from robustcore.systems.retrieval.base import Retriever

_PACKAGED = "packaged"
ROWS = ("dense", "bm25", "hybrid", "reranked")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to compare, on what, and what to print or write."""
    add = parser.add_argument
    named = f"sentence-transformers models, by hub name or folder; {_PACKAGED}, the default: all-MiniLM-L6-v2"
    add("encoders", nargs="*", metavar="ENCODER", help=named)
    add(
        "--data", required=True, metavar="DATA", help="a bundled corpus, or a file or folder of documents and questions"
    )
    add("--questions", type=Path, metavar="FILE", help="the questions, where DATA holds documents only")
    rows = f"rows for each encoder (repeatable): {', '.join(ROWS)} (default: dense; bm25 is always a row)"
    add("--retriever", action="append", default=[], choices=ROWS, help=rows)
    add(
        "--index",
        default="flat",
        choices=("flat", "hnsw", "ivf"),
        help="the index of dense rows; all but flat may miss",
    )
    add(
        "--run",
        dest="runs",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a TREC run made elsewhere, as a row",
    )
    add("--sample", type=int, default=0, metavar="N", help="draw N questions")
    add("--cache", type=Path, metavar="DIR", help="keep embeddings here: the next run embeds what changed")
    add(
        "--write-runs",
        type=Path,
        metavar="DIR",
        help="write each row's clean run and the judgements as TREC files, and the data as a BEIR folder",
    )
    add("--json", action="store_true", help="print JSON, values by query first, instead of tables")


def run(arguments: argparse.Namespace, words: Callable[[], Vocabulary]) -> int:
    """Compare and print; raise `InputError` for data or a model that cannot be used."""
    from robustcore.report.retrievers import retriever_rows, row_of_run, tested

    dataset = _dataset(arguments, words())
    if not any(example.relevance for example in dataset.examples):
        fix = "give them gold_doc_ids, or a BEIR folder with its judgements"
        raise InputError(Problem(what="no question names a relevant document", fix=fix))
    named = list(_retrievers(arguments, dataset))
    rows = retriever_rows([one for _, one in named], dataset)
    rows += [row_of_run(path.stem, _run_file(path), dataset) for path in arguments.runs]
    rows = tested(rows)
    if arguments.write_runs:
        _write(arguments.write_runs, [one for _, one in named], dataset)
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False))
    else:
        _print(rows, dataset)
    return 0


def _dataset(arguments: argparse.Namespace, words: Vocabulary) -> Dataset:
    from robustcore.corpus.bundled import bundled_dataset
    from robustcore.corpus.load import load_dataset
    from robustcore.corpus.select import sample

    if arguments.data in words.bundled:
        found = bundled_dataset(arguments.data)
    else:
        found = load_dataset(Path(arguments.data), questions=arguments.questions)
    return sample(found, arguments.sample, 0) if arguments.sample else found


def _retrievers(arguments: argparse.Namespace, dataset: Dataset) -> Iterator[tuple[str, Retriever]]:
    """Yield a retriever per encoder and kind, and BM25 once."""
    from robustcore.endpoints.local.encoder import Encoder
    from robustcore.endpoints.local.weights import PACKAGED
    from robustcore.systems.retrieval.names import read_options, retriever

    made: dict[str, Encoder] = {}
    kinds = [kind for kind in dict.fromkeys(arguments.retriever or ["dense"]) if kind != "bm25"]
    for named in arguments.encoders or [_PACKAGED]:
        model = PACKAGED if named == _PACKAGED else named
        for kind in kinds:
            full = read_options(kind, {"encoder": model, "index": arguments.index})
            own = retriever(
                kind, dataset, full, cache=arguments.cache, encoder_of=lambda n: made.setdefault(n, Encoder(n))
            )
            label = kind if model == PACKAGED else f"{kind} ({Path(model).name})"
            own.name = label + ("" if own.exact else ", approximate")  # type: ignore[misc]  # ours have a settable one
            yield label, own
    yield "bm25", retriever("bm25", dataset, read_options("bm25", {}))


def _run_file(path: Path) -> Any:
    from robustcore.corpus.formats.runs import read_trec_run

    return read_trec_run(path)


def _write(folder: Path, retrievers: Sequence[Retriever], dataset: Dataset) -> None:
    from robustcore.corpus.formats.runs import write_beir, write_trec_qrels, write_trec_run
    from robustcore.report.retrievers import runs_of

    folder.mkdir(parents=True, exist_ok=True)
    write_trec_qrels(folder / "qrels.txt", dataset)
    write_beir(folder / "beir", dataset)
    for one in retrievers:
        name = "".join(char if char.isalnum() else "-" for char in one.name).strip("-")
        write_trec_run(folder / f"{name}.trec", runs_of(one, dataset.examples), tag=name)


def _print(rows: Sequence[RetrieverRow], dataset: Dataset) -> None:
    from rich.console import Console

    from robustcore.report.retrievers_terminal import render

    render(rows, dataset, Console(highlight=False))
