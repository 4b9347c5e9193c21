"""From a record to a Doc or an Example: keys, types and what must agree. Shared by the formats that have these keys."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from robustcore.corpus.formats.faults import suggest_id
from robustcore.corpus.formats.record import Record, unique
from robustcore.corpus.records import Doc, Example, Origin
from robustcore.errors import suggest

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
_ORIGIN = frozenset({"writer", "prompt", "validity", "note"})
_VERDICTS = ("", "valid", "invalid", "undecided")
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
        answerable=_flag(record, "answerable", default=bool(answers) or grader.get("kind") == "rules"),
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


def check_keys(record: Record, accepted: frozenset[str], choices: tuple[str, ...]) -> None:
    """Add a fault for each key that means nothing here."""
    if record.fields.keys() <= accepted:
        return
    for key in record.fields:
        if key not in accepted:
            record.fault(f"unknown key {key!r}", key=key, choices=choices, fix=suggest(key, choices))


def identity(record: Record, seen: dict[str, int], *, alias: str = "id") -> str:
    """Return the record's id and note it in ``seen``; a repeated one is a fault."""
    key = alias if alias in record.fields else "id"
    if key != "id" and "id" in record.fields:
        record.fault(f"both 'id' and {alias!r} are given", key=alias, fix="keep one of them")
    value = string(record, key, required=True)
    first = seen.setdefault(value, record.line) if value else record.line
    if first != record.line:
        record.fault(f"id {value!r} is used twice: first in line {first}", key=key, value=value, fix="ids are unique")
    return value


def string(record: Record, key: str, *, required: bool = False) -> str:
    """Return a text field; absent and null are the empty string. ``required`` refuses absent and blank text."""
    value = record.fields.get(key)
    if isinstance(value, str):
        if required and not value.strip():
            record.fault(f"{key!r} is empty", key=key)
        return value
    if value is not None:
        fix = f'write it in quotes: "{value}"' if isinstance(value, int | float) else ""
        record.fault(f"{key!r} must be text, not {kind(value)}", key=key, fix=fix)
    elif required:
        record.fault(f"{key!r} is missing" if key not in record.fields else f"{key!r} is null", key=key)
    return ""


def strings(record: Record, key: str) -> tuple[str, ...]:
    """Return a list of texts, repeats dropped; absent and null are the empty tuple."""
    value = record.fields.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        fix = "write it as a list: [...]"
        record.fault(f"{key!r} must be a list of texts, not {kind(value)}", key=key, fix=fix)
        return ()
    for place, item in enumerate(value):
        if not isinstance(item, str):
            record.fault(f"{key!r} must hold texts; item {place + 1} is {kind(item)}", key=key)
            return ()
        if not item.strip():
            record.fault(f"item {place + 1} of {key!r} is empty", key=key)
            return ()
    return unique(value)


def variants(record: Record, point: str) -> dict[str, str]:
    """Return stored variants by the name of their operator, whose injection point is ``point``; absent is none.

    A name of another point, or a text that is blank, is a fault. Names are not looked up: operators may be a plugin's.
    """
    value = record.fields.get("variants")
    if value is None:
        return {}
    if not isinstance(value, dict):
        fix = f'write it as an object: {{"{point}.NAME": "text"}}'
        record.fault(f"'variants' must be an object of operator to text, not {kind(value)}", key="variants", fix=fix)
        return {}
    for name, text in value.items():
        if not name.startswith(f"{point}.") or name == f"{point}.":
            fix = f"name it {point}.{name.rpartition('.')[2] or 'NAME'}"
            what = f"a variant here belongs to an operator {point}.NAME, not to {name!r}"
            record.fault(what, key="variants", value=name, fix=fix)
        elif not isinstance(text, str):
            record.fault(f"the variant {name!r} must be text, not {kind(text)}", key=name)
        elif not text.strip():
            record.fault(f"the variant {name!r} is empty", key=name)
    return value


def origins(record: Record) -> dict[str, Origin]:
    """Return who wrote the stored variants, by the names of their operators; absent is nobody we know of.

    An origin without its variant, or one that is no object of `Origin`'s texts, is a fault.
    """
    value = record.fields.get("origins")
    if value is None:
        return {}
    found: dict[str, Origin] = {}
    stored = record.fields.get("variants")
    for name, origin in value.items() if isinstance(value, dict) else ((None, value),):
        sound = (
            isinstance(origin, dict) and origin.keys() <= _ORIGIN and all(isinstance(v, str) for v in origin.values())
        )
        if name is None or not sound:
            fix = 'write {"OPERATOR": {"writer": "...", "prompt": "...", "validity": "...", "note": "..."}}'
            record.fault("'origins' must say of each variant who wrote it", key=name or "origins", fix=fix)
        elif not isinstance(stored, dict) or name not in stored:
            record.fault(f"there is no variant {name!r} that this could be the origin of", key="origins", value=name)
        elif origin.get("validity", "") not in _VERDICTS:
            what = f"the validity of {name!r} cannot be {origin['validity']!r}"
            record.fault(what, key="validity", value=origin["validity"], choices=_VERDICTS[1:])
        else:
            found[name] = Origin(**{"writer": "", "prompt": "", **origin})
    return found


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


def kind(value: Any) -> str:
    """Return what a JSON value is, in words."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), "null")


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


def _flag(record: Record, key: str, *, default: bool) -> bool:
    value = record.fields.get(key)
    if value is not None and not isinstance(value, bool):
        record.fault(f"{key!r} must be true or false, not {kind(value)}", key=key, choices=("true", "false"))
    return value if isinstance(value, bool) else default


def _grades(record: Record) -> tuple[tuple[str, int], ...]:
    value = record.fields.get("grades")
    if value is None:
        return ()
    if not isinstance(value, dict) or any(type(grade) is not int for grade in value.values()):
        record.fault("'grades' must be an object of document id to whole number", key="grades")
        return ()
    return tuple(value.items())
