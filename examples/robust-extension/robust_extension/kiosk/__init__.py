"""The pack ``kiosk``: a scenario, its data, and the system it is written for."""

from __future__ import annotations

from collections.abc import Sequence


def answer(question: str, passages: Sequence[str] = ()) -> str:
    """Return what the kiosk says: the price if it hears a word it knows."""
    heard = question.casefold()
    if "ticket" in heard:
        return "Gladly: a ticket is 12 crowns. Thank you for asking."
    return "Sorry, please ask about tickets."
