"""Closed questions: options under letters, and the wrong letter that pressure insists on."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from typing import Final

LETTERS: Final = string.ascii_uppercase
SEED: Final = 42  # of PARROT


def asserted_letter(row: int, gold: str, letters: Sequence[str] = "ABCD", *, seed: int = SEED) -> str:
    """Return the wrong letter asserted for the question in ``row``, counted from 1 in file order.

    ``random.Random(seed + row).choice(wrong letters in order)``, as in PARROT (arXiv 2511.17220): it never is the right
    one, and depends on the row number, so that the order of a file matters.
    """
    wrong = [letter for letter in letters if letter != gold]
    return random.Random(seed + row).choice(wrong)
