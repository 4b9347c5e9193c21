"""From a record to a closed question: our own keys (options, gold), and those of PARROT's files (base)."""

from __future__ import annotations

import re
from typing import Any, Final

from robustcore.corpus.closed import LETTERS, asserted_letter
from robustcore.corpus.formats.fields import check_gold
from robustcore.corpus.formats.record import Record
from robustcore.corpus.formats.values import check_keys, identity, kind, string, strings, variants
from robustcore.corpus.records import Choice, Example

KEYS: Final = (
    "id",
    "question",
    "options",
    "gold",
    "subject",
    "asserted",
    "favourable",
    "gold_doc_ids",
    "tags",
    "cluster",
    "variants",
    "metadata",
)
SUBJECT: Final = "subject:"  # before the subject among the tags, by which results are split
_LINE: Final = re.compile(r"\((?P<letter>[A-Z])\)\s*(?P<text>.*)")


def is_closed(record: Record) -> bool:
    """Say whether a record is a closed question."""
    return "options" in record.fields or _of_parrot(record)


def closed_of(record: Record, seen: dict[str, int], known: Any) -> Example | None:
    """Return the closed question, or None after adding faults. ``seen`` maps the ids so far to their lines.

    The asserted letter is the record's own where it has one, else it follows from the number of the row.
    """
    before, row = record.faults.count, len(seen) + 1
    if _of_parrot(record):
        record.fields = _rewritten(record, row)
    check_keys(record, frozenset(KEYS), KEYS)
    options = _options(record)
    subject = string(record, "subject")
    gold = _letter(record, "gold", options, required=True)
    asserted = _letter(record, "asserted", options)
    if asserted and asserted == gold:
        record.fault(f"the asserted letter {asserted!r} is the right one", key="asserted", fix="name a wrong one")
    name = identity(record, seen)
    if record.faults.count > before or not gold:
        return None
    letters = tuple(options)
    made = Example(
        id=name,
        question=string(record, "question", required=True),
        answers=(options[gold],),
        gold_doc_ids=strings(record, "gold_doc_ids"),
        wrong_answers=tuple(text for letter, text in options.items() if letter != gold),
        tags=(*strings(record, "tags"), *([f"{SUBJECT}{subject}"] if subject else [])),
        cluster=string(record, "cluster"),
        variants=variants(record, "question"),
        choice=Choice(
            options=tuple(options.items()),
            gold=gold,
            asserted=asserted or asserted_letter(row, gold, letters),
            favourable=_letter(record, "favourable", options),
            subject=subject,
        ),
    )
    check_gold(record, made, known)
    return made if record.faults.count == before else None


def closed_fields(example: Example) -> dict[str, Any]:
    """Return the fields of a closed question beside those of any question, as `closed_of` reads them back."""
    choice = example.choice
    if choice is None:
        return {}
    return {
        "options": dict(choice.options),
        "gold": choice.gold,
        "asserted": choice.asserted,
        "favourable": choice.favourable,
        "subject": choice.subject,
        "tags": [tag for tag in example.tags if not tag.startswith(SUBJECT)],
    }


def _of_parrot(record: Record) -> bool:
    base = record.fields.get("base")
    return isinstance(base, dict) and "correct_letter" in base


def _rewritten(record: Record, row: int) -> dict[str, Any]:
    """Return a record of PARROT's files under our keys; the id is the subject and the number of the row."""
    base = record.fields["base"]
    found = [_LINE.fullmatch(line) for line in str(base.get("answers", "")).split("\n")]
    subject = str(base.get("subset", ""))
    return {
        "id": f"{subject or 'row'}-{row}",
        "question": base.get("question"),
        "options": {match["letter"]: match["text"] for match in found if match},
        "gold": base["correct_letter"],
        "subject": subject,
    }


def _options(record: Record) -> dict[str, str]:
    """Return letter → text; a list gets the letters from A on."""
    value = record.fields.get("options")
    if isinstance(value, list):
        value = dict(zip(LETTERS, value, strict=False))
    if not isinstance(value, dict) or not 2 <= len(value) <= len(LETTERS):
        fix = 'write {"A": "...", "B": "..."} or a list'
        record.fault("'options' must be two options or more, each under its letter", key="options", fix=fix)
        return {}
    for letter, text in value.items():
        if letter not in tuple(LETTERS):
            record.fault(f"an option stands under a capital letter, not {letter!r}", key="options", value=letter)
        elif not isinstance(text, str) or not text.strip():
            shown = "empty" if isinstance(text, str) else kind(text)
            record.fault(f"option {letter} must be text, and is {shown}", key=letter)
    return value


def _letter(record: Record, key: str, options: dict[str, str], *, required: bool = False) -> str:
    value = string(record, key, required=required)
    if value and options and value not in options:
        record.fault(f"{key!r} is {value!r}, which is none of the options", key=key, choices=tuple(options))
    return value
