"""Names of retrieval measures, canonical as in ir_measures. The common ones are known without importing it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from robustcore.errors import InputError, MissingExtraError, Problem, require

EXTRA = "ir"
PURPOSE = "a retrieval measure"

# spelling → canonical name, as ir_measures parses them (a test holds the two against each other)
_COMMON: Mapping[str, str] = MappingProxyType(
    {
        "nDCG": "nDCG",
        "NDCG": "nDCG",
        "R": "R",
        "Recall": "R",
        "P": "P",
        "Precision": "P",
        "RR": "RR",
        "MRR": "RR",
        "AP": "AP",
        "MAP": "AP",
        "Success": "Success",
        "Judged": "Judged",
    }
)
_NEEDS_CUTOFF = frozenset({"R", "P", "Success", "Judged"})
_SHAPE = re.compile(r"([A-Za-z]+)(?:@([1-9]\d*))?")

EXAMPLES: tuple[str, ...] = ("nDCG@10", "R@5", "RR@10", "P@5", "AP", "Success@5", "Judged@10")
"""What to offer a reader of an error message; any other name that ir_measures parses is understood as well."""


def common_name(text: str) -> str | None:
    """Return the canonical name of a common retrieval measure, or None. Imports nothing.

    Raises `InputError` for a measure that lacks its cut-off (``R`` for ``R@5``).
    """
    match = _SHAPE.fullmatch(text)
    base = _COMMON.get(match[1]) if match else None
    if match is None or base is None:
        return None
    if match[2] is None:
        if base in _NEEDS_CUTOFF:
            raise InputError(Problem(what=f"{text!r} needs a cut-off", fix=f"write {base}@5, for instance"))
        return base
    return f"{base}@{match[2]}"


def any_name(text: str) -> str | None:
    """Return the canonical name ir_measures gives ``text``; None if it knows none, or is not installed."""
    try:
        library = require("ir_measures", extra=EXTRA, purpose=PURPOSE)
        return str(library.parse_measure(text))
    except (MissingExtraError, ValueError, NameError, TypeError, SyntaxError, AssertionError, KeyError):
        return None
