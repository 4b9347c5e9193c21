"""The exact bytes of every question operator under fixed identities: ``python tests/golden_texts.py --write`` renews.

Without ``--write`` it compares and fails where they differ; ``--backwards`` makes the texts last to first.

A changed byte means other texts under the same seeds, so that stored results no longer compare: raise the operator's
version, say so in the changelog, and only then renew.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from robustcore.case import Case, Condition, Step
from robustcore.corpus.records import Corpus, Example
from robustcore.keys import canonical_json, rng_of
from robustcore.perturb.base import Operator
from robustcore.perturb.edit import At
from robustcore.perturb.families import shipped
from robustcore.perturb.options import check_options

GOLDEN = Path(__file__).parent / "golden" / "questions.json"


def by_rule(operator: Operator) -> bool:
    """Say whether an operator on questions makes its text without a model: it may ask one which draft to take."""
    return operator.inject == "question" and (operator.flow is None or operator.short == "typo_composite")


BY_RULE: tuple[Operator, ...] = tuple(sorted(filter(by_rule, shipped()), key=lambda operator: operator.name))
"""The operators on questions that need no model, sorted by name."""
SEVERITIES = (0.33, 1.0)
EXAMPLES = (
    Example(
        id="ferries",
        question="Which of the northern counties signed a twelve-year contract with the Skarvold Line?",
        answers=("Skarvold Line",),
    ),
    Example(id="leave", question="how much holiday does a newly hired full-timer get, and who approves it?"),
    Example(
        id="painting",
        question='Who painted "The Yellow Fleet" in 1967, and for how many dollars was it not sold to the museum?',
    ),
    Example(id="pupil", question="Où se trouvait l'élève pendant les vacances d'été à Besançon, près du Doubs?"),
    Example(id="capital", question="Какой город стал столицей северного края?"),
    Example(
        id="letter",
        question="Hello! Where did the company’s former head receive the important letter before she began a trip?",
    ),
)


def golden_rows(*, backwards: bool = False) -> list[dict[str, Any]]:
    """Return what each question operator makes of each example at each severity, seeded as a case of a run is.

    ``backwards`` makes the texts last to first, and returns them in the same order. Operators on passages are seeded
    the same way: a second list of values, handed to ``apply`` in `_row`, and a second file would pin them.
    """
    wanted = [(operator, severity, example) for operator in BY_RULE for severity in SEVERITIES for example in EXAMPLES]
    made = {number: _row(*wanted[number]) for number in sorted(range(len(wanted)), reverse=backwards)}
    return [made[number] for number in range(len(wanted))]


def golden_text(*, backwards: bool = False) -> str:
    """Return the file: rows, one a line, and the SHA-256 of those lines."""
    lines = ",\n".join(f"  {canonical_json(row)}" for row in golden_rows(backwards=backwards))
    digest = hashlib.sha256(lines.encode()).hexdigest()
    return f'{{"sha256": "{digest}",\n "rows": [\n{lines}\n]}}\n'


def _row(operator: Operator, severity: float, example: Example) -> dict[str, Any]:
    options = check_options(operator, {})
    condition = Condition(label=operator.short, severity=severity, steps=(Step(operator, options),))
    case = Case(id=f"{condition.name}-{example.id}", example=example, condition=condition)
    at = At(severity=severity, rng=rng_of(case.seed), example=example, corpus=Corpus())
    edit = operator.apply(example.question, at, **options)
    return {
        "operator": operator.name, "version": operator.version, "severity": severity, "example": example.id,
        "seed": case.seed, "output": edit.value, "status": edit.status, "edits": edit.edits,
    }  # fmt: skip


def main() -> None:
    text = golden_text(backwards="--backwards" in sys.argv)
    if sys.argv[1:] == ["--write"]:
        GOLDEN.write_text(text, encoding="utf-8", newline="\n")
    elif text != GOLDEN.read_text(encoding="utf-8"):
        raise SystemExit("the texts differ from those stored; --write stores these")
    print(f"{len(json.loads(text)['rows'])} texts")


if __name__ == "__main__":
    main()
