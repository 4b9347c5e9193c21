"""One question, disturbed by hand: needs ``pytest --robust``, and is skipped without it."""

from __future__ import annotations

from typing import Any


def test_a_shouted_question(robust: Any) -> None:
    shouted = {"question.casing": "upper"}
    trial = robust.ask("What does an adult pay for a day ticket?", system="museum-chain", perturb=shouted)
    assert "14 pounds" in trial.answer.text
