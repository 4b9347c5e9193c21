"""The parts of ``answer_similarity``: token F1, facts covered, and sentences matched by an encoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from robustcore.measures.matching import token_f1
from robustcore.measures.support_text import facts_of, sentences_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarityParts:
    """Three values in [0, 1]; ``facts`` is None if the gold has neither numbers nor names."""

    f1: float
    facts: float | None
    sentences: float

    def __str__(self) -> str:
        """Return the parts in words."""
        facts = "no facts" if self.facts is None else f"facts {self.facts:.2f}"
        return f"F1 {self.f1:.2f}, {facts}, sentences {self.sentences:.2f}"

    def to_json(self) -> dict[str, float | None]:
        """Return the parts as a JSON object; `from_json` gives equal ones back."""
        return {"f1": self.f1, "facts": self.facts, "sentences": self.sentences}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SimilarityParts:
        """Return the parts that `to_json` wrote."""
        return cls(f1=value["f1"], facts=value["facts"], sentences=value["sentences"])


def f1_of(reply: str, gold: str) -> float:
    """Return the token F1 of two texts."""
    return token_f1(reply, [gold]) or 0.0


def facts_covered(reply: str, gold: str) -> float | None:
    """Return the share of the numbers and names of ``gold`` that ``reply`` states; None if there are none.

    A number is stated with its value and percent sign, and with its unit or none at all.
    """
    wanted, seen = facts_of(gold), facts_of(reply)
    bare = {(quantity.value, quantity.unit == "%") for quantity in seen.quantities if quantity.unit in ("", "%")}
    numbers = [q in seen.quantities or (q.value, q.unit == "%") in bare for q in wanted.quantities]
    names = [name in seen.stems for name in wanted.names]
    found = [*numbers, *names]
    return sum(found) / len(found) if found else None


def parts_of_text(text: str) -> list[str]:
    """Return the sentences of ``text``, or the text itself where it has none."""
    return [sentence for sentence in sentences_of(text) if sentence.strip()] or [text]
