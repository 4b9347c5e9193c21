"""Files that are no text, named as corpora: said what they are, and never opened."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from robustcore.corpus.load import load_dataset
from robustcore.errors import InputError

ROW = b'{"id": "a", "text": "one"}\n'


class Trap:
    """Writes a file if it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.target,)


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("docs.jsonl", ROW)
    return stream.getvalue()


def tarred(path: Path) -> bytes:
    (path / "row").write_bytes(ROW)
    with tarfile.open(path / "row.tar", "w") as archive:
        archive.add(path / "row")
    return (path / "row.tar").read_bytes()


def database(path: Path) -> bytes:
    connection = sqlite3.connect(path / "x.db")
    connection.execute("create table docs (id text)")
    connection.commit()
    connection.close()
    return (path / "x.db").read_bytes()


def sample_of(kind: str, folder: Path) -> bytes:
    made: dict[str, Callable[[], bytes]] = {
        "ZIP": zipped,
        "gzip": lambda: gzip.compress(ROW),
        "bzip2": lambda: bz2.compress(ROW),
        "xz-": lambda: lzma.compress(ROW),
        "tar": lambda: tarred(folder),
        "SQLite": lambda: database(folder),
        "PDF": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "PNG": lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        "GIF": lambda: b"GIF89a\x01\x00\x01\x00",
        "Parquet": lambda: b"PAR1\x15\x04\x15\x00",
        "control sequences": lambda: b"\x1b[0;31m\xdb\xdb\xb2\x1b[0m",
        "UTF-16 text": lambda: ROW.decode().encode("utf-16"),
        "without a byte order mark": lambda: ROW.decode().encode("utf-16-le"),
        "binary data": lambda: bytes(range(256)) * 4,
        "Git LFS": lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
    }
    return made[kind]()


KINDS = [
    "ZIP", "gzip", "bzip2", "xz-", "tar", "SQLite", "PDF", "PNG", "GIF", "Parquet", "control sequences", "UTF-16 text",
    "without a byte order mark", "binary data", "Git LFS",
]  # fmt: skip


@pytest.mark.parametrize("name", ["docs.jsonl", "docs.csv", "docs.json", "docs"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_no_text_is_named_for_what_it_seems_to_be(tmp_path: Path, kind: str, name: str) -> None:
    (tmp_path / name).write_bytes(sample_of(kind, tmp_path))
    (tmp_path / "questions.jsonl").write_text('{"id": "q", "question": "?"}')
    with pytest.raises(InputError) as caught:
        load_dataset(tmp_path / name, questions=tmp_path / "questions.jsonl")
    (problem,) = caught.value.problems
    assert kind in problem.what
    assert problem.where is not None
    assert problem.where.file == str(tmp_path / name)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_recognised_and_never_opened(tmp_path: Path, protocol: int) -> None:
    witness = tmp_path / "witness"
    payload = pickle.dumps(Trap(witness), protocol=protocol)
    (tmp_path / "docs.pkl").write_bytes(payload)
    with pytest.raises(InputError):
        load_dataset(tmp_path / "docs.pkl")
    for name in ("docs.jsonl", "docs.csv", "docs.json"):
        (tmp_path / name).write_bytes(payload)
        with pytest.raises(InputError, match="a Python pickle"):
            load_dataset(tmp_path / name, questions=tmp_path / "questions.jsonl")
    assert not witness.exists()
    pickle.loads(payload)
    assert witness.exists(), "the trap itself is broken"


@pytest.mark.parametrize("text", ["GIF89a is a format.", "RIFF files", "BZh is a word", "cat\ndog\n(hello)", "%PDF"])
def test_a_text_that_only_starts_like_a_signature_is_a_text(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.md").write_text(text)
    (tmp_path / "questions.jsonl").write_text(json.dumps({"id": "q", "question": "?"}))
    assert load_dataset(tmp_path).corpus.docs["a"].text == text
