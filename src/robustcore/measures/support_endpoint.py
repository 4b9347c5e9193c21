"""The endpoint behind ``supported``: rules first, then one batch of texts for the encoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from robustcore.calls.types import Call, Reply, Response
from robustcore.measures.encoded_endpoint import EncodedEndpoint
from robustcore.measures.support_rules import Claim, Window, broken, claims_of, coverage, windows_of

NAME = "support"
OP = "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A window that may back a claim, with the first rule it breaks."""

    claim: str
    window: str
    passage: int
    coverage: float
    broken: str


class SupportEndpoint(EncodedEndpoint):
    """Answers ``{"question", "reply", "passages": [{"title", "text"}]}`` with how each claim of the reply is backed.

    The value is ``{"claims": [...]}``, each with ``claim``, ``supported``, the best ``window``, its ``passage`` number,
    ``coverage``, ``similarity`` (None if no encoder was needed to decide), ``score`` and the rule ``broken``. The
    settings are ``coverage_weight`` w, ``threshold`` t and ``candidates``: of the windows that break no rule the
    best by coverage are encoded, and the claim is backed iff w coverage + (1 - w) cosine reaches t for one of them.
    """

    name = NAME
    version = 1

    def run(self, calls: Sequence[Call]) -> Iterator[tuple[int, Reply]]:
        """Yield the claims of every call; each unique text is encoded once."""
        weight, threshold, candidates = _settings(calls[0].settings)
        found = [_candidates(call.payload, candidates) for call in calls]
        open_texts = [
            text
            for claims in found
            for claim in claims
            for candidate in claim
            if _undecided(candidate, weight, threshold)
            for text in (candidate.claim, candidate.window)
        ]
        unique = list(dict.fromkeys(open_texts))
        vectors = dict(zip(unique, self.encoder.encode(unique), strict=True)) if unique else {}
        for index, claims in enumerate(found):
            judged = [_best([_judged(c, vectors, weight, threshold) for c in claim]) for claim in claims]
            yield index, Response(value={"claims": judged})


def _settings(settings: Mapping[str, Any]) -> tuple[float, float, int]:
    return settings["coverage_weight"], settings["threshold"], settings["candidates"]


def _candidates(payload: Mapping[str, Any], keep: int) -> list[list[_Candidate]]:
    """Return, per claim, the windows that break no rule and cover most; the best of the others if all break one."""
    windows = [
        (number, window)
        for number, passage in enumerate(payload["passages"])
        for window in windows_of(passage["title"], passage["text"])
    ]
    return [_best_windows(claim, windows, keep) for claim in claims_of(payload["question"], payload["reply"])]


def _best_windows(claim: Claim, windows: Sequence[tuple[int, Window]], keep: int) -> list[_Candidate]:
    ranked = sorted(((coverage(claim, window), -i) for i, (_, window) in enumerate(windows)), reverse=True)
    kept: list[_Candidate] = []
    for covered, negative in ranked:
        number, window = windows[-negative]
        rule = broken(claim, window)
        found = _Candidate(claim=claim.text, window=window.facts.text, passage=number, coverage=covered, broken=rule)
        if not rule:
            kept = [one for one in kept if not one.broken] + [found]
            if len(kept) == keep:
                break
        elif not kept:
            kept = [found]
    return kept


def _undecided(candidate: _Candidate, weight: float, threshold: float) -> bool:
    """Say whether the similarity, which lies between 0 and 1, could still decide."""
    if candidate.broken:
        return False
    certain = weight * candidate.coverage
    return certain < threshold <= certain + 1 - weight


def _judged(candidate: _Candidate, vectors: Mapping[str, Any], weight: float, threshold: float) -> dict[str, Any]:
    similarity = None
    if _undecided(candidate, weight, threshold):
        pair = vectors[candidate.claim], vectors[candidate.window]
        similarity = round(min(max(float(pair[0] @ pair[1]), 0.0), 1.0), 6)
    score = weight * candidate.coverage + (1 - weight) * (similarity or 0.0)
    return {
        "claim": candidate.claim,
        "supported": not candidate.broken and score >= threshold,
        "window": candidate.window,
        "passage": candidate.passage,
        "coverage": round(candidate.coverage, 6),
        "similarity": similarity,
        "score": round(score, 6),
        "broken": candidate.broken,
    }


def _best(judged: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return max(judged, key=lambda one: (one["supported"], one["score"]))
