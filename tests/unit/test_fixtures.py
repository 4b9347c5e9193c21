"""The shipped corpora, read as they lie in fixtures/: what their README promises holds in the files."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

Row: TypeAlias = dict[str, Any]

FIXTURES = Path(__file__).parents[2] / "fixtures"
CORPORA = ("annual-reports", "encyclopedia", "handbook")
DOC_KEYS = {"id", "title", "text", "tags"}
QUESTION_KEYS = {"id", "question", "answers", "answerable", "gold_doc_ids", "wrong_answers", "tags"}
KINDS = {"number", "date", "money", "percent", "person", "place", "organisation", "thing", "phrase"}
RUN = 8  # words: a longer common run would show a template


def rows(corpus: str, part: str) -> list[Row]:
    lines = (FIXTURES / "corpora" / corpus / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def documents() -> dict[str, Row]:
    return {doc["id"]: doc for corpus in CORPORA for doc in rows(corpus, "docs")}


def questions(*parts: str) -> list[Row]:
    return [row for corpus in CORPORA for part in parts for row in rows(corpus, part)]


def every_question() -> list[Row]:
    return questions("questions", "calibration")


def answerable() -> list[Row]:
    return [row for row in every_question() if row["answerable"]]


def words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.casefold()))


def says(text: str, phrase: str) -> bool:
    """Say whether ``phrase`` stands in ``text`` as whole words, in any case."""
    return re.search(rf"(?<!\w){re.escape(phrase.casefold())}(?!\w)", text.casefold()) is not None


def repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def gold_texts(row: Row) -> Iterator[str]:
    docs = documents()
    return (docs[doc_id]["text"] for doc_id in row["gold_doc_ids"])


def table(heading: str) -> dict[str, list[int]]:
    """Return the rows of the README table under ``heading``: first cell → the numbers of the other cells."""
    text = (FIXTURES / "README.md").read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {first: [int(cell) for cell in rest] for first, *rest in cells if all(cell.isdigit() for cell in rest)}


def test_rows_have_exactly_the_keys_of_the_format() -> None:
    assert [row["id"] for row in documents().values() if row.keys() != DOC_KEYS] == []
    assert [row["id"] for row in every_question() if row.keys() != QUESTION_KEYS] == []


def test_ids_are_unique_across_the_corpora() -> None:
    doc_ids = [doc["id"] for corpus in CORPORA for doc in rows(corpus, "docs")]
    assert repeated(doc_ids + [row["id"] for row in every_question()]) == []


def test_question_texts_are_unique_and_calibration_asks_for_other_facts() -> None:
    assert repeated(" ".join(words(row["question"])) for row in every_question()) == []

    def facts(part: str) -> set[tuple[str, str]]:
        return {(doc_id, row["answers"][0]) for row in questions(part) for doc_id in row["gold_doc_ids"]}

    assert facts("questions") & facts("calibration") == set()


@pytest.mark.parametrize("corpus", CORPORA)
def test_gold_documents_are_in_the_same_corpus(corpus: str) -> None:
    ids = {doc["id"] for doc in rows(corpus, "docs")}
    asked = [*rows(corpus, "questions"), *rows(corpus, "calibration")]
    wanted = {doc_id for row in asked for doc_id in row["gold_doc_ids"]}
    assert wanted - ids == set()


@pytest.mark.parametrize("corpus", CORPORA)
def test_each_document_is_gold_of_a_scored_question(corpus: str) -> None:
    gold = {doc_id for row in rows(corpus, "questions") for doc_id in row["gold_doc_ids"]}
    assert [doc["id"] for doc in rows(corpus, "docs") if doc["id"] not in gold] == []


def test_answerable_questions_have_answers_gold_one_wrong_answer_and_one_kind() -> None:
    for row in answerable():
        assert row["answers"], row["id"]
        assert len(row["gold_doc_ids"]) == (2 if "two-doc" in row["tags"] else 1), row["id"]
        assert len(row["wrong_answers"]) == 1, row["id"]
        assert len(KINDS & set(row["tags"])) == 1, row["id"]
        assert set(row["tags"]) <= KINDS | {"two-doc"}, row["id"]


def test_unanswerable_questions_have_no_gold_at_all() -> None:
    for row in every_question():
        if not row["answerable"]:
            assert [row["answers"], row["gold_doc_ids"], row["wrong_answers"]] == [[], [], []], row["id"]
            assert row["tags"] == ["unanswerable"], row["id"]


def test_the_first_answer_stands_verbatim_in_a_gold_document() -> None:
    def whole(text: str, answer: str) -> bool:
        return re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", text) is not None

    lacking = [r["id"] for r in answerable() if not any(whole(text, r["answers"][0]) for text in gold_texts(r))]
    assert lacking == []


def test_no_question_gives_its_answer_away() -> None:
    assert [(r["id"], a) for r in answerable() for a in r["answers"] if says(r["question"], a)] == []


def test_a_wrong_answer_stands_in_no_gold_document_and_holds_no_right_one() -> None:
    wrong = [(row, value) for row in answerable() for value in row["wrong_answers"]]
    assert [row["id"] for row, value in wrong if any(says(text, value) for text in gold_texts(row))] == []
    assert [row["id"] for row, value in wrong if any(says(value, right) for right in row["answers"])] == []
    assert [row["id"] for row, value in wrong if any(says(right, value) for right in row["answers"])] == []


def test_questions_are_whole_questions_of_moderate_length() -> None:
    assert [row["id"] for row in every_question() if not row["question"].endswith("?")] == []
    assert [row["id"] for row in every_question() if not 6 <= len(row["question"].split()) <= 22] == []


def test_documents_are_long_enough_to_hide_a_fact_and_short_enough_to_embed() -> None:
    sizes = {doc_id: len(doc["text"].split()) for doc_id, doc in documents().items()}
    assert {doc_id: size for doc_id, size in sizes.items() if not 110 <= size <= 260} == {}


def test_each_document_has_one_topic_shared_by_two_to_five_others() -> None:
    for corpus in CORPORA:
        docs = rows(corpus, "docs")
        assert [doc["id"] for doc in docs if len(doc["tags"]) != 1] == []
        sizes = Counter(doc["tags"][0] for doc in docs)
        assert {tag: size for tag, size in sizes.items() if not 3 <= size <= 6} == {}


def test_no_run_of_eight_words_is_in_more_than_three_documents() -> None:
    holders: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for doc_id, doc in documents().items():
        text = words(doc["text"])
        for start in range(len(text) - RUN + 1):
            holders[text[start : start + RUN]].add(doc_id)
    assert {run: ids for run, ids in holders.items() if len(ids) > 3} == {}


def test_there_are_enough_documents_and_questions_of_each_sort() -> None:
    scored = questions("questions")
    assert len(documents()) >= 150
    assert len(scored) >= 360
    assert sum(not row["answerable"] for row in scored) >= 90
    assert sum("two-doc" in row["tags"] for row in scored) >= 30


@pytest.mark.parametrize("corpus", CORPORA)
def test_the_readme_counts_what_is_there(corpus: str) -> None:
    scored, calibration = rows(corpus, "questions"), rows(corpus, "calibration")
    two_doc = sum("two-doc" in row["tags"] for row in scored)
    unanswerable = sum(not row["answerable"] for row in scored)
    one_doc = len(scored) - two_doc - unanswerable
    counts = [len(rows(corpus, "docs")), len(scored), one_doc, two_doc, unanswerable, len(calibration)]
    assert table("Counts")[corpus] == counts


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_readme_counts_each_kind_of_answer(kind: str) -> None:
    assert table("Kinds of answer")[kind] == [sum(kind in r["tags"] for r in rows(c, "questions")) for c in CORPORA]


def test_the_lock_has_the_hash_of_every_file() -> None:
    names = {path.relative_to(FIXTURES).as_posix(): path for path in FIXTURES.rglob("*") if path.is_file()}
    shipped = {n: path for n, path in names.items() if n != "LOCK.json" and not re.search(r"(^|/)(\.|__pycache__)", n)}
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in shipped.items()}
    lock: dict[str, str] = json.loads((FIXTURES / "LOCK.json").read_text(encoding="utf-8"))
    assert lock == digests
    assert list(lock) == sorted(lock)
