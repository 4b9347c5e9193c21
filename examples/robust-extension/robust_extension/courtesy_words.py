"""An endpoint that counts polite words: what stands for a model here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from robustcore.calls.types import Call, Packing, Reply, Response

_POLITE = re.compile(r"\b(?:please|thank you|gladly|sorry|welcome)\b", re.IGNORECASE)


class CourtesyWords:
    """Operation ``rate``: ``{"text": str}`` → ``{"polite": int}``."""

    packing = Packing(max_calls=64)
    fingerprint = "courtesy-words/1"  # replies are reused until this text changes
    live = False
    spec: Mapping[str, Any] = {"kind": "courtesy"}  # enough for another process to make an equal one

    def run(self, calls: Sequence[Call]) -> Iterable[tuple[int, Reply]]:
        """Answer each call as soon as it is counted."""
        for index, call in enumerate(calls):
            yield index, Response(value={"polite": len(_POLITE.findall(call.payload["text"]))})


def from_spec(spec: Mapping[str, Any]) -> CourtesyWords:
    """Return the endpoint of a spec."""
    return CourtesyWords()
