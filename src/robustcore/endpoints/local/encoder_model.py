"""What stands behind an `Encoder`: which weights, in which number format, and one forward pass over a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustcore.endpoints.local.hardware import choose_device, torch_dtype
from robustcore.endpoints.local.weights import PACKAGED, loading, not_here, packaged_folder, source_of, verify
from robustcore.errors import InputError, Problem, RobustError, require


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """One encoded text of t tokens (special tokens left out).

    ``vector`` is float32 (d,), ``tokens`` float16 (t, h), both with unit rows; ``offsets`` int32 (t, 2) holds the
    characters of the text each token covers. Text beyond the model's limit has no tokens.
    """

    vector: NDArray[np.float32]
    tokens: NDArray[np.float16]
    offsets: NDArray[np.int32]


class LoadedModel:
    """A sentence-transformers model in memory.

    Loading verifies the packaged weights and never uses the network for them. Only the transformer itself runs in
    ``dtype``; pooling and normalisation stay in fp32.
    """

    def __init__(self, model: str, *, revision: str | None, dtype: str, device: str, download: bool = False) -> None:
        transformers = require("sentence_transformers", extra="local", purpose="embedding text")
        self._torch: Any = require("torch", extra="local", purpose="embedding text")
        folder = packaged_folder() if model == PACKAGED else None
        if folder is not None:
            verify(folder / "model.safetensors")
        device = choose_device(device)
        source = source_of(model, revision=revision, download=download)
        try:
            with loading(download=download):
                self._model: Any = transformers.SentenceTransformer(str(folder or model), device=device, **source)
        except OSError as error:
            raise RobustError(not_here(model, revision, error)) from error
        self._model.eval()
        self.tokenizer: Any = self._model.tokenizer
        if not getattr(self.tokenizer, "is_fast", False):
            raise InputError(Problem(what=f"{model!r} has no fast tokenizer, which token offsets need"))
        self._model[0].to(torch_dtype(dtype))
        self.device = device
        self.on_gpu = self._torch.device(device).type != "cpu"
        self.max_tokens = int(self._model.max_seq_length or 512)

    def forward(self, texts: Sequence[str], *, tokens: bool = True) -> list[Encoded]:
        """Return ``texts`` encoded as one padded batch, in order; without ``tokens``, they have none."""
        torch = self._torch
        batch = self.tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self.max_tokens,
            return_tensors="pt",
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
        offsets = batch.pop("offset_mapping").numpy().astype(np.int32)
        special = batch.pop("special_tokens_mask").numpy().astype(bool)
        kept = batch["attention_mask"].numpy().astype(bool) & ~special & tokens
        with torch.inference_mode():
            features = self._model[0]({name: value.to(self.device) for name, value in batch.items()})
            features["token_embeddings"] = features["token_embeddings"].float()
            for module in list(self._model)[1:]:
                features = module(features)
            vectors = torch.nn.functional.normalize(features["sentence_embedding"].float(), dim=1).cpu().numpy()
            units = torch.nn.functional.normalize(features["token_embeddings"], dim=2).half() if tokens else None
            matrices = np.zeros((*kept.shape, 0), np.float16) if units is None else units.cpu().numpy()
        return [
            Encoded(vector=vectors[i].copy(), tokens=matrices[i][row], offsets=offsets[i][row])
            for i, row in enumerate(kept)
        ]
