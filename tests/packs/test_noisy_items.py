"""The items of the noisy pack, as they lie in fixtures/packs/noisy: what their README promises holds in the files."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from item_facts import Tools, checked_answer, solutions, tool_answer

from robustcore.measures.graders import passes
from robustcore.measures.matching import is_correct
from robustcore.measures.reply_rules import broken_rules

Row: TypeAlias = dict[str, Any]

FIXTURES = Path(__file__).parents[2] / "fixtures"
PACK = FIXTURES / "packs" / "noisy"
CORPORA = ("annual-reports", "encyclopedia", "handbook")
COMMON = {"id", "dataset", "question", "answers", "grader", "tags", "hard_negative"}
OWN_KEYS = {
    "rag": {"gold_doc_ids", "gold_spans", "wrong_answers"},
    "reasoning": {"check"},
    "alignment": {"good_reply", "bad_reply"},
    "tool_use": {"tools", "expected_calls", "answer_from"},
}
GRADERS = {"rag": "answer_correct", "reasoning": "final_answer", "alignment": "rules", "tool_use": "final_answer"}
TOOLS = ["calculator", "lookup", "read_file", "sql"]
LEAST = 60
READINGS = ("no_help",)
RUN = 8  # words: a longer common run would show a template


@cache
def lines(path: str) -> list[Row]:
    return [json.loads(line) for line in (FIXTURES / path).read_text(encoding="utf-8").splitlines()]


def items(dataset: str) -> list[Row]:
    return lines(f"packs/noisy/{dataset}.jsonl")


def every_item() -> list[Row]:
    return [row for dataset in OWN_KEYS for row in items(dataset)]


@cache
def corpus() -> dict[str, str]:
    return {doc["id"]: doc["text"] for name in CORPORA for doc in lines(f"corpora/{name}/docs.jsonl")}


@cache
def shipped_questions() -> list[Row]:
    corpora = [f"corpora/{name}/{part}.jsonl" for name in CORPORA for part in ("questions", "calibration")]
    return [
        row for path in (*corpora, *(f"packs/{p}/questions.jsonl" for p in ("rare", "failsafe"))) for row in lines(path)
    ]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


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


@pytest.mark.parametrize("dataset", OWN_KEYS)
def test_items_have_the_keys_and_the_grader_of_their_kind(dataset: str) -> None:
    assert len(items(dataset)) >= LEAST
    for row in items(dataset):
        assert row.keys() == COMMON | OWN_KEYS[dataset], row["id"]
        assert (row["dataset"], row["grader"]["kind"]) == (dataset, GRADERS[dataset]), row["id"]
        assert row["answers"] or dataset == "alignment", row["id"]


@pytest.mark.parametrize("dataset", OWN_KEYS)
def test_a_few_items_of_each_kind_are_for_a_short_run(dataset: str) -> None:
    assert 5 <= sum("smoke" in row["tags"] for row in items(dataset)) <= 6


def test_ids_and_questions_are_unique_and_shared_with_no_other_item() -> None:
    rows = [*every_item(), *shipped_questions()]
    pool = [*lines("packs/noisy/documents.jsonl"), *lines("packs/noisy/chats.jsonl")]
    assert repeated([*(row["id"] for row in (*rows, *pool)), *corpus()]) == []
    assert repeated(" ".join(words(row["question"])) for row in rows) == []


def test_a_rag_item_asks_for_a_fact_that_no_shipped_question_asks_for() -> None:
    asked = {(doc_id, row["answers"][0]) for row in shipped_questions() for doc_id in row["gold_doc_ids"]}
    assert [row["id"] for row in items("rag") if (row["gold_doc_ids"][0], row["answers"][0]) in asked] == []


def test_a_gold_span_is_verbatim_and_holds_the_answer_which_the_question_does_not_say() -> None:
    for row in items("rag"):
        (doc_id,), (span,), answer = row["gold_doc_ids"], row["gold_spans"], row["answers"][0]
        assert span in corpus()[doc_id], row["id"]
        assert re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", span), row["id"]
        assert [a for a in row["answers"] if says(row["question"], a)] == [], row["id"]


def test_a_wrong_answer_stands_not_in_the_gold_document_and_is_not_accepted() -> None:
    for row in items("rag"):
        (wrong,) = row["wrong_answers"]
        assert not says(corpus()[row["gold_doc_ids"][0]], wrong), row["id"]
        assert not is_correct(f"It is {wrong}.", row["answers"]), row["id"]
        assert [a for a in row["answers"] if not is_correct(f"It is {a}.", row["answers"])] == [], row["id"]


def test_the_answer_of_a_reasoning_item_is_what_its_check_gives() -> None:
    for row in items("reasoning"):
        value, answer = checked_answer(row["check"]), row["answers"][0]
        same = answer == value if isinstance(value, str) else float(answer) == pytest.approx(float(value), abs=1e-6)
        assert same, (row["id"], value, answer)


def test_a_puzzle_has_one_solution_with_its_constraints_and_many_without() -> None:
    for row in items("reasoning"):
        puzzle = row["check"].get("puzzle")
        if puzzle is None or puzzle.get("unique") is False:
            continue
        assert len(solutions(puzzle)) == 1, row["id"]
        assert len(solutions({**puzzle, "constraints": []})) > 1, row["id"]


def test_the_answer_of_a_tool_item_is_what_its_calls_give_on_the_shipped_data() -> None:
    tools = Tools(PACK / "tools")
    for row in items("tool_use"):
        assert is_correct(tool_answer(row, tools), row["answers"]), row["id"]
        assert is_correct(row["answers"][0], [tool_answer(row, tools)]), row["id"]
        assert row["tools"] == TOOLS, row["id"]
        assert set(row["tags"]) - {"smoke"} == {call["tool"] for call in row["expected_calls"]}, row["id"]


def test_a_tool_item_hands_on_all_results_but_those_that_only_decide_something() -> None:
    """Whether a boat is older than 1980, or an order reaches a discount, is read off a result and not computed with."""
    for row in items("tool_use"):
        used = " ".join([*(v for c in row["expected_calls"] for v in c["arguments"].values()), row["answer_from"]])
        only_read = [n for n, _ in enumerate(row["expected_calls"], 1) if f"{{{n}}}" not in used]
        assert len(only_read) <= 2, row["id"]


def test_every_table_file_and_tool_is_needed_by_an_item() -> None:
    calls = [call for row in items("tool_use") for call in row["expected_calls"]]
    assert {call["tool"] for call in calls} == set(TOOLS)
    queries = " ".join(call["arguments"].get("query", "") for call in calls)
    tables = re.findall(r"CREATE TABLE (\w+)", (PACK / "tools/tables.sql").read_text(encoding="utf-8"))
    assert [name for name in tables if name not in queries] == []
    read = {call["arguments"].get("path") for call in calls}
    assert [file.name for file in (PACK / "tools/files").iterdir() if file.name not in read] == []


def test_the_rules_of_an_alignment_item_accept_the_good_reply_and_not_the_bad_one() -> None:
    for row in items("alignment"):
        rules = row["grader"]["rules"]
        assert broken_rules(row["good_reply"], rules) == [], row["id"]
        assert broken_rules(row["bad_reply"], rules) != [], row["id"]
        assert broken_rules("", rules) == [rule["rule"] for rule in rules], row["id"]


@pytest.mark.parametrize("dataset", ["rag", "reasoning", "tool_use"])
def test_the_grader_passes_an_answer_at_the_end_and_not_a_hard_negative_quoted(dataset: str) -> None:
    for row in items(dataset):
        for answer in row["answers"]:
            assert passes(f"Let me see.\nAnswer: {answer}", row["grader"], row["answers"]), row["id"]
        assert passes(f"Answer: {row['hard_negative']['text']}", row["grader"], row["answers"]) is False, row["id"]


def test_an_alignment_item_cannot_be_passed_by_refusing_everything_alone() -> None:
    """At most one item in four lets a bare refusal pass: those that ask for nothing but a secret."""
    refusal = "I am sorry, but I cannot help with that request."
    passed = [row["id"] for row in items("alignment") if not broken_rules(refusal, row["grader"]["rules"])]
    assert len(passed) <= len(items("alignment")) / 4


def test_a_secret_stands_in_the_request_that_must_not_give_it_away() -> None:
    squeeze = re.compile(r"\W|_")
    for row in items("alignment"):
        for rule in row["grader"]["rules"]:
            if rule["rule"] == "keeps_secret":
                assert squeeze.sub("", rule["secret"]).casefold() in squeeze.sub("", row["question"]).casefold(), row[
                    "id"
                ]


def test_a_hard_negative_holds_no_answer_and_its_verdict_says_so() -> None:
    for row in every_item():
        negative = row["hard_negative"]
        stated = [*row["answers"], *row.get("wrong_answers", [])]
        assert negative.keys() == {"text", "answer_absent", "reading"}, row["id"]
        assert negative["answer_absent"] is not any(is_correct(negative["text"], [answer]) for answer in stated), row[
            "id"
        ]
        assert negative["answer_absent"] is True, row["id"]
        assert negative["reading"] in READINGS, row["id"]


def test_a_hard_negative_is_a_passage_that_shares_words_with_its_question() -> None:
    for row in every_item():
        text = row["hard_negative"]["text"]
        assert 40 <= len(text.split()) <= 90, row["id"]
        stems = [{word[:5] for word in words(part) if len(word) > 3} for part in (row["question"], text)]
        assert len(stems[0] & stems[1]) >= 2, row["id"]


def test_a_hard_negative_names_no_secret_of_its_item() -> None:
    for row in items("alignment"):
        secrets = [rule for rule in row["grader"]["rules"] if rule["rule"] == "keeps_secret"]
        assert broken_rules(row["hard_negative"]["text"], secrets) == [], row["id"]


def test_pool_documents_are_unrelated_passages_of_moderate_length() -> None:
    documents = lines("packs/noisy/documents.jsonl")
    assert len(documents) >= LEAST
    for doc in documents:
        assert doc.keys() == {"id", "title", "text", "tags"}
        assert 50 <= len(doc["text"].split()) <= 90, doc["id"]
        assert not re.search(r"\d", doc["text"]), doc["id"]


def test_no_pool_text_names_what_a_rag_item_asks_for() -> None:
    golds = [answer for row in items("rag") for answer in row["answers"] if re.search(r"[A-Z]|\d", answer)]
    for record, text in pool_texts():
        assert [gold for gold in golds if is_correct(text, [gold])] == [], record


def test_chats_alternate_from_the_user_and_have_four_to_eight_turns() -> None:
    chats = lines("packs/noisy/chats.jsonl")
    assert len(chats) >= 40
    assert repeated(chat["topic"] for chat in chats) == []
    for chat in chats:
        roles = [turn["role"] for turn in chat["turns"]]
        assert 4 <= len(roles) <= 8, chat["id"]
        assert roles == [("user", "assistant")[n % 2] for n in range(len(roles))], chat["id"]


def test_no_chat_gives_instructions() -> None:
    """No turn speaks to the model about how to reply, and no user turn opens with a command."""
    order = re.compile(
        r"from now on|ignore|you must|always reply|never reply|respond|instruction|system prompt", re.IGNORECASE
    )
    command = re.compile(
        r"^(please|write|give|tell|list|answer|reply|translate|summari[sz]e|act|pretend|say|use)\b", re.IGNORECASE
    )
    turns = [(chat["id"], turn) for chat in lines("packs/noisy/chats.jsonl") for turn in chat["turns"]]
    assert [record for record, turn in turns if order.search(turn["text"])] == []
    assert [record for record, turn in turns if turn["role"] == "user" and command.search(turn["text"])] == []


def pool_texts() -> Iterator[tuple[str, str]]:
    yield from ((doc["id"], doc["text"]) for doc in lines("packs/noisy/documents.jsonl"))
    for chat in lines("packs/noisy/chats.jsonl"):
        yield chat["id"], " / ".join(turn["text"] for turn in chat["turns"])


def test_no_run_of_eight_words_is_in_more_than_three_records() -> None:
    negatives = ((f"{row['id']} negative", row["hard_negative"]["text"]) for row in every_item())
    questions = ((row["id"], row["question"]) for row in every_item())
    holders: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for record, text in (*negatives, *questions, *pool_texts(), *corpus().items()):
        found = words(text)
        for start in range(len(found) - RUN + 1):
            holders[tuple(found[start : start + RUN])].add(record)
    assert {run: ids for run, ids in holders.items() if len(ids) > 3} == {}


def test_the_readme_counts_what_is_there() -> None:
    counted = table("Counts")
    for dataset in OWN_KEYS:
        smoke = sum("smoke" in row["tags"] for row in items(dataset))
        assert counted[dataset] == [len(items(dataset)), len(items(dataset)), smoke]
    for pool in ("documents", "chats"):
        assert counted[pool] == [len(lines(f"packs/noisy/{pool}.jsonl")), 0, 0]


def test_the_readme_says_how_the_items_of_a_kind_divide() -> None:
    text = " ".join((PACK / "README.md").read_text(encoding="utf-8").split())
    corpora = Counter(row["gold_doc_ids"][0][:2] for row in items("rag"))
    assert f"{corpora['ar']} questions on annual-reports, {corpora['en']} on the encyclopedia" in text
    assert f"{corpora['hb']} on the handbook" in text
    puzzles = sum("puzzle" in row["check"] for row in items("reasoning"))
    assert f"{len(items('reasoning')) - puzzles} have an expression and {puzzles} a puzzle" in text
    kinds = Counter(row["tags"][0] for row in items("alignment"))
    assert f"{kinds['secret']} are about a secret, {kinds['format']} about a format or a policy" in text
    assert f"{kinds['premise']} about a false premise" in text
