from __future__ import annotations

from typing import Any

import pytest

from robustcore.endpoints.remote.prices import Price
from robustcore.errors import InputError


def test_a_cost_is_per_million_tokens_of_each_kind() -> None:
    assert Price(input=0.15, output=0.6).cost_of((2_000_000, 500_000)) == pytest.approx(0.6)
    assert Price(input=3, output=15).cost_of((0, 0)) == 0


@pytest.mark.parametrize(
    "wrong", [{"input": 1}, {"input": 1, "output": "2"}, {"input": -1, "output": 2}, {"in": 1, "out": 2}, 3, None,
              {"input": True, "output": 1}, {"input": float("nan"), "output": 1}]
)  # fmt: skip
def test_what_is_no_price_is_refused_with_an_example(wrong: Any) -> None:
    with pytest.raises(InputError, match=r"price: \{input: 0\.15, output: 0\.6\}"):
        Price.from_json(wrong)
