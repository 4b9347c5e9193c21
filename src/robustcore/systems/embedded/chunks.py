"""A corpus as passages of about a paragraph, and passages as windows of one or two sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from robustcore.corpus.records import Corpus, Doc
from robustcore.systems.embedded.text import sentence_spans


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of the index: a whole document, or consecutive sentences of a long one."""

    doc_id: str
    title: str
    text: str


def chunk_corpus(corpus: Corpus, *, words: int = 180) -> list[Chunk]:
    """Return the passages of every document, in corpus order; documents without text have none."""
    return [Chunk(doc.id, doc.title, text) for doc in corpus.docs.values() for text in chunk(doc, words=words)]


def chunk(doc: Doc, *, words: int = 180) -> list[str]:
    """Return ``doc`` whole if it has at most ``words`` words, else in pieces of like size.

    Pieces end at sentence borders and repeat the last sentence of the piece before, so that no two neighbouring
    sentences are ever apart. A single sentence is never cut.
    """
    text = doc.text.strip()
    total = len(text.split())
    if total <= words:
        return [text] if text else []
    spans = sentence_spans(text)
    count = math.ceil(total / words)
    # a sentence belongs to the piece in which its middle falls
    sizes = [len(text[start:end].split()) for start, end in spans]
    middles = [sum(sizes[:position]) + size / 2 for position, size in enumerate(sizes)]
    piece_of = [min(count - 1, int(middle * count / total)) for middle in middles]
    pieces = []
    for piece in sorted(set(piece_of)):
        first, last = piece_of.index(piece), len(spans) - 1 - piece_of[::-1].index(piece)
        pieces.append(text[spans[max(0, first - 1)][0] : spans[last][1]])
    return pieces


def windows(text: str) -> list[str]:
    """Return every sentence of ``text`` and every pair of neighbouring sentences."""
    spans = sentence_spans(text)
    singles = [text[start:end] for start, end in spans]
    pairs = [text[left[0] : right[1]] for left, right in pairwise(spans)]
    return singles + pairs
