"""Support by an entailment model: does a passage entail what the reply says? The calls, and how they are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from robustcore.calls.types import Call, CallError, Reply
from robustcore.corpus.records import Passage
from robustcore.measures.support_rules import Claim, Window, claims_of, coverage, windows_of

OP = "entail"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntailedClaim:
    """A claim with the window that entails it most, and the probability ``score`` that it does."""

    claim: str
    window: str
    score: float


def pairs_of(question: str, reply: str, passages: Iterable[Passage], *, candidates: int) -> dict[str, list[str]]:
    """Return, by claim of ``reply``, the premises to ask about: the ``candidates`` windows that cover most of it.

    A premise stands under the title of its passage, as a reader sees it.
    """
    windows = [(passage.title, window) for passage in passages for window in windows_of(passage.title, passage.text)]
    return {claim.text: _closest(claim, windows, candidates) for claim in claims_of(question, reply)}


def calls_of(endpoint: str, pairs: Mapping[str, Sequence[str]]) -> list[Call]:
    """Return one call per pair, in the order of ``pairs``."""
    return [
        Call(
            endpoint=endpoint,
            op=OP,
            payload={"premise": premise, "hypothesis": claim},
            length=len(premise) + len(claim),
        )
        for claim, premises in pairs.items()
        for premise in premises
    ]


def judged(pairs: Mapping[str, Sequence[str]], replies: Sequence[Reply]) -> list[EntailedClaim] | CallError:
    """Return every claim with its best premise, or the first error among ``replies``."""
    left = iter(replies)
    found: list[EntailedClaim] = []
    for claim, premises in pairs.items():
        best = EntailedClaim(claim=claim, window="", score=0.0)
        for premise in premises:
            reply = next(left)
            if isinstance(reply, CallError):
                return reply
            score = float(reply.value["entailment"])
            if score > best.score:
                best = EntailedClaim(claim=claim, window=premise, score=score)
        found.append(best)
    return found


def _closest(claim: Claim, windows: Sequence[tuple[str, Window]], keep: int) -> list[str]:
    ranked = sorted(windows, key=lambda window: -coverage(claim, window[1]))[:keep]  # stable: earlier passages first
    texts = (f"{title}. {window.facts.text}" if title else window.facts.text for title, window in ranked)
    return list(dict.fromkeys(texts))
