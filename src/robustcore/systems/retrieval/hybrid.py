"""Several retrievers fused by the ranks they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from robustcore.keys import content_key
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.retrieval.base import Ranking, Retriever

VERSION = "hybrid/1"
RRF = 60.0


@dataclass(kw_only=True)
class Hybrid:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): sum over members of 1 / (k + rank).

    Each member gives its best ``depth`` documents; ``rrf`` is that k. Equal scores are ordered as the first member
    that returns them orders them.
    """

    members: tuple[Retriever, ...]
    depth: int = 100
    rrf: float = RRF
    name: str = "hybrid"

    @property
    def exact(self) -> bool:
        """Say whether every member is exact."""
        return all(member.exact for member in self.members)

    @property
    def fingerprint(self) -> str | None:
        """Return a key of the members and of the fusion; None if a member has none."""
        own = [member.fingerprint for member in self.members]
        return None if None in own else content_key(VERSION, own, self.depth, self.rrf)

    def search(self, queries: Sequence[str], edits: Sequence[CorpusEdit], k: int) -> list[Ranking]:
        """Return the best ``k`` documents for each query."""
        lists = [member.search(queries, edits, max(k, self.depth)) for member in self.members]
        return [fused([one.ids for one in own], rrf=self.rrf, k=k) for own in zip(*lists, strict=True)]


def fused(lists: Sequence[Sequence[str]], *, rrf: float = RRF, k: int) -> Ranking:
    """Return the best ``k`` ids over ranked ``lists`` by reciprocal rank fusion; ranks count from 1."""
    scores: dict[str, float] = {}
    for ids in lists:
        for rank, doc_id in enumerate(ids, 1):
            scores[doc_id] = scores.get(doc_id, 0.0) + 1 / (rrf + rank)
    order = sorted(scores, key=lambda doc_id: -scores[doc_id])[:k]  # stable: first come, first
    return Ranking(ids=tuple(order), scores=tuple(scores[doc_id] for doc_id in order))
