from __future__ import annotations

import json
from pathlib import Path

import pytest

from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.formats.jsonl import read_docs, read_questions
from robustcore.corpus.records import Doc, Example
from robustcore.errors import Problem

GOOD = '{"id": "a", "text": "one"}\n'


def docs_of(folder: Path, content: str | bytes) -> tuple[tuple[Doc, ...], tuple[Problem, ...]]:
    path = folder / "docs.jsonl"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    faults = Faults(path)
    return read_docs(path, faults), faults.problems


def questions_of(folder: Path, *rows: dict[str, object]) -> tuple[tuple[Example, ...], tuple[Problem, ...]]:
    path = folder / "questions.jsonl"
    path.write_text("".join(json.dumps({"id": f"q{i}", "question": "Why?"} | row) + "\n" for i, row in enumerate(rows)))
    faults = Faults(path)
    return read_questions(path, faults, {"doc-17", "doc-18"}), faults.problems


def place(problem: Problem) -> tuple[int, int]:
    assert problem.where is not None
    return problem.where.line, problem.where.column


def test_documents_keep_their_order_and_fields(tmp_path: Path) -> None:
    rows = '{"id": "b", "text": "two", "title": "T", "tags": ["x", "y"]}\n{"_id": "a", "text": "one"}\n'
    docs, problems = docs_of(tmp_path, rows)
    assert not problems
    assert docs == (Doc(id="b", text="two", title="T", tags=("x", "y")), Doc(id="a", text="one"))


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
        b"\n\n" + GOOD.encode() + b"  \n",
        GOOD[:-1].encode(),
    ],
    ids=["bom", "crlf", "blank lines", "no newline at the end"],
)
def test_byte_order_mark_crlf_and_blank_lines_are_fine(tmp_path: Path, content: bytes) -> None:
    docs, problems = docs_of(tmp_path, content)
    assert (docs, problems) == ((Doc(id="a", text="one"),), ())


def test_metadata_and_null_are_ignored(tmp_path: Path) -> None:
    docs, problems = docs_of(tmp_path, '{"id": "a", "text": "one", "title": null, "metadata": {"url": 1}}')
    assert (docs, problems) == ((Doc(id="a", text="one"),), ())


def test_unicode_line_separators_do_not_end_a_line(tmp_path: Path) -> None:
    docs, problems = docs_of(tmp_path, '{"id": "a", "text": "x\u2028y\u0085z"}\n')
    assert not problems
    assert docs[0].text == "x\u2028y\u0085z"


