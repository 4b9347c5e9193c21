"""Shipped pools of noise: unrelated documents and unrelated chats, the same for every corpus they disturb."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from robustcore.corpus.bundled import shipped_folder
from robustcore.corpus.formats.faults import Faults, raise_faults
from robustcore.corpus.formats.jsonl import read_docs, records
from robustcore.corpus.records import Doc

DOCUMENTS, CHATS = "documents.jsonl", "chats.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A conversation: its topic, and its messages as (role, text), the user first."""

    id: str
    topic: str
    turns: tuple[tuple[str, str], ...]


@lru_cache(maxsize=1)  # a memo of what is shipped, which does not change while a process runs
def document_pool() -> tuple[Doc, ...]:
    """Return the unrelated documents, in file order."""
    faults = Faults(_folder() / DOCUMENTS)
    docs = read_docs(faults.source, faults)
    raise_faults([faults])
    return docs


@lru_cache(maxsize=1)  # as above
def chat_pool() -> tuple[Chat, ...]:
    """Return the unrelated chats, in file order; none of them tells the assistant what to do."""
    faults = Faults(_folder() / CHATS)
    chats = tuple(
        Chat(
            id=record.fields["id"],
            topic=record.fields["topic"],
            turns=tuple((turn["role"], turn["text"]) for turn in record.fields["turns"]),
        )
        for record in records(faults.source, faults)
    )
    raise_faults([faults])
    return chats


def _folder() -> Path:
    return shipped_folder("fixtures") / "packs" / "noisy"
