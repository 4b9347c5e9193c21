"""The exact bytes of the document-side operators under fixed identities: ``--write`` renews the file.

Run ``python tests/golden_documents.py``. A changed byte means other texts under the same seeds, so that stored results
no longer compare: raise the operator's version, say so in the changelog, and only then renew.

``context.ocr_render`` is not here: its texts depend on the versions of Tesseract and Pillow.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from golden_world import CORPUS, EXAMPLES, context_of

from robustcore.case import Case, Condition, Step
from robustcore.corpus.records import Example
from robustcore.keys import canonical_json, rng_of
from robustcore.perturb.base import Operator
from robustcore.perturb.context import (
    answer_sentences,
    conflict,
    distractors,
    irrelevant,
    moved,
    ocr_noise,
    passage_surface,
    placing,
    stale,
    truncation,
)
from robustcore.perturb.corpus import contested, doc_attack, edits, load
from robustcore.perturb.edit import At, CorpusEdit
from robustcore.perturb.options import check_options

GOLDEN = Path(__file__).parent / "golden" / "documents.json"
_FAMILIES = (
    *(answer_sentences, conflict, moved, contested, edits, load, distractors, doc_attack),
    *(irrelevant, ocr_noise, passage_surface, placing, stale, truncation),
)
BY_RULE: tuple[Operator, ...] = tuple(
    sorted((o for family in _FAMILIES for o in family.OPERATORS), key=lambda operator: operator.name)
)
"""The operators on passages and on the corpus that need no model and no outside program, sorted by name."""
SEVERITIES = (0.33, 1.0)
MOST_ADDED = 9  # of the documents of an edit: a load has a hundred
BESIDE: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("context.casing", {"mode": "alternating"}),
    ("context.conflict", {"share": "majority", "place": "gold", "dated": True}),
    ("context.distractor_random", {"passages": 3, "place": "interleaved"}),
    ("context.duplicate", {"copies": 2}),
    ("context.gold_position", {"position": "middle"}),
    ("context.gold_position", {"position": "last"}),
    ("context.ocr_noise", {"protect": False}),
    ("context.stale", {"newest": "absent"}),
    ("corpus.conflict", {"share": "majority", "dated": True}),
    ("corpus.delete_random", {"nested": True}),
    ("corpus.distractor_load", {"topic": "same"}),
    ("corpus.doc_attack", {"mode": "edit"}),
    ("corpus.doc_attack", {"mode": "duplicate"}),
    ("corpus.doc_attack", {"mode": "plant"}),
    ("corpus.stale", {"newest": "absent"}),
)
"""Options that are pinned beside the defaults."""


def golden_rows() -> Iterator[dict[str, Any]]:
    """Yield what each operator makes of each example's context at each severity, seeded as a case of a run is."""
    named = {operator.name: operator for operator in BY_RULE}
    for operator, given in (*((one, {}) for one in BY_RULE), *((named[name], own) for name, own in BESIDE)):
        for severity in operator.levels or SEVERITIES:
            for example in EXAMPLES:
                yield _row(operator, given, severity, example)


def golden_text() -> str:
    """Return the file: rows, one a line, and the SHA-256 of those lines."""
    lines = ",\n".join(f"  {canonical_json(row)}" for row in golden_rows())
    digest = hashlib.sha256(lines.encode()).hexdigest()
    return f'{{"sha256": "{digest}",\n "rows": [\n{lines}\n]}}\n'


def _row(operator: Operator, given: Mapping[str, Any], severity: float, example: Example) -> dict[str, Any]:
    options = check_options(operator, given)
    condition = Condition(label=operator.short, severity=severity, steps=(Step(operator, options),))
    case = Case(id=f"{condition.name}-{example.id}", example=example, condition=condition)
    at = At(severity=severity, rng=rng_of(case.seed), example=example, corpus=CORPUS)
    value = CorpusEdit() if operator.inject == "corpus" else context_of(example)
    edit = operator.apply(value, at, **options)
    row = {
        "operator": operator.name, "version": operator.version, "options": dict(given), "severity": severity,
        "example": example.id, "seed": case.seed, "status": edit.status, "edits": edit.edits, "planted": edit.planted,
    }  # fmt: skip
    return row | {"output": None if edit.value == value else _shown(edit.value)}  # null: as it came in


def _shown(value: Any) -> Any:
    """Return ids that are hidden, then each document that is added or each passage as id, title and text."""
    if isinstance(value, CorpusEdit):
        added = [[doc.id, doc.title, doc.text] for doc in value.add[:MOST_ADDED]]
        return {"hide": list(value.hide), "add": added} if added else list(value.hide)
    return [[passage.doc_id, passage.title, passage.text] for passage in value]


def main() -> None:
    text = golden_text()
    if sys.argv[1:] == ["--write"]:
        GOLDEN.write_text(text, encoding="utf-8", newline="\n")
    elif text != GOLDEN.read_text(encoding="utf-8"):
        raise SystemExit("the texts differ from those stored; --write stores these")
    print(f"{len(json.loads(text)['rows'])} texts")


if __name__ == "__main__":
    main()
