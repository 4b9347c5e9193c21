"""Laws of the corpus formats: what is written is read back, and errors point at the line they are about."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from robustcore.corpus.formats import csv as csv_format
from robustcore.corpus.formats.detect import FORMATS
from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.formats.jsonl import dump_docs, dump_questions, read_docs, read_questions
from robustcore.corpus.load import load_dataset, sample
from robustcore.corpus.records import Corpus, Dataset, Doc, Example
from robustcore.errors import InputError

T = TypeVar("T")
TEXT = st.text(min_size=1, max_size=20).filter(str.strip)
TAGS = st.lists(TEXT, unique=True, max_size=3).map(tuple)


@st.composite
def docs(draw: st.DrawFn) -> tuple[Doc, ...]:
    ids = draw(st.lists(TEXT, unique=True, min_size=1, max_size=5))
    return tuple(Doc(id=i, text=draw(TEXT), title=draw(st.text(max_size=9)), tags=draw(TAGS)) for i in ids)


@st.composite
def questions(draw: st.DrawFn, corpus: tuple[Doc, ...]) -> tuple[Example, ...]:
    return tuple(_question(draw, i, corpus) for i in draw(st.lists(TEXT, unique=True, min_size=1, max_size=5)))


def _question(draw: st.DrawFn, question_id: str, corpus: tuple[Doc, ...]) -> Example:
    answers = draw(TAGS)
    right = {answer.casefold().strip() for answer in answers}
    chosen = draw(st.lists(st.sampled_from([doc.id for doc in corpus]), unique=True)) if answers else []
    graded = draw(st.booleans())
    return Example(
        id=question_id,
        question=draw(TEXT),
        answers=answers,
        answerable=bool(answers),
        gold_doc_ids=tuple(chosen),
        grades=tuple((doc_id, draw(st.integers(1, 3))) for doc_id in chosen) if graded else (),
        wrong_answers=tuple(wrong for wrong in draw(TAGS) if wrong.casefold().strip() not in right),
        tags=draw(TAGS),
        cluster=draw(st.text(max_size=5)),
    )


def read(content: bytes, reader: Callable[[Path, Faults], T]) -> tuple[T, Faults]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        faults = Faults(path)
        return reader(path, faults), faults


@given(docs())
def test_documents_are_read_back_as_written_in_their_order(written: tuple[Doc, ...]) -> None:
    found, faults = read(dump_docs(written).encode(), read_docs)
    assert not faults.problems
    assert found == written


@given(st.data())
def test_questions_are_read_back_as_written_in_their_order(data: st.DataObject) -> None:
    corpus = data.draw(docs())
    written = data.draw(questions(corpus))
    known = {doc.id for doc in corpus}
    found, faults = read(dump_questions(written).encode(), lambda path, f: read_questions(path, f, known))
    assert not faults.problems
    assert found == written


@given(docs(), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_line_ends_and_a_byte_order_mark_change_nothing(written: tuple[Doc, ...], newline: bytes, mark: bool) -> None:
    content = (b"\xef\xbb\xbf" if mark else b"") + dump_docs(written).encode().replace(b"\n", newline)
    assert read(content, read_docs)[0] == written


@given(docs())
def test_ascii_escapes_are_read_as_the_characters_they_stand_for(written: tuple[Doc, ...]) -> None:
    rows = [{"id": doc.id, "text": doc.text, "title": doc.title, "tags": doc.tags} for doc in written]
    assert read("\n".join(map(json.dumps, rows)).encode(), read_docs)[0] == written


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4, unique_by=lambda row: row[0]))
def test_csv_keeps_any_unicode_text(rows: list[tuple[str, str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([("id", "text"), *rows])
    content = stream.getvalue().encode()
    found, faults = read(content, csv_format.read_docs)
    if b"\x00" in content or b"\x1b[" in content:  # such a file is refused as binary
        assert faults.problems or found == tuple(Doc(id=i, text=text) for i, text in rows)
    else:
        assert not faults.problems
        assert found == tuple(Doc(id=i, text=text) for i, text in rows)


BAD_LINES = ["{", "[1]", "1", "}", '{"id": "x"}', '{"id": "d0", "text": "y"}', '{"id": "x", "text": "y", "z": 1}']


@given(
    st.integers(1, 30),
    st.data(),
    st.sampled_from(BAD_LINES),
)
def test_an_error_points_at_the_line_it_is_about(n: int, data: st.DataObject, bad: str) -> None:
    lines = [json.dumps({"id": f"d{i}", "text": "x\u2028y"}, ensure_ascii=False) for i in range(n)]
    at = data.draw(st.integers(1, n))
    lines.insert(at, bad)
    found, faults = read("\n".join(lines).encode(), read_docs)
    assert [p.where and p.where.line for p in faults.problems] == [at + 1]
    assert [doc.id for doc in found] == [f"d{i}" for i in range(n)]


@given(st.lists(TEXT, min_size=1, max_size=6), st.data())
def test_a_byte_that_is_not_utf8_is_found_where_it_is(texts: list[str], data: st.DataObject) -> None:
    content = "\n".join(json.dumps({"id": "x", "text": t}, ensure_ascii=False) for t in texts).encode()
    boundaries = [i for i in range(1, len(content)) if content[i] & 0xC0 != 0x80]
    at = data.draw(st.sampled_from(boundaries))
    _, faults = read(content[:at] + b"\xff" + content[at:], read_docs)
    (problem,) = faults.problems
    before = content[:at].decode().split("\n")
    assert problem.what == f"not UTF-8: byte 0xff at offset {at}"
    assert problem.where is not None
    assert (problem.where.line, problem.where.column) == (len(before), len(before[-1]) + 1)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "data", "x"]), inner),
    max_leaves=8,
)
KEYS = [
    "id",
    "_id",
    "text",
    "title",
    "tags",
    "question",
    "answers",
    "answer",
    "answerable",
    "gold_doc_ids",
    "grades",
    "data",
]


@settings(max_examples=200)
@given(
    st.lists(st.dictionaries(st.sampled_from(KEYS), JSON_VALUES), max_size=3).map(
        lambda rows: "\n".join(map(json.dumps, rows)).encode()
    )
    | JSON_VALUES.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=60),
    st.sampled_from(("auto", *FORMATS)),
    st.sampled_from(["x.json", "x.jsonl", "x.csv", "x"]),
)
def test_any_content_is_a_dataset_or_an_input_error(content: bytes, kind: str, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        questions_file = Path(folder) / "questions.jsonl"
        questions_file.write_bytes(content)
        loaded = _loaded_or_refused(path, questions_file, kind)
    if isinstance(loaded, InputError):
        assert loaded.problems
        assert str(loaded).encode("utf-8")
    else:
        assert loaded.examples
        assert len(loaded.corpus)


def _loaded_or_refused(path: Path, questions_file: Path, kind: str) -> Dataset | InputError:
    try:
        return load_dataset(path, questions=questions_file, format=kind)
    except InputError as error:
        return error


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(1, 45), st.integers(0, 2**63), st.randoms())
def test_a_sample_is_proportional_and_knows_no_order(flags: list[bool], n: int, seed: int, rng: Any) -> None:
    examples = [Example(id=f"q{i}", question="?", answerable=flag) for i, flag in enumerate(flags)]
    shuffled = rng.sample(examples, len(examples))
    drawn = sample(_dataset(examples), n, seed).examples
    assert {e.id for e in drawn} == {e.id for e in sample(_dataset(shuffled), n, seed).examples}
    assert len(drawn) == min(n, len(flags))
    assert list(drawn) == sorted(drawn, key=lambda e: int(e.id[1:]))
    assert abs(sum(e.answerable for e in drawn) - sum(flags) * len(drawn) / len(flags)) <= 0.5


def _dataset(examples: list[Example]) -> Dataset:
    return Dataset(name="x", corpus=Corpus(), examples=tuple(examples))
