"""Likeness: how near two texts are to one another, and which words are near a word, by the sentence encoder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from robustcore.calls.types import Call, CallError, Packing, Reply, Response
from robustcore.endpoints.local.encoder import Encoder
from robustcore.endpoints.local.encoder_model import Encoded
from robustcore.keys import content_key

VERSION: Final = "likeness/1"
COMPARE, NEIGHBOURS = "compare", "neighbours"
MOST_NEIGHBOURS: Final = 50
Span: TypeAlias = Sequence[int]
_SHORTEST = 3  # letters of a word that may stand for another


class WordEncoder(Protocol):
    """What is asked of the encoder: `Encoder` does it."""

    @property
    def fingerprint(self) -> str | None:
        """Return a content key, or None."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors (n, d)."""
        ...

    def encode_tokens(self, texts: Sequence[str]) -> list[Encoded]:
        """Return vector, unit token vectors and offsets of each text."""
        ...

    def whole_words(self) -> frozenset[str]:
        """Return the words that are one token."""
        ...


class Likeness:
    """Compares texts and finds neighbours of words.

    Operations: ``compare``: ``{"before": str, "after": str, "words": [spans, spans]}`` → ``{"cosine": float, "kept":
    [float, ...], "new": [float, ...]}``: the cosine of the texts; for each span (start and end of a word) of ``before``
    its best cosine to a span of ``after``, words taken in their context; and the same from ``after`` to ``before``.
    Without ``words`` both lists are empty. ``neighbours``: ``{"word": str}`` → ``{"words": [[word, cosine], ...]}``:
    the nearest words of the encoder's own vocabulary, at most 50, nearest first, without the word itself. The
    vocabulary, some twenty thousand words, is encoded at the first such call.
    """

    live = False
    packing = Packing(max_calls=1024, by_length=True)

    def __init__(self, encoder: Callable[[], WordEncoder] = Encoder) -> None:
        self._make = encoder
        self._lock = threading.Lock()

    @cached_property
    def encoder(self) -> WordEncoder:
        """Return the encoder, made when first needed; it loads its weights at the first text."""
        return self._make()

    @cached_property
    def fingerprint(self) -> str | None:
        """Return a key of this code's version and the encoder; None if the encoder cannot be identified."""
        encoder = self.encoder.fingerprint
        return None if encoder is None else content_key(VERSION, encoder)

    def run(self, calls: Sequence[Call]) -> Iterable[tuple[int, Reply]]:
        """Answer calls of one operation; a failure of the encoder is an ``infra_error`` of each."""
        try:
            with self._lock:
                found = self._answers(calls)
        except Exception as error:  # the encoder's failure, never that of the system under test
            failure = CallError(kind="infra_error", message=str(error)[:2000], exception=type(error).__name__)
            yield from ((index, failure) for index in range(len(calls)))
            return
        yield from ((index, Response(value=value)) for index, value in enumerate(found))

    def _answers(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        op = calls[0].op
        if op == COMPARE:
            return self._compared([call.payload for call in calls])
        if op == NEIGHBOURS:
            return self._near([call.payload["word"] for call in calls])
        raise ValueError(f"likeness answers {COMPARE!r} and {NEIGHBOURS!r}, not {op!r}")

    def _compared(self, payloads: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [{"cosine": 0.0, "kept": [], "new": []} for _ in payloads]
        wholes = [payload for payload in payloads if "words" not in payload]
        parts = [payload for payload in payloads if "words" in payload]
        vectors = self._vectors([text for payload in wholes for text in (payload["before"], payload["after"])])
        encoded = self._encoded([text for payload in parts for text in (payload["before"], payload["after"])])
        for payload, likeness in zip(payloads, found, strict=True):
            before, after = payload["before"], payload["after"]
            if "words" in payload:
                spans = payload["words"]
                likeness.update(_likeness(encoded[before], encoded[after], spans[0], spans[1]))
            else:
                likeness["cosine"] = _rounded(float(vectors[before] @ vectors[after]))
        return found

    def _vectors(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        unique = list(dict.fromkeys(texts))
        return dict(zip(unique, self.encoder.encode(unique), strict=True)) if unique else {}

    def _encoded(self, texts: Sequence[str]) -> dict[str, Encoded]:
        unique = list(dict.fromkeys(texts))
        return dict(zip(unique, self.encoder.encode_tokens(unique), strict=True)) if unique else {}

    def _near(self, words: Sequence[str]) -> list[dict[str, Any]]:
        unique = list(dict.fromkeys(word.lower() for word in words))
        table, vectors = self._vocabulary
        cosines = dict(zip(unique, self.encoder.encode(unique) @ vectors.T, strict=True))
        return [{"words": _nearest(word.lower(), cosines[word.lower()], table)} for word in words]

    @cached_property
    def _vocabulary(self) -> tuple[tuple[str, ...], NDArray[np.float32]]:
        found = self.encoder.whole_words()
        words = tuple(sorted(w for w in found if w.isascii() and w.islower() and len(w) >= _SHORTEST))
        return words, self.encoder.encode(words)


def _likeness(before: Encoded, after: Encoded, old: Sequence[Span], new: Sequence[Span]) -> dict[str, Any]:
    cosine = _rounded(float(before.vector @ after.vector))
    if not old or not new:
        return {"cosine": cosine, "kept": [0.0] * len(old), "new": [0.0] * len(new)}
    matrix = _words(before, old) @ _words(after, new).T
    return {
        "cosine": cosine,
        "kept": [_rounded(value) for value in matrix.max(axis=1).tolist()],
        "new": [_rounded(value) for value in matrix.max(axis=0).tolist()],
    }


def _words(text: Encoded, spans: Sequence[Span]) -> NDArray[np.float32]:
    """Return one unit row per span: the mean of its tokens; zeros for one beyond what the model reads."""
    rows = np.zeros((len(spans), text.tokens.shape[1]), np.float32)
    for row, (start, end) in zip(rows, spans, strict=True):
        inside = (text.offsets[:, 0] < end) & (start < text.offsets[:, 1])
        if inside.any():
            row[:] = text.tokens[inside].astype(np.float32).mean(axis=0)
            row /= max(float(np.linalg.norm(row)), 1e-9)
    return rows


def _nearest(word: str, cosines: NDArray[np.float32], table: Sequence[str]) -> list[list[Any]]:
    order = np.argsort(-cosines, kind="stable")[: MOST_NEIGHBOURS + 1]
    found = [[table[at], _rounded(float(cosines[at]))] for at in order.tolist() if table[at] != word]
    return found[:MOST_NEIGHBOURS]


def _rounded(value: float) -> float:
    """Return a cosine as stored: four digits, since the last ones vary with the batch, and never beyond 1."""
    return round(min(max(value, -1.0), 1.0), 4)
