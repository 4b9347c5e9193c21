"""How many perturbed cases are valid, and what is left of the passes on those that are (spec metrics 9.3) [OURS]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Validity: TypeAlias = Literal["valid", "invalid", "undecided"]

JUDGED_BY_PEOPLE: Final[Mapping[str, tuple[int, int]]] = {
    "question.back_translation": (116, 205),
    "question.paraphrase": (131, 155),
    "question.summary_title": (171, 237),
    "question.synonym_embedding": (151, 234),
    "question.synonym_wordnet": (87, 230),
}
"""How many changed variants of two collections people found valid, and how many they judged (arXiv 2111.13057)."""

BELOW_PEOPLE: Final = 0.10  # of the rate that people found; further below it is warned of


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityReport:
    """Rates over all cases (``rate``, ``undecided_rate``, ``naive_pass_rate``) and over the valid ones (the others).

    ``retention`` = passes perturbed / passes clean, may exceed 1; ``kept_rate`` = share of clean passes that still
    pass; ``paired_drop`` = mean of clean - perturbed. None where nothing is left to divide by.
    """

    rate: float | None
    undecided_rate: float | None
    retention: float | None
    retention_undecided_as_valid: float | None
    kept_rate: float | None
    paired_drop: float | None
    naive_pass_rate: float | None


def validity(cases: Sequence[tuple[bool, bool, Validity]]) -> ValidityReport:
    """Return the rates for (clean passed, perturbed passed, verdict of the oracle) per case."""
    valid = [(clean, perturbed) for clean, perturbed, verdict in cases if verdict == "valid"]
    lenient = [(clean, perturbed) for clean, perturbed, verdict in cases if verdict != "invalid"]
    undecided = sum(verdict == "undecided" for _, _, verdict in cases)
    passes = sum(clean for clean, _ in valid)
    return ValidityReport(
        rate=_share(len(valid), len(cases)),
        undecided_rate=_share(undecided, len(cases)),
        retention=_retention(valid),
        retention_undecided_as_valid=_retention(lenient),
        kept_rate=_share(sum(clean and perturbed for clean, perturbed in valid), passes),
        paired_drop=_share(passes - sum(perturbed for _, perturbed in valid), len(valid)),
        naive_pass_rate=_share(sum(perturbed for _, perturbed, _ in cases), len(cases)),
    )


def _retention(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    return _share(sum(perturbed for _, perturbed in pairs), sum(clean for clean, _ in pairs))


def below_people(operator: str, valid: int, judged: int) -> str:
    """Return a warning if ``valid`` of ``judged`` variants is more than 10 points below what people found, or ``""``.

    Operators that people did not judge have nothing to be compared with.
    """
    if operator not in JUDGED_BY_PEOPLE or not judged:
        return ""
    found, of = JUDGED_BY_PEOPLE[operator]
    if valid / judged >= found / of - BELOW_PEOPLE:
        return ""
    return (
        f"{valid / judged:.0%} valid ({valid} of {judged}), more than 10 points below the {found / of:.0%} "
        f"that people found for {operator} ({found} of {of})"
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
