"""What a folder says about how much its model can read, without loading the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from robustcore.endpoints.local.lm import LocalLM


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"max_position_embeddings": 4096}, 4096),
        ({"n_positions": 1024}, 1024),
        ({"text_config": {"max_position_embeddings": 8192}, "max_position_embeddings": 77}, 8192),
        ({"vocab_size": 10}, None),
        ({"max_position_embeddings": "many"}, None),
        ([], None),
    ],
)
def test_the_config_tells_the_context(tmp_path: Path, config: Any, expected: int | None) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert LocalLM(str(tmp_path)).context_tokens == expected


def test_a_hub_name_and_a_broken_folder_tell_nothing(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    assert LocalLM(str(tmp_path)).context_tokens is None
    assert LocalLM("org/name").context_tokens is None
