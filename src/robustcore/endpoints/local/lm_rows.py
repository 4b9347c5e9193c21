"""What is asked of a language model, as token rows: how to decode, one prompt with what it was answered so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from robustcore.endpoints.generation import SETTINGS
from robustcore.keys import seed_of_json

MOST_LOGPROBS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """The settings of a ``chat`` call. ``temperature`` 0 is greedy; ``top_logprobs`` None asks for none.

    Sampling without a ``seed`` uses seed 0: the same call always draws the same answer, and a replicate another one.
    """

    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    top_logprobs: int | None = None

    @property
    def greedy(self) -> bool:
        """Say whether the most likely token is always taken."""
        return self.temperature == 0

    @classmethod
    def of(cls, settings: Any, *, max_tokens: int) -> Decoding:
        """Return the settings of a call; raise `ValueError` for one that is unknown or out of range."""
        given: Mapping[str, Any] = settings or {}
        unknown = sorted(set(given) - set(SETTINGS))
        if unknown:
            raise ValueError(f"unknown settings {', '.join(unknown)}; choices: {', '.join(SETTINGS)}")
        set_ones = {name: value for name, value in given.items() if value is not None}
        stop = set_ones.pop("stop", ())
        stops = (stop,) if isinstance(stop, str) else tuple(stop)
        decoding = cls(**{"max_tokens": max_tokens, **set_ones}, stop=tuple(text for text in stops if text))
        decoding._check()
        return decoding

    def _check(self) -> None:
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, not {self.max_tokens}")
        if self.temperature < 0 or not 0 < self.top_p <= 1:
            raise ValueError(f"temperature must be >= 0 and top_p in (0, 1], not {self.temperature}, {self.top_p}")
        if self.top_logprobs is not None and not 0 <= self.top_logprobs <= MOST_LOGPROBS:
            raise ValueError(f"top_logprobs must be 0 to {MOST_LOGPROBS}, not {self.top_logprobs}")


@dataclass(slots=True, kw_only=True)
class Row:
    """One prompt while it is answered.

    ``prompt`` are its tokens, of which the first ``shared`` are those of other rows too; ``room`` is how many tokens
    may still be written, beside those in ``out``. ``chosen`` and ``top`` stand beside ``out`` where log-probabilities
    were asked for. ``seed`` makes its draws: they depend on it and the position alone, never on the batch.
    """

    index: int
    prompt: tuple[int, ...]
    room: int
    seed: int = 0
    shared: int = 0
    out: list[int] = field(default_factory=list)
    chosen: list[float] = field(default_factory=list)
    top: list[list[tuple[int, float]]] = field(default_factory=list)
    finish: str = ""
    text: str = ""

    @property
    def left(self) -> int:
        """Return how many tokens may still be written."""
        return self.room - len(self.out)

    @property
    def size(self) -> tuple[int, int, int]:
        """Return the tokens of its shared part, of its own part, and those it may still write."""
        return self.shared, len(self.prompt) - self.shared + len(self.out), self.left

    def forget(self) -> None:
        """Drop what was written, to begin again."""
        self.out, self.chosen, self.top = [], [], []

    def draw(self) -> float:
        """Return the uniform number in [0, 1) of the next position."""
        return seed_of_json(str(self.seed), str(len(self.out))) / 2**63


def share_prefixes(prompts: Sequence[Sequence[int]], *, least: int = 16) -> list[int]:
    """Return for each prompt how many of its first tokens to compute once for a group: those all of the group have.

    Groups are chosen so that the most tokens are saved with one shared part a prompt; a shared part has at least
    ``least`` tokens and never the whole prompt, since its last token must be fed to predict the next. Prompts with
    equal first tokens and equal lengths of them form one group.
    """
    order = sorted(range(len(prompts)), key=lambda i: tuple(prompts[i]))
    common = [_common(prompts[a], prompts[b]) for a, b in pairwise(order)]
    shared = [0] * len(prompts)
    for start, end, length in _groups(common, 0, len(order), least, 0)[1]:
        for position in range(start, end):
            shared[order[position]] = length
    return shared


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    most = min(len(one), len(other)) - 1
    return next((i for i in range(most) if one[i] != other[i]), max(0, most))


def _groups(
    common: Sequence[int], start: int, end: int, least: int, depth: int
) -> tuple[int, list[tuple[int, int, int]]]:
    """Return the tokens saved and the groups ``(start, end, length)`` of the sorted prompts start..end."""
    if end - start < 2:
        return 0, []
    length = min(common[start : end - 1])
    here = (end - start - 1) * length if length >= least else 0
    as_one = [(start, end, length)] if here else []
    if depth >= 50:  # a chain of prompts, each the beginning of the next
        return here, as_one
    cuts = [start, *(i + 1 for i in range(start, end - 1) if common[i] == length), end]
    saved, split = 0, list[tuple[int, int, int]]()
    for low, high in pairwise(cuts):
        more, groups = _groups(common, low, high, least, depth + 1)
        saved, split = saved + more, split + groups
    return (saved, split) if saved > here else (here, as_one)


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Return ``rows`` with those that share tokens beside one another, the longest groups first, then the others."""
    groups: dict[tuple[int, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(row.prompt[: row.shared], []).append(row)
    for members in groups.values():
        members.sort(key=lambda row: len(row.prompt), reverse=True)
    ordered = sorted(groups.items(), key=lambda item: (len(item[0]) > 0, len(item[1][0].prompt)), reverse=True)
    return [row for _, members in ordered for row in members]
