"""Embeddings on disk, each text once: a second run embeds only what changed."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from robustcore.files import keep_whole
from robustcore.keys import content_key

Precision: TypeAlias = Literal["fp32", "fp16"]
DTYPES: dict[str, Any] = {"fp32": np.float32, "fp16": np.float16}
KEY_BYTES = 16
_MANY = 16  # so many segments of about one size are merged
_SIZE_BITS = 4  # of about one size: as many rows within a factor of 16
_NOTHING = np.zeros((0, 0), np.float32)
_LARGE = 4096  # rows: a larger segment stays as it is


class Embeds(Protocol):
    """What makes vectors of texts, as `Encoder` does."""

    @property
    def fingerprint(self) -> str | None:
        """Return a content key, or None."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32 (n, d)."""
        ...


class _Small(NamedTuple):
    """A segment that may be merged with others: the name of its files, its number and its keys."""

    name: str
    number: int
    keys: Sequence[bytes]


class VectorStore:
    """Vectors by the content of their texts, in ``folder`` (None: in memory alone), as float32 or float16.

    Each call that meets new texts writes one segment, an array of rows and a file of keys. It is renamed into place
    when whole, so that processes may share the folder without locks and an interrupt leaves nothing half done. Sixteen
    segments of about one size become one, so that many small calls leave few files. Rows are memory-mapped. An encoder
    without a fingerprint keeps nothing on disk, and a folder that takes no file is warned of. ``encoded`` counts the
    texts that had to be embedded.
    """

    def __init__(self, encoder: Embeds, *, folder: Path | None = None, precision: Precision = "fp32") -> None:
        self._encoder, self._dtype = encoder, DTYPES[precision]
        self.encoded = 0
        name = encoder.fingerprint
        self._stem = f"vectors-{content_key(name, precision)}" if name else ""
        self._folder = folder if name else None
        self._segments: list[NDArray[Any]] = []
        self._places: dict[bytes, tuple[int, int]] = {}
        self._seen: set[str] = set()
        self._small: dict[int, list[_Small]] = {}

    def vectors(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return a row for each text, in order; a view of one segment where the rows stand in it as they come."""
        self._open()
        keys = [_key(text) for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._places}
        if missing:
            self._append(missing)
        if not keys:
            return np.zeros((0, 0), self._dtype)
        places = np.array([self._places[key] for key in keys], np.int64)
        first = int(places[0, 0])
        if (places[:, 0] == first).all():
            rows, segment = places[:, 1], self._segments[first]
            whole = (rows == rows[0] + np.arange(len(rows))).all()
            return segment[rows[0] : rows[0] + len(rows)] if whole else segment[rows]
        found = np.empty((len(keys), self._segments[first].shape[1]), self._dtype)
        for number in np.unique(places[:, 0]):
            own = places[:, 0] == number
            found[own] = self._segments[number][places[own, 1]]
        return found

    def _append(self, missing: dict[bytes, str]) -> None:
        rows = np.asarray(self._encoder.encode(list(missing.values())), self._dtype)
        self.encoded += len(rows)
        self._keep(list(missing), rows)
        while alike := next((size for size, small in self._small.items() if len(small) >= _MANY), None):
            self._merge(self._small.pop(alike))

    def _keep(self, keys: Sequence[bytes], rows: NDArray[Any]) -> str:
        """Take the rows up, from a new segment where the folder takes one; return its name, or nothing."""
        name = self._write(keys, rows) if self._folder else ""
        self._seen.add(name)
        self._take(keys, self._map(name) if name else rows, name)
        return name

    def _merge(self, small: Sequence[_Small]) -> None:
        """Write one segment in place of ``small``; a process that still reads those goes on with its own maps."""
        assert self._folder is not None
        keys = list(dict.fromkeys(key for segment in small for key in segment.keys))
        places = [self._places.pop(key) for key in keys]
        rows = np.stack([self._segments[number][row] for number, row in places])
        for segment in small:
            self._segments[segment.number] = _NOTHING
        merged = self._keep(keys, rows)
        for segment in small if merged else ():
            for suffix in (".keys", ".npy") if segment.name != merged else ():
                with contextlib.suppress(OSError):  # Windows keeps a file that another process has mapped
                    (self._folder / f"{segment.name}{suffix}").unlink()

    def _open(self) -> None:
        """Take up the segments that were not known yet; one that is damaged is passed over and will be made again."""
        if self._folder is None or not self._folder.is_dir():
            return
        for file in sorted(self._folder.glob(f"{self._stem}-*.keys")):
            if file.stem not in self._seen:
                self._seen.add(file.stem)
                try:
                    data = file.read_bytes()
                    rows = self._map(file.stem)
                except (OSError, ValueError):
                    continue
                if len(data) == KEY_BYTES * len(rows) and rows.dtype == self._dtype:
                    self._take([data[i : i + KEY_BYTES] for i in range(0, len(data), KEY_BYTES)], rows, file.stem)

    def _take(self, keys: Sequence[bytes], rows: NDArray[Any], name: str) -> None:
        number = len(self._segments)
        self._segments.append(rows)
        for row, key in enumerate(keys):
            self._places.setdefault(key, (number, row))
        if name and len(rows) <= _LARGE:
            self._small.setdefault(len(rows).bit_length() // _SIZE_BITS + 1, []).append(_Small(name, number, keys))

    def _map(self, name: str) -> NDArray[Any]:
        assert self._folder is not None
        rows: NDArray[Any] = np.load(self._folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        return rows

    def _write(self, keys: Sequence[bytes], rows: NDArray[Any]) -> str:
        """Return the name of a segment with these rows, or nothing where the folder takes none."""
        assert self._folder is not None
        joined = b"".join(keys)
        name = f"{self._stem}-{hashlib.blake2b(joined, digest_size=8).hexdigest()}"
        kept = keep_whole(self._folder / f"{name}.npy", lambda stream: np.save(stream, rows, allow_pickle=False))
        # the keys come last: a segment counts from here
        kept = kept and keep_whole(self._folder / f"{name}.keys", lambda stream: stream.write(joined))
        return name if kept else ""


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()
