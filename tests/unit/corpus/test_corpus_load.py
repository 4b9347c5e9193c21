from __future__ import annotations

import gc
import json
import os
import time
from pathlib import Path

import pytest

from robustcore.corpus.load import load_dataset
from robustcore.errors import InputError, Problem, UnknownNameError

DOC = '{"id": "d", "text": "one"}\n'
QUESTION = '{"id": "q", "question": "?", "answer": "one", "gold_doc_ids": ["d"]}\n'
CALIBRATION = '{"id": "c", "question": "??"}\n'
QA = {"id": "s", "question": "?", "answers": [{"text": "x"}]}
SQUAD = {"version": "v2.0", "data": [{"title": "T", "paragraphs": [{"context": "x", "qas": [QA]}]}]}


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content)
    return folder


def problems_of(source: Path, questions: Path | None = None, format: str = "auto") -> tuple[Problem, ...]:  # noqa: A002
    with pytest.raises(InputError) as caught:
        load_dataset(source, questions=questions, format=format)
    return caught.value.problems


def test_a_folder_in_the_bundled_layout_is_read_whole(tmp_path: Path) -> None:
    folder = write(tmp_path / "own", docs__jsonl=DOC, questions__jsonl=QUESTION, calibration__jsonl=CALIBRATION)
    data = load_dataset(folder)
    assert (data.name, list(data.corpus.docs)) == ("own", ["d"])
    assert [e.id for e in data.examples] == ["q"]
    assert [e.id for e in data.calibration] == ["c"]


def test_calibration_may_be_absent_and_given_files_take_the_place_of_the_folders(tmp_path: Path) -> None:
    folder = write(tmp_path / "own", docs__jsonl=DOC, questions__jsonl="broken")
    other = write(tmp_path / "other", q__csv="id,question\nother,?\n", c__jsonl=CALIBRATION)
    assert load_dataset(folder, questions=other / "q.csv").calibration == ()
    data = load_dataset(folder, questions=other / "q.csv", calibration=other / "c.jsonl")
    assert [e.id for e in (*data.examples, *data.calibration)] == ["other", "c"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.jsonl", DOC),
        ("x.ndjson", DOC),
        ("x.json", DOC),
        ("x", DOC),
        ("x.data", DOC + '{"id": "version", "text": "{\\"data\\": 1}"}'),
        ("x.csv", "id,text\nd,one\n"),
        ("x.tsv", "id\ttext\nd\tone\n"),
        ("x", "id,text\nd,one\n"),
    ],
)
def test_the_format_of_a_file_of_documents_is_detected(tmp_path: Path, name: str, content: str) -> None:
    write(tmp_path, questions__jsonl=QUESTION)
    (tmp_path / name).write_text(content)
    data = load_dataset(tmp_path / name, questions=tmp_path / "questions.jsonl")
    assert data.corpus.docs["d"].text == "one"
    assert data.name == "x"


@pytest.mark.parametrize("name", ["x.json", "x", "x.squad"])
@pytest.mark.parametrize("indent", [None, 2])
def test_squad_is_detected_however_it_is_written(tmp_path: Path, name: str, indent: int | None) -> None:
    (tmp_path / name).write_text(json.dumps(SQUAD, indent=indent))
    data = load_dataset(tmp_path / name)
    assert [e.id for e in data.examples] == ["s"]


def test_a_questions_file_takes_the_place_of_squads_own(tmp_path: Path) -> None:
    write(tmp_path, s__json=json.dumps(SQUAD), q__jsonl=QUESTION.replace('"d"', '"T-001"'))
    assert [e.id for e in load_dataset(tmp_path / "s.json", questions=tmp_path / "q.jsonl").examples] == ["q"]


def test_a_markdown_folder_takes_questions_beside_or_inside_it(tmp_path: Path) -> None:
    folder = write(tmp_path / "md", d__md="one")
    outside = write(tmp_path, q__jsonl=QUESTION) / "q.jsonl"
    assert [e.id for e in load_dataset(folder, questions=outside).examples] == ["q"]
    write(folder, questions__jsonl=QUESTION.replace('"q"', '"inside"'), calibration__jsonl=CALIBRATION)
    data = load_dataset(folder)
    assert [e.id for e in (*data.examples, *data.calibration)] == ["inside", "c"]


