"""How sure a choice was: log-probabilities of tokens pooled by letter (spec metrics 5), and how well calibrated.

The protocol is that of PARROT (arXiv 2511.17220). Log-probabilities are no beliefs: tau moves every number here, and
never which letter is the likeliest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

Top: TypeAlias = Sequence[tuple[str, float]]
"""The likeliest tokens of a position with their log-probabilities."""

TAU: Final = 3.0  # what the paper's code divides by
POOLS: Final = ("lse", "max")
AHEAD: Final = 12  # tokens after ``final`` in which its letter is looked for
UNSEEN: Final = 5.0  # nats below the smallest letter that was seen
NONE_SEEN: Final = -25.0
BINS: Final = 10
_MARKS: Final = "()[]{}:;.,'\""


def letter_of(token: str, letters: Sequence[str]) -> str:
    """Return the option letter that ``token`` is, or an empty string.

    Spaces are stripped, one bracket or mark is taken off each side, and the rest is upper-cased.
    """
    bare = token.strip()
    bare = bare[1:] if bare[:1] and bare[0] in _MARKS else bare
    bare = bare[:-1] if bare[-1:] and bare[-1] in _MARKS else bare
    return bare.upper() if bare.upper() in letters and len(bare) == 1 else ""


def anchored(tokens: Sequence[str], letters: Sequence[str]) -> int | None:
    """Return the position of the first letter within 12 tokens after the first ``final``, None where there is none."""
    start = next((i for i, token in enumerate(tokens) if token.strip().lower() == "final"), None)
    if start is None:
        return None
    ahead = range(start + 1, min(start + 1 + AHEAD, len(tokens)))
    return next((i for i in ahead if letter_of(tokens[i], letters)), None)


def place_of(tokens: Sequence[str], tops: Sequence[Top], letters: Sequence[str]) -> int | None:
    """Return the position to read the letters at: the anchored one, else the one with the most option mass."""
    place = anchored(tokens, letters)
    if place is not None:
        return place
    sums = [_lse([value for token, value in top if letter_of(token, letters)]) for top in tops]
    best = max(range(len(sums)), key=sums.__getitem__, default=None)
    return None if best is None or sums[best] == -math.inf else best


def letter_masses(top: Top, letters: Sequence[str], pool: str = "lse") -> tuple[dict[str, float], bool]:
    """Return the log-mass of each letter, and whether any was seen.

    Of identical tokens the likelier counts; what is left is pooled per letter by log-sum-exp or by the maximum. A
    letter without a token gets the smallest mass - 5, and -25 if none was seen.
    """
    kept: dict[str, float] = {}
    for token, value in top:
        kept[token] = max(value, kept.get(token, -math.inf))
    by_letter: dict[str, list[float]] = {}
    for token, value in kept.items():
        if letter := letter_of(token, letters):
            by_letter.setdefault(letter, []).append(value)
    masses = {letter: _lse(values) if pool == "lse" else max(values) for letter, values in by_letter.items()}
    unseen = min(masses.values()) - UNSEEN if masses else NONE_SEEN
    return {letter: masses.get(letter, unseen) for letter in letters}, bool(masses)


def probabilities(masses: Mapping[str, float], tau: float = TAU) -> dict[str, float]:
    """Return softmax(mass / tau) by letter."""
    scaled = {letter: value / tau for letter, value in masses.items()}
    total = _lse(list(scaled.values()))
    return {letter: math.exp(value - total) for letter, value in scaled.items()}


def brier(confidence: Sequence[float], correct: Sequence[float]) -> float:
    """Return the mean of (confidence - correct)^2, for sequences of equal length, in [0, 1]. Down. [STANDARD]."""
    return sum((p - y) ** 2 for p, y in zip(confidence, correct, strict=True)) / len(confidence)


def ece(confidence: Sequence[float], correct: Sequence[float], bins: int = BINS) -> float:
    """Return the expected calibration error over equal bins (lo, hi], in [0, 1]. Down. [STANDARD].

    Each bin weighs |mean confidence - share correct| by its share of the values; 0 belongs to the first bin.
    """
    groups: dict[int, list[tuple[float, float]]] = {}
    for p, y in zip(confidence, correct, strict=True):
        groups.setdefault(max(0, math.ceil(p * bins - 1e-12) - 1), []).append((p, y))
    gaps = (abs(sum(p - y for p, y in group)) for group in groups.values())
    return sum(gaps) / len(confidence)


def fitted_tau(items: Sequence[tuple[Mapping[str, float], str]], low: float = 0.05, high: float = 50.0) -> float:
    """Return the tau in [low, high] under which the gold letters are likeliest: temperature scaling. [STANDARD].

    ``items`` are pairs of letter masses and the right letter, of neutral questions that are not scored with that tau.
    """
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log_tau: neg_log_likelihood(items, math.exp(log_tau)),
        bounds=(math.log(low), math.log(high)),
        method="bounded",
        options={"xatol": 1e-4},
    )
    return math.exp(float(found.x))


def neg_log_likelihood(items: Sequence[tuple[Mapping[str, float], str]], tau: float) -> float:
    """Return the mean negative log-likelihood, in nats, of the right letters under ``tau``."""
    logs = (math.log(max(probabilities(masses, tau)[gold], 1e-300)) for masses, gold in items)
    return -sum(logs) / len(items)


def _lse(values: Sequence[float]) -> float:
    most = max(values, default=-math.inf)
    return most if most == -math.inf else most + math.log(sum(math.exp(value - most) for value in values))
