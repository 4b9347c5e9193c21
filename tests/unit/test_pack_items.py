"""The items of the packs, read as they lie in fixtures/packs: what their README promises holds in the files."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.formats.jsonl import read_questions
from robustcore.measures.matching import is_correct

Row: TypeAlias = dict[str, Any]

FIXTURES = Path(__file__).parents[2] / "fixtures"
PACKS = FIXTURES / "packs"
CORPORA = {"annual-reports": "finance", "encyclopedia": "general", "handbook": "workplace"}
KEYS = {"id", "question", "answers", "answerable", "gold_doc_ids", "wrong_answers", "tags", "metadata", "variants"}
KINDS = {"number", "date", "money", "percent", "person", "place", "organisation", "thing", "phrase"}
HOPS = {"single_hop": 1, "chained": 2}
SENTENCES = {"rare": "answer_source_sentences", "failsafe": "citations"}
VARIANTS = {
    "rare": {"question.grammar_rewrite", "question.irrelevant_info"},
    "failsafe": {"question.lay_rewording"},
}
RUN = 8  # words: a longer common run would show a template
LEAST = {"rare": 120, "failsafe": 100}


@cache
def lines(path: str) -> list[Row]:
    text = (FIXTURES / path).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def documents() -> dict[str, Row]:
    return {doc["id"]: {**doc, "corpus": name} for name in CORPORA for doc in lines(f"corpora/{name}/docs.jsonl")}


def items(pack: str) -> list[Row]:
    return lines(f"packs/{pack}/questions.jsonl")


def corpus_questions() -> list[Row]:
    return [
        row
        for name in CORPORA
        for part in ("questions", "calibration")
        for row in lines(f"corpora/{name}/{part}.jsonl")
    ]


@cache
def reworded() -> dict[str, str]:
    return {
        row["doc_id"]: row["variants"]["context.back_translation"] for row in lines("packs/rare/doc_variants.jsonl")
    }


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def says(text: str, phrase: str) -> bool:
    """Say whether ``phrase`` stands in ``text`` as whole words, in any case."""
    return re.search(rf"(?<!\w){re.escape(phrase.casefold())}(?!\w)", text.casefold()) is not None


def holds(text: str, phrase: str) -> bool:
    """Say whether ``phrase`` stands in ``text`` as whole words, letter by letter."""
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None


def numbers(text: str) -> set[str]:
    return set(re.findall(r"(?<!\w)(?:\d[\d.,:/]*\d|\d)", text))


def gold_texts(row: Row) -> list[str]:
    return [documents()[doc_id]["text"] for doc_id in row["gold_doc_ids"]]


def is_generation(row: Row) -> bool:
    return "generation" in row["tags"]


def key_answer(row: Row) -> str:
    """Return the answer that stands verbatim in the gold: the first, or a generation item's key fact, the second."""
    answer: str = row["answers"][int(is_generation(row))]
    return answer


def short_answers(row: Row) -> list[str]:
    answers: list[str] = row["answers"][int(is_generation(row)) :]
    return answers


def repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def table(heading: str) -> dict[str, list[int]]:
    """Return the rows of the README table under ``heading``: first cell → the numbers of the other cells."""
    text = (PACKS / "README.md").read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {first: [int(cell) for cell in rest] for first, *rest in cells if rest and all(c.isdigit() for c in rest)}


