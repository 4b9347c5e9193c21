from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("sentence_transformers")

import models

from robustcore.keys import file_sha256

BUILDERS = (
    models.causal_model,
    models.sliding_model,
    models.seq2seq_model,
    models.reranker_model,
    models.entailment_model,
    models.encoder_model,
)


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_the_same_seed_gives_the_same_small_folder_and_another_seed_another(build: object, tmp_path: Path) -> None:
    assert callable(build)
    digests = []
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        folder = build(tmp_path / name, seed=seed)
        assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 3_000_000
        digests.append(file_sha256(next(folder.rglob("*.safetensors"))))
    assert digests[0] == digests[1] != digests[2]


def test_the_tokenizer_gives_any_text_back() -> None:
    words = models.tokenizer()
    text = "Who opened the bridge?  Ünï¢ødé 🦉\n"
    assert words.decode(words.encode(text)) == text
