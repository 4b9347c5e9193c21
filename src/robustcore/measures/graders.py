"""Does a reply pass? The graders that an item of any task kind names: a stated answer, a final answer, or rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from robustcore.measures.matching import is_correct
from robustcore.measures.reply_rules import broken_rules

KINDS = ("answer_correct", "final_answer", "rules")
_FINAL = re.compile(r"\banswer\W*:", re.IGNORECASE)


def passes(reply: str, grader: Mapping[str, Any], answers: Sequence[str]) -> bool | None:
    """Say whether ``reply`` passes ``grader``; None if it needs an answer and there is none (``no_oracle``).

    ``kind`` of the grader is ``answer_correct`` (the reply states one of ``answers``), ``final_answer`` (its final part
    does) or ``rules`` (it keeps all of ``rules``). Raises ValueError for another kind.
    """
    kind = grader["kind"]
    if kind == "answer_correct":
        return is_correct(reply, answers)
    if kind == "final_answer":
        return is_correct(final_part(reply), answers)
    if kind == "rules":
        return not broken_rules(reply, grader["rules"])
    raise ValueError(f"no grader {kind!r}; there are: {', '.join(KINDS)}")


def final_part(reply: str) -> str:
    """Return what follows the last "Answer:" of ``reply``, or without one its last line that is not blank."""
    marks = list(_FINAL.finditer(reply))
    if marks:
        return reply[marks[-1].end() :].strip()
    return next((line.strip() for line in reversed(reply.splitlines()) if line.strip()), "")
