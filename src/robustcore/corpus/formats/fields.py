"""From a record to a Doc or an Example: its keys, and what must agree. Shared by the formats that have these keys."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from robustcore.corpus.formats.faults import suggest_id
from robustcore.corpus.formats.record import Record, unique
from robustcore.corpus.formats.values import check_keys, flag, identity, origins, string, strings, variants
from robustcore.corpus.records import Doc, Example

DOC_KEYS = ("id", "text", "title", "tags", "variants", "origins", "metadata")
QUESTION_KEYS = (
    "id",
    "question",
    "answers",
    "answer",
    "answerable",
    "gold_doc_ids",
    "grades",
    "wrong_answers",
    "tags",
    "cluster",
    "variants",
    "origins",
    "evidence",
    "metadata",
    "dataset",
    "grader",
    "hard_negative",
    "tools",
    "concepts",
    "noise_docs",
)
_EVIDENCE = (
    "evidence",
    "citations",
    "answer_source_sentences",
    "gold_spans",
)  # as FailSafeQA, RARE, NoisyBench call it
_ITEM = ("instruction", "related_docs", "reasoning_steps", "answer_type")  # as DeR2 calls parts of an item
_BESIDE = (
    "check",
    "good_reply",
    "bad_reply",
    "expected_calls",
    "answer_from",
)  # for whoever checks items, not for runs
_DOC_ACCEPTED = frozenset({*DOC_KEYS, "_id", "concepts"})  # what a document carries, items say of themselves
_QUESTION_ACCEPTED = frozenset({*QUESTION_KEYS, *_EVIDENCE, *_ITEM, *_BESIDE})
_FEW = 12
DATASET = "dataset:"  # how a tag begins that names the data set of a question
GRADERS = ("answer_correct", "final_answer", "rules")


def doc_of(record: Record, seen: dict[str, int], *, blank_text: bool = False) -> Doc | None:
    """Return the document, or None after adding faults. ``seen`` maps the ids so far to their lines."""
    before = record.faults.count
    check_keys(record, _DOC_ACCEPTED, DOC_KEYS)
    made = Doc(
        id=identity(record, seen, alias="_id"),
        text=string(record, "text", required=not blank_text),
        title=string(record, "title"),
        tags=strings(record, "tags"),
        variants=variants(record, "context"),
        origins=origins(record),
    )
    return made if record.faults.count == before else None


def example_of(record: Record, seen: dict[str, int], known: Collection[str] | None) -> Example | None:
    """Return the question, or None after adding faults; ``known`` are the corpus ids (None: not to be checked)."""
    before = record.faults.count
    check_keys(record, _QUESTION_ACCEPTED, QUESTION_KEYS)
    answers = _answers(record)
    grades = _grades(record)
    named = "related_docs" if "related_docs" in record.fields else "gold_doc_ids"
    gold = strings(record, named) or tuple(doc_id for doc_id, grade in grades if grade > 0)
    grader = _grader(record)
    made = Example(
        id=identity(record, seen),
        question=string(record, "instruction" if "instruction" in record.fields else "question", required=True),
        answers=answers,
        answerable=flag(record, "answerable", default=bool(answers) or grader.get("kind") == "rules"),
        gold_doc_ids=gold,
        grades=grades,
        wrong_answers=strings(record, "wrong_answers"),
        tags=(*_dataset(record), *strings(record, "tags")),
        cluster=string(record, "cluster"),
        variants=variants(record, "question"),
        evidence=_evidence(record),
        origins=origins(record),
        passages=_hard_negative(record),
        grader=grader,
        tools=strings(record, "tools"),
        concepts=strings(record, "concepts"),
        steps=strings(record, "reasoning_steps"),
        noise_doc_ids=strings(record, "noise_docs"),
    )
    if record.faults.count > before:  # what follows from a wrong field would only repeat it
        return None
    check_agreement(record, made)
    check_gold(record, made, known)
    return made if record.faults.count == before else None


def check_agreement(record: Record, example: Example) -> None:
    """Add a fault for each pair of fields that contradict one another."""
    if example.answerable and not example.answers and example.grader.get("kind") != "rules":
        fix = 'give "answers", or set "answerable" to false (retrieval-only questions: use a BEIR folder)'
        record.fault("the question is answerable but has no answers", key="answerable", fix=fix)
    if not example.answerable and example.answers:
        fix = "drop the answers, or the flag; values to be planted go into wrong_answers"
        record.fault("the question is not answerable but has answers", key="answers", fix=fix)
    if not example.answerable and example.gold_doc_ids:
        fix = "gold documents are those that hold the answer: drop them, or give the answer"
        record.fault("the question is not answerable but has gold documents", key="gold_doc_ids", fix=fix)
    right = {answer.casefold().strip() for answer in example.answers}
    for wrong in example.wrong_answers:
        if wrong.casefold().strip() in right:
            record.fault(f"{wrong!r} is both an answer and a wrong answer", key="wrong_answers", value=wrong)
    relevance = dict(example.grades)
    for doc_id in example.gold_doc_ids if relevance else ():
        if relevance.get(doc_id, 0) <= 0:
            fix = f"give {doc_id!r} a grade of at least 1, or drop it from gold_doc_ids"
            record.fault(f"gold document {doc_id!r} has no positive grade", key="grades", fix=fix)


def check_gold(record: Record, example: Example, known: Collection[str] | None) -> None:
    """Add a fault for each gold or graded id that is not in the corpus."""
    if known is None:
        return
    graded = (doc_id for doc_id, _ in example.grades)
    for doc_id in unique([*example.gold_doc_ids, *graded, *example.noise_doc_ids]):
        if doc_id not in known:
            named = ("gold_doc_ids", "related_docs", "noise_docs", "grades")
            key = next((name for name in named if doc_id in (record.fields.get(name) or ())), "grades")
            fix = "" if record.faults.full else suggest_id(doc_id, known)
            choices = tuple(sorted(known)) if len(known) <= _FEW else ()
            record.fault(f"no document has the id {doc_id!r}", key=key, value=doc_id, choices=choices, fix=fix)


def _answers(record: Record) -> tuple[str, ...]:
    single = record.fields.get("answer")
    if single is None:
        return strings(record, "answers")
    if "answers" in record.fields:
        record.fault("both 'answer' and 'answers' are given", key="answer", fix="keep the list")
    return (string(record, "answer", required=True),)


def _evidence(record: Record) -> tuple[str, ...]:
    """Return the sentences the answer is taken from, under any of their names, in the record or in its metadata."""
    for key in _EVIDENCE:
        if key in record.fields:
            return strings(record, key)
    metadata = record.fields.get("metadata")
    given = metadata if isinstance(metadata, dict) else {}
    found: list[Any] = next((given[key] for key in _EVIDENCE if isinstance(given.get(key), list)), [])
    return unique(text for text in found if isinstance(text, str) and text.strip())


def _dataset(record: Record) -> tuple[str, ...]:
    """Return the tag that names the data set a question belongs to, over which scores are averaged."""
    name = string(record, "dataset")
    return (f"{DATASET}{name}",) if name else ()


def _grader(record: Record) -> dict[str, Any]:
    """Return how a reply is judged, checked as far as it can be without a reply; absent is by the answers."""
    value = record.fields.get("grader")
    if value is None:
        return {}
    rules = value.get("rules") if isinstance(value, dict) else None
    if not isinstance(value, dict) or value.get("kind") not in GRADERS:
        fix = 'write {"kind": "final_answer"}, or {"kind": "rules", "rules": [...]}'
        record.fault("'grader' must be an object with a known 'kind'", key="grader", choices=GRADERS, fix=fix)
    elif value["kind"] == "rules" and not (
        isinstance(rules, list) and rules and all(isinstance(rule, dict) and "rule" in rule for rule in rules)
    ):
        record.fault("a grader of the kind 'rules' needs a list of rules, each with its name", key="grader")
    else:
        return value
    return {}


def _hard_negative(record: Record) -> dict[str, str]:
    """Return the stored hard negative: a text, or an object with ``text`` and the verdict of its filter.

    One whose filter found that it helps is left out.
    """
    value = record.fields.get("hard_negative")
    text = value.get("text") if isinstance(value, dict) else value
    if value is None:
        return {}
    if not isinstance(text, str) or not text.strip():
        record.fault("'hard_negative' must be a text, or an object with a 'text'", key="hard_negative")
        return {}
    helps = isinstance(value, dict) and (value.get("answer_absent") is False or value.get("reading", "") == "helps")
    return {} if helps else {"context.hard_negative": text}


def _grades(record: Record) -> tuple[tuple[str, int], ...]:
    value = record.fields.get("grades")
    if value is None:
        return ()
    if not isinstance(value, dict) or any(type(grade) is not int for grade in value.values()):
        record.fault("'grades' must be an object of document id to whole number", key="grades")
        return ()
    return tuple(value.items())
