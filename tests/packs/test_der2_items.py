"""The items and the library of the der2 pack, as they lie in fixtures/packs/der2: what their README promises holds."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from item_facts import step_values

from robustcore.measures.matching import is_correct

Row: TypeAlias = dict[str, Any]

PACK = Path(__file__).parents[2] / "fixtures" / "packs" / "der2"
KEYS = {
    *("id", "instruction", "answer", "answer_type", "concepts", "reasoning_steps"),
    *("related_docs", "noise_docs", "tags", "metadata"),
}
RUN = 8  # words: a longer common run would show a template


@cache
def lines(name: str) -> list[Row]:
    return [json.loads(line) for line in (PACK / name).read_text(encoding="utf-8").splitlines()]


def items() -> list[Row]:
    return lines("items.jsonl")


def concepts() -> dict[str, Row]:
    return {concept["id"]: concept for concept in lines("concepts.jsonl")}


def library() -> dict[str, Row]:
    return {doc["id"]: doc for doc in lines("library.jsonl")}


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def says(text: str, phrase: str) -> bool:
    """Say whether ``phrase`` stands in ``text`` as whole words, in any case."""
    return re.search(rf"(?<!\w){re.escape(phrase.casefold())}(?!\w)", text.casefold()) is not None


def repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def table(heading: str) -> dict[str, list[int]]:
    """Return the rows of the README table under ``heading``: first cell → the numbers of the other cells."""
    text = (PACK / "README.md").read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {first: [int(cell) for cell in rest] for first, *rest in cells if rest and all(c.isdigit() for c in rest)}


def test_there_are_forty_items_with_the_keys_of_the_format() -> None:
    assert len(items()) >= 40
    for row in items():
        assert row.keys() == KEYS, row["id"]
        assert row["answer_type"] == "number", row["id"]
        assert 2 <= len(row["concepts"]) <= 4, row["id"]


def test_ids_instructions_and_concept_names_are_unique() -> None:
    assert repeated([*(row["id"] for row in items()), *(row["id"] for row in lines("library.jsonl"))]) == []
    assert repeated(row["instruction"] for row in items()) == []
    assert repeated(concept["name"] for concept in lines("concepts.jsonl")) == []
    assert repeated(concept["id"] for concept in lines("concepts.jsonl")) == []


def test_the_answer_and_every_step_are_what_the_formulas_of_the_concepts_give() -> None:
    for row in items():
        values = step_values(row["metadata"]["expressions"], concepts())
        assert float(row["answer"]) == pytest.approx(float(values[-1]), abs=1e-9), row["id"]
        assert len(values) == len(row["reasoning_steps"]), row["id"]
        for step, value in zip(row["reasoning_steps"], values, strict=True):
            assert is_correct(step, [f"{value:.10g}"]), (row["id"], step, value)


def test_an_item_carries_the_statements_of_the_concepts_that_its_steps_use_and_no_other() -> None:
    for row in items():
        used = row["metadata"]["concept_ids"]
        called = {name for step in row["metadata"]["expressions"] for name in re.findall(r"([a-z_]+)\(", step)}
        assert called & concepts().keys() == set(used), row["id"]
        assert row["concepts"] == [concepts()[concept_id]["statement"] for concept_id in used], row["id"]
        assert {concepts()[concept_id]["institution"] for concept_id in used} == {row["metadata"]["institution"]}


def test_every_concept_of_an_item_bears_on_its_answer() -> None:
    """A concept whose value may be off by 1, by 7 or threefold without a change of the answer would be idle."""
    for row in items():
        for concept_id in row["metadata"]["concept_ids"]:
            formula = concepts()[concept_id]["formula"]
            answers = [
                step_values(
                    row["metadata"]["expressions"], concepts() | {concept_id: concepts()[concept_id] | {"formula": off}}
                )[-1]
                for off in (f"({formula}) + 1", f"({formula}) + 7", f"({formula}) * 3")
            ]
            assert any(float(answer) != float(row["answer"]) for answer in answers), (row["id"], concept_id)


def test_every_concept_and_every_document_is_used_by_an_item() -> None:
    used = {concept_id for row in items() for concept_id in row["metadata"]["concept_ids"]}
    assert used == concepts().keys()
    assert {doc for row in items() for doc in (*row["related_docs"], *row["noise_docs"])} == library().keys()


def test_related_documents_carry_the_concepts_of_the_item_and_noise_documents_none() -> None:
    for row in items():
        carried = [concept for doc in row["related_docs"] for concept in library()[doc]["concepts"]]
        assert sorted(carried) == sorted(row["metadata"]["concept_ids"]), row["id"]
        assert len(row["noise_docs"]) == 6, row["id"]
        topics = {library()[doc]["tags"][0] for doc in (*row["related_docs"], *row["noise_docs"])}
        assert len(topics) == 1, row["id"]
        assert {library()[doc]["tags"][1] for doc in row["noise_docs"]} == {"noise"}, row["id"]


def test_a_related_document_names_its_concept_and_every_number_of_its_statement() -> None:
    for doc in lines("library.jsonl"):
        for concept_id in doc["concepts"]:
            concept = concepts()[concept_id]
            assert says(doc["text"], concept["name"]), doc["id"]
            assert numbers(concept["statement"]) - numbers(doc["text"]) == set(), doc["id"]
            assert concept["statement"] not in doc["text"], doc["id"]


def test_a_noise_document_names_no_concept() -> None:
    for doc in lines("library.jsonl"):
        if not doc["concepts"]:
            assert [c["name"] for c in lines("concepts.jsonl") if says(doc["text"], c["name"])] == [], doc["id"]


def test_a_third_of_the_noise_documents_state_rules_with_numbers_that_no_item_needs() -> None:
    """Anecdotes alone would be told from the concepts by their lack of figures."""
    noise = [doc for doc in lines("library.jsonl") if not doc["concepts"]]
    assert sum(len(numbers(doc["text"])) >= 3 for doc in noise) == len(noise) / 3


def test_neither_the_instruction_nor_a_concept_nor_a_document_states_the_answer() -> None:
    for row in items():
        documents = [library()[doc]["text"] for doc in (*row["related_docs"], *row["noise_docs"])]
        for text in (row["instruction"], *row["concepts"], *documents):
            assert not is_correct(text, [row["answer"]]), (row["id"], text)


def test_documents_are_passages_of_moderate_length_that_share_no_long_run() -> None:
    holders: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for doc in lines("library.jsonl"):
        assert doc.keys() == {"id", "title", "text", "tags", "concepts"}, doc["id"]
        assert 55 <= len(doc["text"].split()) <= 120, doc["id"]
        found = words(doc["text"])
        for start in range(len(found) - RUN + 1):
            holders[tuple(found[start : start + RUN])].add(doc["id"])
    assert {run: ids for run, ids in holders.items() if len(ids) > 1} == {}


def test_one_item_of_each_institution_is_for_a_short_run() -> None:
    smoke = [row["metadata"]["institution"] for row in items() if "smoke" in row["tags"]]
    assert sorted(smoke) == sorted({concept["institution"] for concept in lines("concepts.jsonl")})


def test_the_readme_counts_what_is_there() -> None:
    related = [doc for doc in lines("library.jsonl") if doc["concepts"]]
    institutions = {concept["institution"] for concept in lines("concepts.jsonl")}
    noise = len(library()) - len(related)
    assert table("Counts")["all"] == [len(institutions), len(items()), len(concepts()), len(related), noise]
    needed = Counter(len(row["concepts"]) for row in items())
    text = " ".join((PACK / "README.md").read_text(encoding="utf-8").split())
    assert f"{needed[2]} of them need two concepts, {needed[3]} three, {needed[4]} four" in text
