"""What tokens cost, as the user says it. No price list is shipped: it would be wrong within weeks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from robustcore.errors import InputError, Problem

MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a million ``input`` and a million ``output`` tokens cost, in the user's currency, 0 or more."""

    input: float
    output: float

    def __post_init__(self) -> None:
        """Refuse what is no price."""
        for name, value in asdict(self).items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
                what = f"price: {name} must be a number, 0 or more, per million tokens; it is {value!r}"
                raise InputError(Problem(what=what, fix="write it like price: {input: 0.15, output: 0.6}"))

    def cost_of(self, usage: tuple[int, int]) -> float:
        """Return what ``usage``, input and output tokens, costs."""
        return (usage[0] * self.input + usage[1] * self.output) / MILLION

    @classmethod
    def from_json(cls, value: Mapping[str, float]) -> Price:
        """Return the price written as ``{"input": x, "output": y}``; raise `InputError` for anything else."""
        if not isinstance(value, Mapping) or set(value) != {"input", "output"}:
            what = f"a price is two numbers, input and output, per million tokens; not {value!r}"
            raise InputError(Problem(what=what, fix="write it like price: {input: 0.15, output: 0.6}"))
        return cls(input=value["input"], output=value["output"])
