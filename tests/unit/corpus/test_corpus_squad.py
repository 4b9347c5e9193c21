from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.formats.squad import read
from robustcore.corpus.records import Doc, Example
from robustcore.errors import Problem


def qa(qa_id: str, *answers: str, **more: Any) -> dict[str, Any]:
    spans = [{"text": answer, "answer_start": 0} for answer in answers]
    return {"id": qa_id, "question": f"{qa_id}?", "answers": spans, "is_impossible": not answers} | more


def squad(*qas: Any, title: Any = "Red_Sea", context: Any = "Some text.") -> dict[str, Any]:
    return {"version": "v2.0", "data": [{"title": title, "paragraphs": [{"context": context, "qas": list(qas)}]}]}


def loaded(folder: Path, value: Any) -> tuple[tuple[Doc, ...], tuple[Example, ...], tuple[Problem, ...]]:
    path = folder / "squad.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    faults = Faults(path)
    docs, examples = read(path, faults)
    return docs, examples, faults.problems


def test_paragraphs_become_documents_numbered_in_their_article(tmp_path: Path) -> None:
    value = squad(qa("q", "x"))
    value["data"][0]["paragraphs"].append({"context": "More.", "qas": []})
    value["data"].append({"title": "Oil", "paragraphs": [{"context": "Oil.", "qas": []}]})
    docs, _, problems = loaded(tmp_path, value)
    assert not problems
    assert docs == (
        Doc(id="Red_Sea-001", text="Some text.", title="Red Sea", tags=("Red_Sea",)),
        Doc(id="Red_Sea-002", text="More.", title="Red Sea", tags=("Red_Sea",)),
        Doc(id="Oil-001", text="Oil.", title="Oil", tags=("Oil",)),
    )


def test_answers_are_said_once_and_unanswerable_questions_have_no_gold(tmp_path: Path) -> None:
    plausible = [{"text": "y", "answer_start": 0}]
    _, examples, problems = loaded(tmp_path, squad(qa("q1", "x", "x", "the x"), qa("q2", plausible_answers=plausible)))
    assert not problems
    assert examples == (
        Example(
            id="q1",
            question="q1?",
            answers=("x", "the x"),
            gold_doc_ids=("Red_Sea-001",),
            tags=("Red_Sea",),
            cluster="q1",
        ),
        Example(id="q2", question="q2?", answerable=False, wrong_answers=("y",), tags=("Red_Sea",), cluster="q2"),
    )


def test_squad_1_without_the_flag_is_all_answerable(tmp_path: Path) -> None:
    question = qa("q", "x")
    del question["is_impossible"]
    _, (example,), problems = loaded(tmp_path, squad(question))
    assert not problems
    assert example.answerable


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (squad(qa("q", "x"), qa("q", "y")), "data[0].paragraphs[0].qas[1]: id 'q' is used twice"),
        (squad(qa("q", "x", is_impossible=True)), "question 'q' has answers, but is_impossible is true"),
        (squad(qa("q", is_impossible=False)), "question 'q' has no answers, but is_impossible is false"),
        (squad(qa("q", "x", is_impossible="no")), "'is_impossible' must be true or false, not text"),
        (squad(qa("q", "x", question=" ")), "qas[0].question must be a text that is not empty; it is empty"),
        (squad(qa("q", "x", answers=["x"])), "qas[0].answers[0] must be an object, not text"),
        (squad(qa("q", "x", answers={})), "qas[0].answers must be a list; it is an object"),
        (squad("q"), "data[0].paragraphs[0].qas[0] must be an object, not text"),
        (squad(qa("q", "x"), context=""), "paragraphs[0].context must be a text that is not empty; it is empty"),
        (squad(qa("q", "x"), title=7), "data[0].title must be a text that is not empty; it is a number"),
        ({"data": [{"title": "T"}]}, "data[0].paragraphs must be a list; it is missing"),
        ({"data": []}, "there are no questions in this file"),
        ({"rows": []}, "this is not SQuAD: the file holds an object with the keys ['rows']"),
        ([], "this is not SQuAD: the file holds a list"),
        (squad(qa("q", "\ud800")), "half of a surrogate pair"),
    ],
)
def test_what_is_not_squad_is_said_with_its_path(tmp_path: Path, value: Any, what: str) -> None:
    _, _, problems = loaded(tmp_path, value)
    assert len(problems) == 1
    assert what in problems[0].what


def test_a_bad_question_is_found_by_line_and_column(tmp_path: Path) -> None:
    text = json.dumps(squad(qa("good", "x"), qa("bad", "x", is_impossible=True)), indent=1)
    _, _, (problem,) = loaded(tmp_path, text)
    lines = text.split("\n")
    (line,) = [number for number, content in enumerate(lines) if '"bad"' in content]
    column = lines[line].index('"bad"')
    assert str(problem.where).endswith(f"squad.json:{line + 1}:{column + 1}")


def test_broken_json_is_found_by_line_and_column(tmp_path: Path) -> None:
    _, _, (problem,) = loaded(tmp_path, '{"data": [\n  {"title": }\n]}')
    assert problem.what == "not JSON: Expecting value"
    assert str(problem.where).endswith(":2:13")


def test_the_public_development_set_has_the_counts_it_is_published_with(datasets: Path) -> None:
    path = datasets / "squad2" / "dev-even.json"
    faults = Faults(path)
    docs, examples = read(path, faults)
    assert not faults.problems
    assert len(docs) == 320
    assert sum(example.answerable for example in examples) == 1440
    assert sum(not example.answerable for example in examples) == 1477
    text = {doc.id: doc.text for doc in docs}
    for example in examples:
        assert all(answer in text[doc_id] for doc_id in example.gold_doc_ids for answer in example.answers)
