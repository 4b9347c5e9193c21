"""Content keys, and the seeds and draws derived from them: the same content gives the same in every process."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count
from json.encoder import encode_basestring
from pathlib import Path
from struct import Struct
from typing import Any, Final

_dumps = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical_json(value: Any) -> str:
    """Return JSON text that is equal for equal values: sorted keys, no spaces.

    NaN and infinity are refused with `ValueError`, deep nesting, too.
    """
    try:
        return _dumps(value)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_json(text: str | bytes) -> Any:
    """Return the value of JSON text that anybody may have written; raise `ValueError`, for deep nesting, too."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_finite_json(text: str) -> Any:
    """Return the value of JSON text whose numbers are to be computed with: as `read_json`, and none may be infinite."""
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"the number {number[:40]} is not finite")
    return value


def content_key(*parts: Any) -> str:
    """Return a 32-digit hexadecimal BLAKE2b key of JSON-able ``parts``; order matters."""
    return key_of_json(*map(canonical_json, parts))


def key_of_json(*texts: str) -> str:
    """Return `content_key` of parts that are canonical JSON text already: for many keys that have parts in common."""
    return hashlib.blake2b(_array(texts), digest_size=16).hexdigest()


_SEEDS: Final = hashlib.blake2b(digest_size=8, person=b"robust-seed")  # a copy takes half as long as a new one


def seed_of(*parts: Any) -> int:
    """Return a 63-bit seed that depends on the content of ``parts`` alone."""
    return seed_of_json(*map(canonical_json, parts))


def seed_of_json(*texts: str) -> int:
    """Return `seed_of` of parts that are canonical JSON text already."""
    return _seed(_array(texts))


def seed_of_text(text: str, middle: bytes, number: int) -> int:
    """Return `seed_of` of ``text``, the parts whose canonical JSON, joined by commas, is ``middle``, and ``number``."""
    return _seed(b"[%b,%b,%d]" % (encode_basestring(text).encode("utf-8", "surrogatepass"), middle, number))


def _seed(array: bytes) -> int:
    own = _SEEDS.copy()
    own.update(array)
    return int.from_bytes(own.digest(), "big") >> 1


def _array(texts: Iterable[str]) -> bytes:
    return f"[{','.join(texts)}]".encode("utf-8", "surrogatepass")


class Draws:
    """A private stream of random numbers: 32-bit words of BLAKE2b over the seed and the number of a block.

    Every seed has a stream of its own, the same on every platform and in every version of Python. Making one costs
    next to nothing, where seeding a Mersenne Twister takes longer than a text. ``word()`` draws a number in
    ``[0, 2**32)``, each equally likely.
    """

    __slots__ = ("word",)

    def __init__(self, seed: int) -> None:
        self.word: Final[Callable[[], int]] = chain.from_iterable(_halves(seed)).__next__

    def below(self, n: int) -> int:
        """Return an index in ``[0, n)``, each exactly equally likely (Lemire); ``n`` is 1 to 2**32."""
        product = self.word() * n
        return product >> 32 if product & LOW >= n else self.unbiased(product, n) >> 32

    def unbiased(self, product: int, n: int) -> int:
        """Return ``product``, a word times ``n``, or another one if it is of those that would favour some indices.

        Only a product with a lower half below ``n`` can be.
        """
        surplus = (1 << 32) % n
        while product & LOW < surplus:
            product = self.word() * n
        return product

    def random(self) -> float:
        """Return a number in [0, 1): one of the 2**32 multiples of 2**-32, each equally likely."""
        return self.word() * _FRACTION


LOW: Final = (1 << 32) - 1
_FRACTION: Final = 2.0**-32
_HALF: Final = Struct("<8I")
_DRAWS: Final = hashlib.blake2b(b"robust-draws")
_ALL: Final = (1 << 64) - 1


def _halves(seed: int) -> Iterator[tuple[int, ...]]:
    """Yield the words of the blocks, half a block at a time: most texts need no more than one."""
    own = _DRAWS.copy()
    own.update((seed if 0 <= seed <= _ALL else seed & _ALL).to_bytes(8, "little"))
    block = own.digest()
    for number in count(1):
        yield _HALF.unpack_from(block)
        yield _HALF.unpack_from(block, 32)
        further = own.copy()
        further.update(number.to_bytes(8, "little"))
        block = further.digest()


def rng_of(seed: int) -> Draws:
    """Return the private stream of ``seed``, of which the lowest 64 bits count."""
    return Draws(seed)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
