from __future__ import annotations

import csv as standard_csv
from pathlib import Path

import pytest

from robustcore.corpus.formats import csv
from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.records import Doc, Example
from robustcore.errors import Problem


def docs_of(folder: Path, content: str, name: str = "docs.csv") -> tuple[tuple[Doc, ...], tuple[Problem, ...]]:
    path = folder / name
    path.write_bytes(content.encode())
    faults = Faults(path)
    return csv.read_docs(path, faults), faults.problems


def questions_of(folder: Path, content: str) -> tuple[tuple[Example, ...], tuple[Problem, ...]]:
    path = folder / "questions.csv"
    path.write_bytes(content.encode())
    faults = Faults(path)
    return csv.read_questions(path, faults, {"a", "b"}), faults.problems


def test_documents_with_quoted_line_ends_are_read_as_written(tmp_path: Path) -> None:
    docs, problems = docs_of(tmp_path, '\ufeffid,text,tags\r\na,"one,\r\n""two""",x|y\r\n\r\nb,three,\r\n')
    assert not problems
    assert docs == (Doc(id="a", text='one,\r\n"two"', tags=("x", "y")), Doc(id="b", text="three"))


def test_a_tsv_file_is_separated_by_tabs(tmp_path: Path) -> None:
    docs, problems = docs_of(tmp_path, "id\ttext\na\tone, two\n", "docs.tsv")
    assert (docs, problems) == ((Doc(id="a", text="one, two"),), ())


def test_a_cell_may_be_longer_than_the_csv_module_allows_and_its_limit_stays(tmp_path: Path) -> None:
    before = standard_csv.field_size_limit()
    docs, problems = docs_of(tmp_path, f"id,text\na,{'x' * 300_000}\n")
    assert not problems
    assert len(docs[0].text) == 300_000
    assert standard_csv.field_size_limit() == before


def test_lists_are_separated_by_bars_and_flags_are_words(tmp_path: Path) -> None:
    header = "id,question,answers,answerable,gold_doc_ids,wrong_answers,tags,cluster\n"
    examples, problems = questions_of(
        tmp_path, header + "q1,Why?,22 | 22 days,TRUE,a|b,17,n|m,c\nq2,How?,,no,,,,\nq3,Who?,Ann,,,,,\n"
    )
    assert not problems
    assert examples[0] == Example(
        id="q1",
        question="Why?",
        answers=("22", "22 days"),
        gold_doc_ids=("a", "b"),
        wrong_answers=("17",),
        tags=("n", "m"),
        cluster="c",
    )
    assert [(e.answers, e.answerable) for e in examples[1:]] == [((), False), (("Ann",), True)]


@pytest.mark.parametrize(
    ("content", "what", "line", "column"),
    [
        ("id,text\na,one\nb\n", "the row has 1 cell, the header has 2", 3, 0),
        ("id,text\na,one\nb,two,three\n", "the row has 3 cells, the header has 2", 3, 0),
        ('id,text\na,"one\ntwo"\na,three\n', "id 'a' is used twice: first in line 2", 4, 1),
        ('id,text\na,"one\n', "not CSV: unexpected end of data (the row starts here)", 2, 0),
        ('id,text\na,"one"two\n', "not CSV: ',' expected after '\"' (the row starts here)", 2, 0),
        ("id,text\na,\n", "'text' is missing", 2, 0),
        ("id;text\na;one\n", "the header has one column only: the delimiter is not a comma", 1, 0),
        ("id,txt\na,one\n", "unknown column 'txt'", 1, 0),
        ("id,text,text\na,one,two\n", "column 'text' is there twice", 1, 0),
        ("id,text,\na,one,two\n", "column 3 has no name", 1, 0),
        ("id,text\n", "there are no documents in this file", 0, 0),
        ("", "the file is empty", 0, 0),
    ],
)
def test_a_bad_row_is_named_with_its_line(tmp_path: Path, content: str, what: str, line: int, column: int) -> None:
    _, problems = docs_of(tmp_path, content)
    assert [(p.what, p.where and (p.where.line, p.where.column)) for p in problems] == [(what, (line, column))]


def test_an_unknown_column_comes_with_did_you_mean(tmp_path: Path) -> None:
    _, (problem,) = docs_of(tmp_path, "id,txt\na,one\n")
    assert problem.fix == "did you mean 'text'?"


def test_a_missing_gold_document_points_into_its_cell(tmp_path: Path) -> None:
    _, (problem,) = questions_of(tmp_path, 'id,question,answers,gold_doc_ids\nq,"Why\nso?",x,a|c\n')
    assert problem.what == "no document has the id 'c'"
    assert str(problem.where).endswith("questions.csv:3:10")


def test_a_flag_that_is_no_word_for_yes_or_no_is_a_problem(tmp_path: Path) -> None:
    _, (problem,) = questions_of(tmp_path, "id,question,answers,answerable\nq,Why?,x,maybe\n")
    assert problem.what == "'answerable' cannot be 'maybe'"
    assert "true" in problem.choices


def test_a_value_that_stands_in_several_cells_gets_the_line_only(tmp_path: Path) -> None:
    _, (problem,) = questions_of(tmp_path, "id,question,answers,gold_doc_ids\nc,Why?,x,c\n")
    assert str(problem.where).endswith("questions.csv:2")
