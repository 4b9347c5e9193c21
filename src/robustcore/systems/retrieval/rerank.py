"""Reranking: the first documents of another retriever, ordered anew by a slower and finer comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from robustcore.calls.types import Call, CallError
from robustcore.corpus.records import Doc
from robustcore.endpoints.local.cross_encoder import SCORE, CrossEncoderEndpoint
from robustcore.endpoints.local.encoder import Encoder
from robustcore.errors import RobustError
from robustcore.keys import content_key
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.retrieval.base import Ranking, Retriever, text_of

VERSION = "rerank/1"
BLOCK = 128  # queries whose candidates are compared at once: bounds the token vectors in memory


class Compares(Protocol):
    """How well texts answer queries."""

    @property
    def fingerprint(self) -> str | None:
        """Return a content key, or None."""
        ...

    def scores(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return a score for each pair of query and text, higher is better."""
        ...


@dataclass(kw_only=True)
class MaxSim:
    """Late interaction over the token vectors of a sentence encoder: mean over query tokens of the best cosine.

    The operator is ColBERT's (Khattab and Zaharia, SIGIR 2020), the tokens are those of an encoder that was not
    trained for it; it needs no further model.
    """

    encoder: Encoder

    @property
    def fingerprint(self) -> str | None:
        """Return the encoder's key."""
        return None if self.encoder.fingerprint is None else f"maxsim:{self.encoder.fingerprint}"

    def scores(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return a score in [-1, 1] for each pair."""
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        tokens = {
            text: one.tokens.astype(np.float32)
            for text, one in zip(texts, self.encoder.encode_tokens(texts), strict=True)
        }
        return [_maxsim(tokens[query], tokens[text]) for query, text in pairs]


def _maxsim(query: np.ndarray, text: np.ndarray) -> float:
    return float((query @ text.T).max(axis=1).mean()) if len(query) and len(text) else -1.0


@dataclass(kw_only=True)
class CrossEncoder:
    """A cross-encoder of transformers with one label, by name or folder, see `CrossEncoderEndpoint`."""

    endpoint: CrossEncoderEndpoint

    @property
    def fingerprint(self) -> str | None:
        """Return the model's key."""
        return self.endpoint.fingerprint

    def scores(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return the logit for each pair; raise `RobustError` for a pair that has none."""
        calls = [Call(endpoint="reranker", op=SCORE, payload={"query": q, "text": t}) for q, t in pairs]
        found = dict(self.endpoint.run(calls))
        values = []
        for index in range(len(calls)):
            reply = found.get(index)
            if reply is None or isinstance(reply, CallError):
                raise RobustError(f"the reranker: {reply.message if reply else 'no reply'}")
            values.append(float(reply.value["score"]))
        return values


@dataclass(kw_only=True)
class Reranked:
    """The best ``depth`` documents of ``first``, ordered by ``by``; equal scores keep the order of ``first``."""

    first: Retriever
    by: Compares
    docs: Mapping[str, Doc]
    depth: int = 30
    name: str = "reranked"

    @property
    def exact(self) -> bool:
        """Say whether the first retriever is exact."""
        return self.first.exact

    @property
    def fingerprint(self) -> str | None:
        """Return a key of both stages; None if one of them has none."""
        first, by = self.first.fingerprint, self.by.fingerprint
        return None if first is None or by is None else content_key(VERSION, first, by, self.depth)

    def search(self, queries: Sequence[str], edits: Sequence[CorpusEdit], k: int) -> list[Ranking]:
        """Return the best ``k`` documents for each query, those beyond ``depth`` as the first retriever has them."""
        starts = range(0, len(queries), BLOCK)
        return [one for i in starts for one in self._block(queries[i : i + BLOCK], edits[i : i + BLOCK], k)]

    def _block(self, queries: Sequence[str], edits: Sequence[CorpusEdit], k: int) -> list[Ranking]:
        found = self.first.search(queries, edits, max(k, self.depth))
        pairs: dict[tuple[str, str], float] = {}
        texts = []
        for query, edit, ranking in zip(queries, edits, found, strict=True):
            new = {doc.id: doc for doc in edit.add}
            texts.append([text_of(new.get(doc_id) or self.docs[doc_id]) for doc_id in ranking.ids[: self.depth]])
            pairs.update(((query, text), 0.0) for text in texts[-1])
        pairs = dict(zip(pairs, self.by.scores(list(pairs)), strict=True))
        return [
            _reordered(ranking, [pairs[query, text] for text in own], k)
            for query, ranking, own in zip(queries, found, texts, strict=True)
        ]


def _reordered(ranking: Ranking, scores: Sequence[float], k: int) -> Ranking:
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    lowest = min(scores, default=0.0)
    rest = range(len(scores), len(ranking.ids))
    ids = [ranking.ids[place] for place in (*order, *rest)]
    values = [*(scores[place] for place in order), *(lowest - 1 - place for place in range(len(rest)))]
    return Ranking(ids=tuple(ids[:k]), scores=tuple(values[:k]))