@pytest.mark.parametrize(
    ("line", "what", "column"),
    [
        ('{"id": "b", "text": "two"', "not JSON", 26),
        ('{"id": "b", "text": }', "not JSON", 21),
        ('["b"]', "a line must hold an object, not a list", 1),
        ('{"id": "b", "text": "  "}', "'text' is empty", 13),
        ('{"id": "b"}', "'text' is missing", 0),
        ('{"id": "", "text": "two"}', "'id' is empty", 2),
        ('{"id": 7, "text": "two"}', "'id' must be text, not a number", 2),
        ('{"id": "b", "text": "two", "tags": "x"}', "'tags' must be a list of texts, not text", 28),
        ('{"id": "b", "text": "two", "tags": ["x", 3]}', "'tags' must hold texts; item 2 is a number", 28),
        ('{"id": "b", "text": "two", "titel": "T"}', "unknown key 'titel'", 28),
        ('{"id": "b", "_id": "c", "text": "two"}', "both 'id' and '_id'", 13),
        ('{"id": "a", "text": "two"}', "id 'a' is used twice: first in line 1", 8),
        ('{"id": "b", "text": "two", "text": "three"}', "the key 'text' is given twice", 0),
        ('{"id": "b", "text": "\\ud800"}', "half of a surrogate pair", 0),
        ('{"id": "b", "text": ' + "[" * 100_000, "this JSON cannot be read", 0),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_with_line_and_column(tmp_path: Path, line: str, what: str, column: int) -> None:
    _, problems = docs_of(tmp_path, GOOD + "\n" + line + "\n")
    assert len(problems) == 1
    assert what in problems[0].what
    assert place(problems[0]) == (3, column)


def test_an_unknown_key_comes_with_choices_and_did_you_mean(tmp_path: Path) -> None:
    _, (problem,) = docs_of(tmp_path, '{"id": "a", "text": "one", "titel": "T"}')
    assert problem.choices == ("id", "text", "title", "tags", "variants", "origins", "metadata")
    assert problem.fix == "did you mean 'title'?"


def test_all_problems_of_a_file_are_found_at_once(tmp_path: Path) -> None:
    _, problems = docs_of(tmp_path, '{"id": "a", "text": ""}\n{"id": "a", "txet": "x"}\nnope\n')
    whats = [(place(p)[0], p.what.split(":")[0]) for p in problems]
    assert whats == [
        (1, "'text' is empty"),
        (2, "unknown key 'txet'"),
        (2, "id 'a' is used twice"),
        (2, "'text' is missing"),
        (3, "not JSON"),
    ]


def test_after_twenty_problems_the_rest_is_counted(tmp_path: Path) -> None:
    _, problems = docs_of(tmp_path, "nope\n" * 57)
    assert len(problems) == 21
    assert problems[-1].what == "and 37 more problems in this source"


@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_a_problem(tmp_path: Path, content: bytes) -> None:
    docs, problems = docs_of(tmp_path, content)
    assert docs == ()
    assert [p.what for p in problems] == ["the file is empty"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ('[{"id": "a", "text": "one"}]', "this is a JSON array"),
        ('[\n  {"id": "a", "text": "one"}\n]\n', "this is a JSON array"),
        ('{\n  "id": "a",\n  "text": "one"\n}\n', "this is one JSON object over several lines"),
    ],
)
def test_json_that_is_not_one_object_per_line_is_one_problem(tmp_path: Path, content: str, what: str) -> None:
    _, problems = docs_of(tmp_path, content)
    assert [p.what for p in problems] == [what]


def test_a_byte_that_is_not_utf8_is_named_with_offset_line_and_column(tmp_path: Path) -> None:
    _, (problem,) = docs_of(tmp_path, GOOD.encode() + '{"id": "é", "text": "caf'.encode() + b'\xe9"}\n')
    assert problem.what == f"not UTF-8: byte 0xe9 at offset {len(GOOD) + 25}"
    assert place(problem) == (2, 25)
    assert "WINDOWS-1252" in problem.fix


def test_offsets_count_the_byte_order_mark_and_columns_do_not(tmp_path: Path) -> None:
    _, (problem,) = docs_of(tmp_path, b'\xef\xbb\xbf{"id": "\xff"}')
    assert problem.what == "not UTF-8: byte 0xff at offset 11"
    assert place(problem) == (1, 9)


def test_a_question_has_all_its_fields(tmp_path: Path) -> None:
    row = {
        "answers": ["22 days", "22"],
        "answerable": True,
        "gold_doc_ids": ["doc-18", "doc-17"],
        "grades": {"doc-18": 2, "doc-17": 1},
        "wrong_answers": ["17 days"],
        "tags": ["number"],
        "cluster": "c",
    }
    (example,), problems = questions_of(tmp_path, row)
    assert not problems
    assert example == Example(
        id="q0",
        question="Why?",
        answers=("22 days", "22"),
        gold_doc_ids=("doc-18", "doc-17"),
        grades=(("doc-18", 2), ("doc-17", 1)),
        wrong_answers=("17 days",),
        tags=("number",),
        cluster="c",
    )


def test_answerable_follows_from_answers_unless_given(tmp_path: Path) -> None:
    examples, problems = questions_of(tmp_path, {"answer": "x"}, {"answers": []}, {}, {"answer": None})
    assert not problems
    assert [(e.answers, e.answerable) for e in examples] == [(("x",), True), ((), False), ((), False), ((), False)]


def test_gold_documents_follow_from_grades(tmp_path: Path) -> None:
    (example,), problems = questions_of(tmp_path, {"answer": "x", "grades": {"doc-17": 0, "doc-18": 2}})
    assert not problems
    assert example.gold_doc_ids == ("doc-18",)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"answerable": True}, "the question is answerable but has no answers"),
        ({"answerable": False, "answers": ["x"]}, "the question is not answerable but has answers"),
        ({"gold_doc_ids": ["doc-17"]}, "the question is not answerable but has gold documents"),
        ({"answer": "x", "answers": ["x"]}, "both 'answer' and 'answers' are given"),
        ({"answer": ""}, "'answer' is empty"),
        ({"answers": ["x", " "]}, "item 2 of 'answers' is empty"),
        ({"answers": "x"}, "'answers' must be a list of texts, not text"),
        ({"answers": ["Ten"], "wrong_answers": ["ten "]}, "'ten ' is both an answer and a wrong answer"),
        ({"answerable": "yes"}, "'answerable' must be true or false, not text"),
        ({"question": ""}, "'question' is empty"),
        ({"cluster": 3}, "'cluster' must be text, not a number"),
        ({"answer": "x", "gold_doc_ids": ["doc-1"]}, "no document has the id 'doc-1'"),
        ({"answer": "x", "grades": {"doc-17": "high"}}, "'grades' must be an object of document id to whole number"),
        ({"answer": "x", "grades": {"doc-17": True}}, "'grades' must be an object of document id to whole number"),
        (
            {"answer": "x", "gold_doc_ids": ["doc-17"], "grades": {"doc-17": 0}},
            "gold document 'doc-17' has no positive grade",
        ),
        ({"anwsers": ["x"]}, "unknown key 'anwsers'"),
    ],
)  # fmt: skip
def test_a_question_that_contradicts_itself_or_the_corpus_is_a_problem(
    tmp_path: Path, row: dict[str, object], what: str
) -> None:
    examples, problems = questions_of(tmp_path, {"answer": "fine"}, row)
    assert [e.id for e in examples] == ["q0"]
    assert [(p.what, place(p)[0]) for p in problems] == [(what, 2)]