@pytest.mark.parametrize("pack", SENTENCES)
def test_the_loader_reads_the_items_with_every_document_known(pack: str, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    bare = [{key: value for key, value in row.items() if key != "variants"} for row in items(pack)]
    path.write_text("".join(json.dumps(row) + "\n" for row in bare), encoding="utf-8")
    faults = Faults(path)
    examples = read_questions(path, faults, set(documents()))
    assert [str(problem) for problem in faults.problems] == []
    assert [example.id for example in examples] == [row["id"] for row in items(pack)]


@pytest.mark.parametrize("pack", SENTENCES)
def test_items_have_the_keys_and_the_tags_of_the_format(pack: str) -> None:
    for row in items(pack):
        assert row.keys() == KEYS, row["id"]
        kind, task, domain = row["tags"]
        corpora = {documents()[doc_id]["corpus"] for doc_id in row["gold_doc_ids"]}
        assert kind in KINDS, row["id"]
        assert {domain} == {CORPORA[name] for name in corpora}, row["id"]
        assert len(row["gold_doc_ids"]) == (HOPS[task] if pack == "rare" else 1), row["id"]
        assert task in (HOPS if pack == "rare" else ("qa", "generation")), row["id"]


def test_ids_and_questions_are_unique_across_packs_and_corpora() -> None:
    rows = [*corpus_questions(), *(row for pack in SENTENCES for row in items(pack))]
    assert repeated([*(row["id"] for row in rows), *documents()]) == []
    assert repeated(" ".join(words(row["question"])) for row in rows) == []


def test_no_two_items_ask_for_one_fact_nor_for_one_that_a_corpus_question_asks_for() -> None:
    asked = {(doc_id, a) for row in corpus_questions() for doc_id in row["gold_doc_ids"] for a in row["answers"][:1]}
    single = [row for pack in SENTENCES for row in items(pack) if {"single_hop", "qa"} & set(row["tags"])]
    assert [row["id"] for row in single if (row["gold_doc_ids"][0], row["answers"][0]) in asked] == []
    assert repeated(f"{row['gold_doc_ids'][0]}: {row['answers'][0]}" for row in single) == []


@pytest.mark.parametrize("pack", SENTENCES)
def test_source_sentences_are_verbatim_and_hold_the_answer(pack: str) -> None:
    for row in items(pack):
        sentences = row["metadata"][SENTENCES[pack]]
        texts = gold_texts(row)
        assert [s for s in sentences if not any(s in text for text in texts)] == [], row["id"]
        assert [text for text in texts if not any(s in text for s in sentences)] == [], row["id"]
        assert any(holds(sentence, key_answer(row)) for sentence in sentences), row["id"]
        assert [s for s in sentences if s[-1] not in ".!?"] == [], row["id"]


@pytest.mark.parametrize("pack", SENTENCES)
def test_no_question_and_no_variant_of_it_gives_the_answer_away(pack: str) -> None:
    for row in items(pack):
        texts = [row["question"], *row["variants"].values()]
        assert [(text, a) for text in texts for a in short_answers(row) if says(text, a)] == [], row["id"]


@pytest.mark.parametrize("pack", SENTENCES)
def test_a_wrong_answer_stands_in_no_gold_document_and_holds_no_right_one(pack: str) -> None:
    for row in items(pack):
        (wrong,) = row["wrong_answers"]
        texts = gold_texts(row) + [reworded()[doc_id] for doc_id in row["gold_doc_ids"] if doc_id in reworded()]
        assert [text for text in texts if says(text, wrong)] == [], row["id"]
        assert [a for a in short_answers(row) if says(wrong, a) or says(a, wrong)] == [], row["id"]


@pytest.mark.parametrize("pack", SENTENCES)
def test_questions_are_of_moderate_length_and_differ_in_their_openings(pack: str) -> None:
    asked = [row for row in items(pack) if not is_generation(row)]
    assert [row["id"] for row in asked if not row["question"].endswith("?")] == []
    assert [row["id"] for row in asked if not 6 <= len(row["question"].split()) <= 24] == []
    openings = Counter(" ".join(words(row["question"])[:3]) for row in items(pack))
    assert max(openings.values()) <= len(items(pack)) / 15


def names(text: str) -> set[str]:
    """Return the capitalised words that open no sentence, and the numbers."""
    return set(re.findall(r"(?<=[^.?!] )[A-ZÀ-Þ]\w+", text)) | numbers(text)


def test_a_grammar_rewrite_keeps_names_numbers_and_content_words_in_another_order() -> None:
    for row in items("rare"):
        question, variant = row["question"], row["variants"]["question.grammar_rewrite"]
        assert [name for name in names(question) if name not in variant] == [], row["id"]
        assert words(question) != words(variant), row["id"]
        stems = [{word[:3] for word in words(text) if len(word) > 3} for text in (question, variant)]
        assert len(stems[0] & stems[1]) >= 0.75 * len(stems[0] | stems[1]), row["id"]


def test_irrelevant_info_is_the_whole_question_and_one_more_fragment() -> None:
    for row in items("rare"):
        question, variant = row["question"], row["variants"]["question.irrelevant_info"]
        assert f" {' '.join(words(question))} " in f" {' '.join(words(variant))} ", row["id"]
        assert 4 <= len(words(variant)) - len(words(question)) <= 20, row["id"]


def test_an_irrelevant_fragment_shares_no_long_word_with_the_gold_document() -> None:
    """Else it would help to find the document, and the variant would be the easier question."""
    for row in items("rare"):
        fragment = set(words(row["variants"]["question.irrelevant_info"])) - set(words(row["question"]))
        gold = {word for text in gold_texts(row) for word in words(text)}
        assert {word for word in fragment & gold if len(word) > 5} == set(), row["id"]


def test_a_lay_rewording_uses_no_term_of_art_of_its_question() -> None:
    for row in items("failsafe"):
        lay, terms = row["variants"]["question.lay_rewording"], row["metadata"]["terms_of_art"]
        assert terms, row["id"]
        assert [term for term in terms if not says(row["question"], term)] == [], row["id"]
        assert [term for term in terms if says(lay, term)] == [], row["id"]


def test_stored_variants_are_those_of_the_pack() -> None:
    for pack, operators in VARIANTS.items():
        assert [row["id"] for row in items(pack) if row["variants"].keys() != operators] == []


def test_a_reference_text_says_nothing_that_its_document_does_not_say() -> None:
    for row in filter(is_generation, items("failsafe")):
        reference, key_fact = row["answers"]
        (document,) = gold_texts(row)
        assert 35 <= len(words(reference)) <= 90, row["id"]
        assert holds(reference, key_fact), row["id"]
        assert [name for name in names(reference) if not holds(document, name)] == [], row["id"]


def test_every_gold_document_of_rare_is_reworded_and_no_other() -> None:
    assert set(reworded()) == {doc_id for row in items("rare") for doc_id in row["gold_doc_ids"]}
    assert [row.keys() for row in lines("packs/rare/doc_variants.jsonl") if row.keys() != {"doc_id", "variants"}] == []


def test_a_reworded_document_keeps_every_answer_and_every_number() -> None:
    for row in items("rare"):
        kept = [doc_id for doc_id in row["gold_doc_ids"] if holds(documents()[doc_id]["text"], key_answer(row))]
        assert [doc_id for doc_id in kept if not holds(reworded()[doc_id], key_answer(row))] == [], row["id"]
    for doc_id, text in reworded().items():
        assert numbers(text) == numbers(documents()[doc_id]["text"]), doc_id
        assert text.count("\n\n") == documents()[doc_id]["text"].count("\n\n"), doc_id


def test_a_reworded_document_shares_at_most_six_words_in_ten_and_no_long_run() -> None:
    for doc_id, text in reworded().items():
        match = SequenceMatcher(None, words(documents()[doc_id]["text"]), words(text), autojunk=False)
        assert match.ratio() <= 0.6, doc_id
        assert match.find_longest_match().size < RUN, doc_id


def every_text() -> Iterator[tuple[str, str]]:
    """Yield the texts of the packs and corpora, each with the id of its record."""
    for pack in SENTENCES:
        for row in items(pack):
            reference = row["answers"][:1] if is_generation(row) else []
            yield from ((row["id"], text) for text in (row["question"], *row["variants"].values(), *reference))
    yield from ((row["id"], row["question"]) for row in corpus_questions())
    yield from ((doc_id, doc["text"]) for doc_id, doc in documents().items())
    yield from ((f"{doc_id}, reworded", text) for doc_id, text in reworded().items())


def test_no_run_of_eight_words_is_in_more_than_three_records() -> None:
    holders: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for record, text in every_text():
        found = words(text)
        for start in range(len(found) - RUN + 1):
            holders[tuple(found[start : start + RUN])].add(record)
    assert {run: ids for run, ids in holders.items() if len(ids) > 3} == {}


@pytest.mark.parametrize("pack", SENTENCES)
def test_the_readme_counts_what_is_there(pack: str) -> None:
    counted = table("Counts")
    for name, domain in CORPORA.items():
        rows = [row for row in items(pack) if domain in row["tags"]]
        second = sum(bool({"chained", "generation"} & set(row["tags"])) for row in rows)
        docs = {doc_id for row in rows for doc_id in row["gold_doc_ids"]}
        assert counted[f"{pack}, {name}"] == [len(rows), len(rows) - second, second, len(docs)]
    assert len(items(pack)) >= LEAST[pack]


@pytest.mark.parametrize("pack", SENTENCES)
def test_the_matcher_accepts_every_answer_and_not_the_wrong_one(pack: str) -> None:
    for row in items(pack):
        assert [a for a in row["answers"] if not is_correct(f"It is {a}.", row["answers"])] == [], row["id"]
        assert not is_correct(f"It is {row['wrong_answers'][0]}.", row["answers"]), row["id"]
