from __future__ import annotations

from pathlib import Path

import pytest

from robustcore.corpus.formats.qrels import read_trec_qrels
from robustcore.corpus.load import load_dataset
from robustcore.corpus.records import Dataset, Doc, Example, Qrel
from robustcore.errors import InputError, Problem

HEADER = "query-id\tcorpus-id\tscore\n"
CORPUS = '{"_id": "d1", "title": "One", "text": "first", "metadata": {}}\n{"_id": "d2", "title": "", "text": ""}\n'
QUERIES = "".join(
    f'{{"_id": "{i}", "text": "{t}", "metadata": {{}}}}\n' for i, t in [("q2", "two?"), ("q1", "one?"), ("q3", "3")]
)


def write(folder: Path, **qrels: str) -> Path:
    (folder / "corpus.jsonl").write_text(CORPUS)
    (folder / "queries.jsonl").write_text(QUERIES)
    (folder / "qrels").mkdir()
    for split, rows in qrels.items():
        (folder / "qrels" / f"{split}.tsv").write_text(rows)
    return folder


def problems_of(folder: Path, format: str = "auto") -> tuple[Problem, ...]:  # noqa: A002 # as load_dataset calls it
    with pytest.raises(InputError) as caught:
        load_dataset(folder, format=format)
    return caught.value.problems


def ids(dataset: Dataset) -> list[str]:
    return [example.id for example in dataset.examples]


def test_judged_queries_keep_grades_and_gold_is_above_zero(tmp_path: Path) -> None:
    data = load_dataset(write(tmp_path, test=HEADER + "q1\td1\t2\nq2\td2\t0\nq1\td2\t0\n"))
    assert data.examples == (
        Example(id="q2", question="two?", grades=(("d2", 0),)),
        Example(id="q1", question="one?", gold_doc_ids=("d1",), grades=(("d1", 2), ("d2", 0))),
    )


def test_documents_without_text_are_kept_because_published_sets_have_them(tmp_path: Path) -> None:
    data = load_dataset(write(tmp_path, test=HEADER + "q1\td1\t1\n"))
    assert tuple(data.corpus.docs.values()) == (Doc(id="d1", title="One", text="first"), Doc(id="d2", text=""))


def test_the_split_is_test_or_the_only_one_or_the_one_asked_for(tmp_path: Path) -> None:
    one, two = HEADER + "q1\td1\t1\n", HEADER + "q2\td1\t1\n"
    (tmp_path / "both").mkdir()
    (tmp_path / "only").mkdir()
    both, only = write(tmp_path / "both", test=one, dev=two), write(tmp_path / "only", dev=two)
    assert ids(load_dataset(both)) == ["q1"]
    assert ids(load_dataset(only)) == ["q2"]
    assert ids(load_dataset(both, format="beir:dev")) == ["q2"]


def test_a_split_that_is_not_there_comes_with_the_choices(tmp_path: Path) -> None:
    folder = write(tmp_path, train=HEADER + "q1\td1\t1\n", dev=HEADER + "q1\td1\t1\n")
    (problem,) = problems_of(folder, "beir:trian")
    assert (problem.choices, problem.fix) == (("dev", "train"), "did you mean 'train'?")
    (problem,) = problems_of(folder)
    assert (problem.what, problem.choices) == ("there is no split 'test', and several others", ("dev", "train"))


def test_a_folder_without_judgements_is_a_problem(tmp_path: Path) -> None:
    (problem,) = problems_of(write(tmp_path))
    assert problem.what == "there are no judgements: the folder has no qrels/*.tsv"


@pytest.mark.parametrize(
    ("row", "what", "line", "column"),
    [
        ("q1\td1\n", "the row has 2 cells, not 3", 3, 0),
        ("q1 d1 1\n", "the row has 1 cell, not 3", 3, 0),
        ("q1\td1\thigh\n", "the score must be a whole number, not 'high'", 3, 7),
        ("q1\td1\t1.5\n", "the score must be a whole number, not '1.5'", 3, 7),
        ("q9\td1\t1\n", "no query has the id 'q9'", 3, 1),
        ("q1\td9\t1\n", "no document has the id 'd9'", 3, 4),
        ("q2\td1\t0\n", "document 'd1' has the grades 1 and 0 for query 'q2'", 3, 0),
    ],
)
def test_a_bad_judgement_is_named_with_its_line(tmp_path: Path, row: str, what: str, line: int, column: int) -> None:
    (problem,) = problems_of(write(tmp_path, test=HEADER + "q2\td1\t1\n" + row))
    assert problem.what == what
    assert problem.where is not None
    assert (problem.where.line, problem.where.column) == (line, column)


def test_problems_of_corpus_and_queries_are_shown_together(tmp_path: Path) -> None:
    folder = write(tmp_path, test=HEADER + "q1\td1\t1\n")
    (folder / "corpus.jsonl").write_text("nope\n")
    (folder / "queries.jsonl").write_text('{"_id": "q1", "txt": "?"}\n')
    whats = [problem.what.split(":")[0] for problem in problems_of(folder)]
    assert whats == ["not JSON", "unknown key 'txt'", "'text' is missing"]


def test_trec_qrels_are_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "x.qrels"
    path.write_text("q1 0 d1 2\nq1\t0  d2 -1\r\n\n")
    assert read_trec_qrels(path) == (
        Qrel(query_id="q1", doc_id="d1", relevance=2),
        Qrel(query_id="q1", doc_id="d2", relevance=-1),
    )


def test_bad_trec_qrels_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "x.qrels"
    path.write_text("q1 0 d1 yes\nq1 d2 1\n")
    with pytest.raises(InputError) as caught:
        read_trec_qrels(path)
    whats = [problem.what for problem in caught.value.problems]
    assert whats == ["the grade must be a whole number, not 'yes'", "the row has 3 cells, not 4"]