@pytest.mark.parametrize(
    ("key", "fix"),
    [
        ("ground_truth", "did you mean 'answers'?"),
        ("Expected_Output", "did you mean 'answers'?"),
        ("user_input", "did you mean 'question'?"),
        ("gold_docs", "did you mean 'gold_doc_ids'?"),
        ("retrieved_contexts", "leave it out: the system under test retrieves for itself"),
        ("page_content", ""),  # of a document, not of a question
    ],
)
def test_a_field_that_other_tools_have_leads_to_the_one_here(tmp_path: Path, key: str, fix: str) -> None:
    _, (problem,) = questions_of(tmp_path, {"answer": "x", key: "y"})
    assert (problem.what, problem.fix) == (f"unknown key '{key}'", fix)


def test_a_missing_gold_document_points_at_its_id_and_suggests_another(tmp_path: Path) -> None:
    _, (problem,) = questions_of(tmp_path, {"answer": "x", "gold_doc_ids": ["doc-17", "dok-18"]})
    line = (tmp_path / "questions.jsonl").read_text()
    assert place(problem) == (1, line.index('"dok-18"') + 1)
    assert problem.fix == "did you mean 'doc-18'?"
    assert problem.choices == ("doc-17", "doc-18")


def test_a_large_corpus_still_gets_suggestions_without_a_list_of_choices(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"id": "q", "question": "?", "answer": "x", "gold_doc_ids": ["report-04x17"]}')
    faults = Faults(path)
    read_questions(path, faults, {f"report-{i:05d}" for i in range(20_000)})
    assert faults.problems[0].fix == "did you mean 'report-04017'?"
    assert faults.problems[0].choices == ()
