from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from embedded_world import DOCS, encoder

from robustcore.corpus.records import Corpus
from robustcore.endpoints.local.encoder import Encoder
from robustcore.systems.embedded.index import Index, build_index

CORPUS = Corpus.of(DOCS)


def same(left: Index, right: Index) -> bool:
    arrays = ("vectors", "window_vectors", "chunk_of")
    return (
        all(np.array_equal(getattr(left, name), getattr(right, name)) for name in arrays)
        and left.sentences.keys() == right.sentences.keys()
        and all(np.array_equal(left.sentences[text].tokens, right.sentences[text].tokens) for text in left.sentences)
        and all(np.array_equal(left.sentences[text].offsets, right.sentences[text].offsets) for text in left.sentences)
    )


def test_an_index_from_the_cache_equals_the_one_that_was_built(tmp_path: Path) -> None:
    built = build_index(CORPUS, encoder(), cache=tmp_path)
    (file,) = tmp_path.iterdir()
    assert same(build_index(CORPUS, encoder(), cache=tmp_path), built)
    assert same(build_index(CORPUS, encoder()), built)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not really", None])
def test_a_damaged_cache_file_is_rebuilt(tmp_path: Path, damage: bytes | None) -> None:
    built = build_index(CORPUS, encoder(), cache=tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes(whole[:middle] + bytes(100) + whole[middle + 100 :] if damage is None else damage)
    assert same(build_index(CORPUS, encoder(), cache=tmp_path), built)
    assert len(file.read_bytes()) == len(whole)


def test_a_folder_that_takes_no_file_is_warned_of_and_the_index_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.warns(UserWarning, match="keeps nothing for the next run"):
        built = build_index(CORPUS, encoder(), cache=tmp_path / "file")
    assert same(build_index(CORPUS, encoder()), built)


def test_a_warm_cache_needs_no_model(tmp_path: Path) -> None:
    build_index(CORPUS, encoder(), cache=tmp_path)
    cold = Encoder(dtype="fp32", device="no such device")
    assert build_index(CORPUS, cold, cache=tmp_path).vectors.shape == (len(DOCS), 384)


def test_another_corpus_or_encoder_has_another_file(tmp_path: Path) -> None:
    build_index(CORPUS, encoder(), cache=tmp_path)
    build_index(Corpus.of(DOCS[:3]), encoder(), cache=tmp_path)
    build_index(CORPUS, Encoder(dtype="bf16", device="cpu", threads=1), cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_an_empty_corpus_has_an_empty_index(tmp_path: Path) -> None:
    for _ in range(2):
        assert len(build_index(Corpus.of([]), encoder(), cache=tmp_path).chunks) == 0
