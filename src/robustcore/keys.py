"""Content keys and the seeds derived from them: the same content gives the same key in every process."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_dumps = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical_json(value: Any) -> str:
    """Return JSON text that is equal for equal values: sorted keys, no spaces, NaN and infinity refused."""
    return _dumps(value)


def content_key(*parts: Any) -> str:
    """Return a 32-digit hexadecimal BLAKE2b key of JSON-able ``parts``; order matters."""
    return key_of_json(*map(_dumps, parts))


def key_of_json(*texts: str) -> str:
    """Return `content_key` of parts that are canonical JSON text already: for many keys that have parts in common."""
    return hashlib.blake2b(_array(texts), digest_size=16).hexdigest()


def seed_of(*parts: Any) -> int:
    """Return a 63-bit seed that depends on the content of ``parts`` alone."""
    return seed_of_json(*map(_dumps, parts))


def seed_of_json(*texts: str) -> int:
    """Return `seed_of` of parts that are canonical JSON text already."""
    digest = hashlib.blake2b(_array(texts), digest_size=8, person=b"robust-seed").digest()
    return int.from_bytes(digest, "big") >> 1


def _array(texts: Iterable[str]) -> bytes:
    return f"[{','.join(texts)}]".encode("utf-8", "surrogatepass")


def rng_of(seed: int) -> random.Random:
    """Return a private generator for ``seed``; its stream is fixed by Python's documented Mersenne Twister."""
    return random.Random(seed)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
