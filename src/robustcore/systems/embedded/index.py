"""What is computed once per corpus: passages, their vectors, and the sentences with their token vectors."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustcore.corpus.records import Corpus
from robustcore.endpoints.local.encoder import Encoder
from robustcore.endpoints.local.encoder_model import Encoded
from robustcore.files import keep_whole
from robustcore.keys import content_key
from robustcore.systems.embedded.chunks import Chunk, chunk_corpus, windows
from robustcore.systems.embedded.text import sentences

Floats = NDArray[np.float32]
VERSION = "index/2"  # part of the cache key: raise it when chunks, windows or the stored arrays change
MOST_TOKENS = 400_000  # about 300 MB; sentences of larger corpora are encoded when they are first read


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """n passages with unit ``vectors`` (n, d), w windows of 1-2 sentences with unit ``window_vectors`` (w, d).

    Passages and windows are encoded under the title of their document, which often names what they speak of.
    ``chunk_of`` (w,) is the passage of each window; ``titled`` maps `under_title` of each single sentence to its
    vector; ``sentences`` holds the sentences encoded alone, by text, and is empty for a corpus of more than
    `MOST_TOKENS` tokens.
    """

    chunks: Sequence[Chunk]
    vectors: Floats
    window_vectors: Floats
    chunk_of: NDArray[np.int64]
    sentences: Mapping[str, Encoded]
    titled: Mapping[str, Floats]


def under_title(title: str, text: str) -> str:
    """Return ``text`` as it is encoded where the title of its document counts."""
    return f"{title}. {text}" if title else text


def build_index(corpus: Corpus, encoder: Encoder, *, words: int = 180, cache: Path | None = None) -> Index:
    """Return the index of ``corpus``, from ``cache`` if a whole one for this corpus and encoder is there.

    ``cache`` is a folder; None keeps everything in memory. A damaged file is rebuilt and replaced;
    a folder that takes no file is warned of.
    """
    chunks = chunk_corpus(corpus, words=words)
    pieces = [windows(chunk.text) for chunk in chunks]
    fingerprint = encoder.fingerprint
    path = None
    if cache is not None and fingerprint is not None:
        path = cache / f"index-{content_key(VERSION, corpus.fingerprint, fingerprint, words)}.npz"
    arrays = _load(path) if path else None
    if arrays is None:
        arrays = _encode(chunks, pieces, encoder)
        if path:
            keep_whole(path, lambda stream: np.savez(stream, allow_pickle=False, **arrays))
    chunk_of = np.repeat(np.arange(len(chunks)), [len(own) for own in pieces])
    return Index(
        chunks=chunks,
        vectors=arrays["vectors"],
        window_vectors=arrays["window_vectors"],
        chunk_of=chunk_of,
        sentences=_unpack(_sentences(chunks), arrays),
        titled=dict(zip(_titled(chunks, pieces), arrays["window_vectors"], strict=True)),
    )


def _sentences(chunks: Sequence[Chunk]) -> list[str]:
    return list(dict.fromkeys(text for chunk in chunks for text in sentences(chunk.text)))


def _titled(chunks: Sequence[Chunk], pieces: Sequence[Sequence[str]]) -> list[str]:
    return [under_title(chunk.title, text) for chunk, own in zip(chunks, pieces, strict=True) for text in own]


def _encode(chunks: Sequence[Chunk], pieces: Sequence[Sequence[str]], encoder: Encoder) -> dict[str, NDArray[Any]]:
    texts = _sentences(chunks)
    keep = sum(len(text) for text in texts) / 4 < MOST_TOKENS  # about four characters a token
    encoded = encoder.encode_tokens(texts) if keep else []
    tokens = [one.tokens for one in encoded]
    width = tokens[0].shape[1] if tokens else 0
    return {
        "vectors": encoder.encode([under_title(chunk.title, chunk.text) for chunk in chunks]),
        "window_vectors": encoder.encode(_titled(chunks, pieces)),
        "sentence_vectors": np.stack([one.vector for one in encoded]) if encoded else np.zeros((0, width), np.float32),
        "tokens": np.concatenate([np.zeros((0, width), np.float16), *tokens]),
        "offsets": np.concatenate([np.zeros((0, 2), np.int32), *(one.offsets for one in encoded)]),
        "lengths": np.array([len(one) for one in tokens], np.int64),
    }


def _unpack(texts: Sequence[str], arrays: Mapping[str, NDArray[Any]]) -> dict[str, Encoded]:
    ends = np.cumsum(arrays["lengths"])
    starts = ends - arrays["lengths"]
    rows = zip(texts, arrays["sentence_vectors"], starts, ends, strict=False)  # none are stored for a large corpus
    return {
        text: Encoded(vector=vector, tokens=arrays["tokens"][start:end], offsets=arrays["offsets"][start:end])
        for text, vector, start, end in rows
    }


def _load(path: Path) -> dict[str, NDArray[Any]] | None:
    """Return the arrays of a cache file, or None if there is none or it is damaged (the zip's check sums say so)."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in _NAMES}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


_NAMES = ("vectors", "window_vectors", "sentence_vectors", "tokens", "offsets", "lengths")
