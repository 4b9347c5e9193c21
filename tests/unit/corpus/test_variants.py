"""Stored variants: read from JSONL and CSV, written back, told where they are wrong, no part of a corpus key."""

from __future__ import annotations

from pathlib import Path

import pytest

from robustcore.corpus.formats import csv, jsonl
from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.records import Corpus, Doc, Example, Origin
from robustcore.errors import Problem


def _problems(path: Path, text: str, *, docs: bool = False) -> tuple[Problem, ...]:
    path.write_text(text, encoding="utf-8")
    faults = Faults(path)
    if docs:
        jsonl.read_docs(path, faults)
    else:
        jsonl.read_questions(path, faults, None)
    return faults.problems


def test_variants_of_questions_and_documents_are_written_and_read_back(tmp_path: Path) -> None:
    made = Origin(writer="openai:m", prompt="ab12", validity="undecided", note="score 0.70")
    example = Example(
        id="q",
        question="Who?",
        answers=("Ada",),
        variants={"question.paraphrase": "Which person?"},
        origins={"question.paraphrase": made},
        evidence=("Ada did.",),
    )
    origins = {"context.back_translation": Origin(writer="openai:m", prompt="cd34")}
    doc = Doc(id="d", text="Ada did.", variants={"context.back_translation": "It was Ada."}, origins=origins)
    questions, docs = tmp_path / "questions.jsonl", tmp_path / "docs.jsonl"
    questions.write_text(jsonl.dump_questions([example]), encoding="utf-8")
    docs.write_text(jsonl.dump_docs([doc]), encoding="utf-8")
    faults = Faults(questions)
    assert jsonl.read_questions(questions, faults, None) == (example,)
    assert jsonl.read_docs(docs, faults) == (doc,)
    assert not faults.problems


@pytest.mark.parametrize(
    ("variants", "said"),
    [
        ('["question.paraphrase"]', "must be an object of operator to text, not a list"),
        ('{"question.paraphrase": 3}', "'question.paraphrase' must be text, not a number"),
        ('{"question.paraphrase": " "}', "'question.paraphrase' is empty"),
        ('{"context.back_translation": "x"}', "not to 'context.back_translation'"),
        ('{"paraphrase": "x"}', "not to 'paraphrase'"),
    ],
)
def test_a_wrong_variant_of_a_question_is_told_with_its_line(tmp_path: Path, variants: str, said: str) -> None:
    good = '{"id": "a", "question": "Who?", "answers": ["Ada"]}\n'
    bad = f'{{"id": "b", "question": "Who?", "answers": ["Ada"], "variants": {variants}}}\n'
    (problem,) = _problems(tmp_path / "q.jsonl", good + bad)
    assert said in problem.what
    assert problem.where is not None
    assert problem.where.line == 2
    assert problem.where.column > 0


@pytest.mark.parametrize(
    ("origins", "said"),
    [
        ('["m"]', "'origins' must say of each variant who wrote it"),
        ('{"question.paraphrase": "m"}', "'origins' must say of each variant who wrote it"),
        ('{"question.paraphrase": {"model": "m"}}', "'origins' must say of each variant who wrote it"),
        ('{"question.lay_rewording": {"writer": "m"}}', "no variant 'question.lay_rewording'"),
        ('{"question.paraphrase": {"validity": "good"}}', "cannot be 'good'"),
    ],
)
def test_a_wrong_origin_is_told(tmp_path: Path, origins: str, said: str) -> None:
    variants = '"variants": {"question.paraphrase": "Which person?"}'
    text = f'{{"id": "b", "question": "Who?", "answers": ["Ada"], {variants}, "origins": {origins}}}\n'
    (problem,) = _problems(tmp_path / "q.jsonl", text)
    assert said in problem.what


def test_a_variant_of_a_document_belongs_to_an_operator_on_the_context(tmp_path: Path) -> None:
    text = '{"id": "d", "text": "Ada did.", "variants": {"question.paraphrase": "x"}}\n'
    (problem,) = _problems(tmp_path / "d.jsonl", text, docs=True)
    assert "context.NAME" in problem.what
    assert "context.paraphrase" in problem.fix


def test_csv_has_a_column_per_operator(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("id,question,answers,variant:question.paraphrase\na,Who?,Ada,Which person?\nb,When?,1815,\n")
    faults = Faults(path)
    first, second = csv.read_questions(path, faults, None)
    assert not faults.problems
    assert first.variants == {"question.paraphrase": "Which person?"}
    assert second.variants == {}


def test_a_stored_variant_is_no_part_of_the_fingerprint_of_what_is_indexed() -> None:
    plain = Corpus.of([Doc(id="d", text="Ada did.")])
    varied = Corpus.of([Doc(id="d", text="Ada did.", variants={"context.back_translation": "It was Ada."})])
    assert plain.fingerprint == varied.fingerprint
    assert plain.fingerprint != Corpus.of([Doc(id="d", text="Ada did it.")]).fingerprint
