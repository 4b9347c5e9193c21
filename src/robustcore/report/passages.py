"""The passages of a scenario, each text kept once: cases name them by keys that are the same in every process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from robustcore.corpus.records import Passage

_BEFORE_HASH: Final = "~"


class Passages:
    """Passages met so far. ``texts`` maps their keys, ``document~hash of the text``, to their texts."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._keys: dict[tuple[str, str], str] = {}

    def keys(self, passages: Iterable[Passage] | None) -> tuple[str, ...] | None:
        """Return the keys of ``passages``, in their order; None stays None (the system does not show them)."""
        return None if passages is None else tuple(self._key(passage) for passage in passages)

    def _key(self, passage: Passage) -> str:
        place = passage.doc_id, passage.text
        key = self._keys.get(place)
        if key is None:
            digest = hashlib.blake2b(passage.text.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
            key = self._keys[place] = f"{passage.doc_id}{_BEFORE_HASH}{digest}"
            self.texts[key] = passage.text
        return key


def document_of(key: str) -> str:
    """Return the document that a passage's key names."""
    return key.rpartition(_BEFORE_HASH)[0]
