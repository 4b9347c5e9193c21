"""Closed questions: our own keys, PARROT's files, what cannot be used, and where the asserted letter comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from robustcore.case import CLEAN, Case
from robustcore.corpus.bundled import bundled_dataset, bundled_names
from robustcore.corpus.closed import asserted_letter
from robustcore.corpus.formats.detect import detect
from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.formats.jsonl import dump_questions, read_questions
from robustcore.corpus.load import load_dataset
from robustcore.corpus.records import Choice, Example
from robustcore.errors import InputError

OWN = {"id": "q1", "question": "Which is it?", "options": {"A": "one", "B": "two", "C": "three"}, "gold": "B"}
PUBLISHED = {
    "prompt": [{"type": "human", "content": "..."}],
    "base": {
        "subset": "anatomy",
        "question": "Which bone?",
        "correct_letter": "C",
        "answers": "(A)a rib\n(B) (not) a bone\n(C)the ulna\n(D)none",
    },
    "metadata": {},
}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path) -> tuple[Example, ...]:
    faults = Faults(path)
    found = read_questions(path, faults, None)
    assert [str(problem) for problem in faults.problems] == []
    return found


def choice(example: Example) -> Choice:
    assert example.choice is not None
    return example.choice


def test_a_file_of_closed_questions_is_a_dataset_without_documents(tmp_path: Path) -> None:
    path = write(tmp_path / "quiz.jsonl", OWN, {**OWN, "id": "q2", "subject": "anatomy", "asserted": "A"})
    assert detect(path) == "closed"
    data = load_dataset(path)
    assert len(data.corpus) == 0
    first, second = data.examples
    assert (first.answers, first.wrong_answers) == (("two",), ("one", "three"))
    assert choice(first).asserted == asserted_letter(1, "B", ("A", "B", "C"))
    assert choice(second).asserted == "A"
    assert second.tags == ("subject:anatomy",)
    assert choice(first).lines == "(A) one\n(B) two\n(C) three"


def test_published_rows_are_read_with_the_letter_of_their_row(tmp_path: Path) -> None:
    rows = [PUBLISHED] * 3
    data = load_dataset(write(tmp_path / "mmlu.jsonl", *rows))
    assert [example.id for example in data.examples] == ["anatomy-1", "anatomy-2", "anatomy-3"]
    assert [choice(e).asserted for e in data.examples] == [asserted_letter(i, "C") for i in (1, 2, 3)]
    assert dict(choice(data.examples[0]).options)["B"] == "(not) a bone"
    assert choice(data.examples[0]).subject == "anatomy"


def test_closed_and_open_questions_may_stand_beside_documents(tmp_path: Path) -> None:
    docs = write(tmp_path / "docs.jsonl", {"id": "d", "text": "It is two."})
    questions = write(
        tmp_path / "q.jsonl", {**OWN, "gold_doc_ids": ["d"]}, {"id": "open", "question": "What?", "answers": ["two"]}
    )
    data = load_dataset(docs, questions=questions)
    assert [example.choice is None for example in data.examples] == [False, True]
    assert data.examples[0].gold_doc_ids == ("d",)


def test_a_list_of_options_gets_letters(tmp_path: Path) -> None:
    (example,) = read(write(tmp_path / "q.jsonl", {**OWN, "options": ["x", "y"]}))
    assert choice(example).options == (("A", "x"), ("B", "y"))


def test_dumped_questions_read_back_equal(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", {**OWN, "subject": "law", "favourable": "C", "tags": ["hard"], "cluster": "c"})
    found = read(path)
    path.write_text(dump_questions(found), encoding="utf-8")
    assert read(path) == found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"options": {"A": "one"}}, "must be two options or more"),
        ({"options": "A, B"}, "must be two options or more"),
        ({"options": {"A": "one", "b": "two"}}, "under a capital letter, not 'b'"),
        ({"options": {"A": "one", "B": "  "}}, "option B must be text, and is empty"),
        ({"gold": "E"}, "'gold' is 'E', which is none of the options"),
        ({"gold": None}, "'gold' is null"),
        ({"asserted": "B"}, "the asserted letter 'B' is the right one"),
        ({"favorable": "A"}, "did you mean 'favourable'"),
        ({"question": " "}, "'question' is empty"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = write(tmp_path / "q.jsonl", OWN, {**OWN, "id": "q2", **change})
    with pytest.raises(InputError, match=message) as caught:
        load_dataset(path)
    assert f"{path}:2" in str(caught.value)


def test_the_packs_of_closed_questions_are_bundled() -> None:
    assert {"parrot", "emotion"} <= set(bundled_names())
    parrot, emotion = bundled_dataset("parrot"), bundled_dataset("emotion")
    assert (len(parrot.examples), len(emotion.examples)) == (260, 24)
    assert all(choice(e).asserted != choice(e).gold for e in parrot.examples)
    assert {choice(e).texts for e in parrot.examples} == {"general"}
    assert all(choice(e).texts == choice(e).subject and choice(e).favourable for e in emotion.examples)


def test_the_key_of_a_case_knows_its_options(tmp_path: Path) -> None:
    (one,) = read(write(tmp_path / "q.jsonl", OWN))
    (other,) = read(write(tmp_path / "q.jsonl", {**OWN, "asserted": "C" if choice(one).asserted == "A" else "A"}))
    assert Case("x", one, CLEAN).key != Case("x", other, CLEAN).key