def test_documents_without_questions_are_a_problem(tmp_path: Path) -> None:
    (problem,) = problems_of(write(tmp_path, x__jsonl=DOC) / "x.jsonl")
    assert problem.what == "these are documents without questions"


def test_problems_of_all_files_are_shown_together(tmp_path: Path) -> None:
    folder = write(tmp_path / "own", docs__jsonl="nope\n", questions__jsonl="nope\n", calibration__jsonl="nope\n")
    found = [(Path(p.where.file).name, p.where.line) for p in problems_of(folder) if p.where]
    assert found == [("docs.jsonl", 1), ("questions.jsonl", 1), ("calibration.jsonl", 1)]


def test_gold_ids_are_not_blamed_for_documents_that_could_not_be_read(tmp_path: Path) -> None:
    folder = write(tmp_path / "own", docs__jsonl="nope\n", questions__jsonl=QUESTION)
    (problem,) = problems_of(folder)
    assert problem.what.startswith("not JSON")


def test_a_question_cannot_be_scored_and_calibrate(tmp_path: Path) -> None:
    folder = write(tmp_path / "own", docs__jsonl=DOC, questions__jsonl=QUESTION, calibration__jsonl=QUESTION)
    (problem,) = problems_of(folder)
    assert problem.what == "question 'q' is a calibration question too"


def test_a_missing_file_comes_with_what_is_beside_it(tmp_path: Path) -> None:
    write(tmp_path, docs__jsonl=DOC)
    (problem,) = problems_of(tmp_path / "dosc.jsonl")
    assert (problem.what, problem.fix) == ("there is no such file", "did you mean 'docs.jsonl'?")
    (problem,) = problems_of(tmp_path / "no" / "docs.jsonl")
    assert problem.fix == f"there is no folder {tmp_path / 'no'}"


def test_a_folder_where_a_file_is_expected_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, x__jsonl=DOC)
    (problem,) = problems_of(tmp_path / "x.jsonl", questions=tmp_path)
    assert problem.what == "this is a folder; a file is expected here"
    assert "this is a folder" in problems_of(tmp_path, format="csv", questions=tmp_path / "x.jsonl")[0].what


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "docs.jsonl")
    (problem,) = problems_of(tmp_path / "docs.jsonl")
    assert problem.what == "this is not a regular file"


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({}, "this folder is empty"),
        ({"a__py": "x", "b__png": "x"}, "this folder holds no corpus; it has: a.py, b.png"),
        ({"docs__jsonl": DOC, "corpus__jsonl": DOC}, "the folder has docs.jsonl and corpus.jsonl: two corpora"),
    ],
)
def test_a_folder_that_is_no_corpus_is_described(tmp_path: Path, files: dict[str, str], what: str) -> None:
    (problem,) = problems_of(write(tmp_path / "own", **files))
    assert problem.what == what


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("x.md", "# x", "this is one text file; a Markdown corpus is a folder"),
        ("x.yaml", "a: 1", "the format of this file cannot be told from its name or content"),
    ],
)
def test_a_file_of_no_known_format_comes_with_the_choices(tmp_path: Path, name: str, content: str, what: str) -> None:
    (tmp_path / name).write_text(content)
    (problem,) = problems_of(tmp_path / name)
    assert (problem.what, problem.choices) == (what, ("folder", "jsonl", "csv", "markdown", "squad", "beir", "closed"))


def test_an_unknown_format_comes_with_did_you_mean(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'squad'"):
        load_dataset(tmp_path, format="sqad")
    with pytest.raises(InputError, match="only beir has splits"):
        load_dataset(tmp_path, format="squad:dev")


def test_a_hundred_thousand_documents_load_in_well_under_three_seconds(tmp_path: Path) -> None:
    row = {"title": "t", "text": "lorem ipsum dolor " * 20, "tags": ["a"]}
    docs = "".join(json.dumps({"id": f"d{i}"} | row) + "\n" for i in range(100_000))
    folder = write(tmp_path / "own", docs__jsonl=docs, questions__jsonl=QUESTION.replace('"d"', '"d99999"'))
    gc.collect()
    start = time.process_time()  # the machine may be busy with other things
    data = load_dataset(folder)
    assert time.process_time() - start < 3
    assert len(data.corpus) == 100_000
