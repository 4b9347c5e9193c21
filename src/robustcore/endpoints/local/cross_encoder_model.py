"""A sequence classifier of transformers in memory, reading pairs of texts together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustcore.endpoints.local.hardware import choose_device, torch_dtype
from robustcore.endpoints.local.weights import loading, not_here, source_of
from robustcore.errors import RobustError, require

RELATIONS = ("entailment", "neutral", "contradiction")


class PairModel:
    """A cross-encoder with its tokenizer; raises `RobustError` if it cannot be loaded."""

    def __init__(self, name: str, *, revision: str | None, dtype: str, device: str, download: bool) -> None:
        transformers: Any = require("transformers", extra="local", purpose="running a cross-encoder")
        self._torch: Any = require("torch", extra="local", purpose="running a cross-encoder")
        source = source_of(name, revision=revision, download=download)
        try:
            with loading(download=download):
                self.tokenizer: Any = transformers.AutoTokenizer.from_pretrained(name, **source)
                loaded: Any = transformers.AutoModelForSequenceClassification.from_pretrained(
                    name, dtype=torch_dtype(dtype), **source
                )
        except (OSError, ValueError, ImportError, KeyError) as error:
            raise RobustError(not_here(name, revision, error)) from error
        self.tokenizer.padding_side = "right"  # positions of encoders count from the left, padding included
        self.device = self._torch.device(choose_device(device))
        self._model: Any = loaded.to(self.device).eval()
        self.labels: dict[int, str] = {int(number): str(label) for number, label in loaded.config.id2label.items()}
        told = (self.tokenizer.model_max_length, getattr(loaded.config, "max_position_embeddings", None))
        self.max_tokens = min((int(most) for most in told if most and most < 1_000_000), default=512)

    def size(self, first: str, second: str) -> int:
        """Return the tokens of a pair, cut to what the model holds."""
        return min(self.max_tokens, len(self.tokenizer(first, second)["input_ids"]))

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return the logits of ``pairs`` read as one padded batch, float32 (pairs, labels).

        Where a pair is too long, its longer text is cut.
        """
        batch = self.tokenizer(
            [first for first, _ in pairs],
            [second for _, second in pairs],
            padding=True,
            truncation=True,
            max_length=self.max_tokens,
            return_tensors="pt",
        )
        with self._torch.inference_mode():
            out = self._model(**{name: value.to(self.device) for name, value in batch.items()})
            logits: NDArray[np.float32] = out.logits.float().cpu().numpy()
        return logits


def relation_columns(labels: Mapping[int, str], name: str) -> dict[str, int]:
    """Return the column of each of `RELATIONS` by the model's own labels; raise `ValueError` where one is missing."""
    columns = {
        relation: number
        for number, label in labels.items()
        for relation in RELATIONS
        if label.lower().startswith(relation[:7])
    }
    if len(columns) == len(RELATIONS) == len(labels):
        return columns
    raise ValueError(
        f"{name!r} does not say which label means what: its labels are {', '.join(labels.values())}; entailment needs "
        f"{', '.join(RELATIONS)} in id2label of its config.json"
    )
