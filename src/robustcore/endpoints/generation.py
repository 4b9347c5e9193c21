"""What every language model is asked and answers, local or behind a service: the one contract of the operation chat.

A call of operation `CHAT` has the payload ``{"messages": [{"role": "system" | "user" | "assistant", "content": str}]}``
and settings that may hold ``max_tokens`` (int), ``temperature`` (float), ``top_p`` (float), ``seed`` (int), ``stop``
(list of str) and ``top_logprobs`` (int, 0 to 20); what is left out is the model's own default, except that a local
model decodes greedily. The value of its response is `Generation.to_json`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CHAT = "chat"
SETTINGS = ("max_tokens", "temperature", "top_p", "seed", "stop", "top_logprobs")
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLogprob:
    """One generated token: its text, its log-probability, and the most likely tokens at its position, best first."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What a model wrote.

    ``finish`` is why it ended: ``stop``, ``length`` or the provider's own word; ``input_tokens`` and
    ``output_tokens`` are None where they are not told; ``logprobs`` is None where they were not asked for or the
    provider gives none.
    """

    text: str
    finish: str = "stop"
    input_tokens: int | None = None
    output_tokens: int | None = None
    logprobs: tuple[TokenLogprob, ...] | None = None

    @property
    def usage(self) -> tuple[int, int]:
        """Return input and output tokens, 0 where they are not told."""
        return self.input_tokens or 0, self.output_tokens or 0

    def to_json(self) -> dict[str, Any]:
        """Return the generation as a JSON object; `from_json` gives an equal one back."""
        logprobs = self.logprobs
        return {
            "text": self.text,
            "finish": self.finish,
            "tokens": [self.input_tokens, self.output_tokens],
            "logprobs": None if logprobs is None else tokens_to_json(logprobs),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Generation:
        """Return the generation that `to_json` wrote."""
        tokens, logprobs = value["tokens"], value["logprobs"]
        return cls(
            text=value["text"],
            finish=value["finish"],
            input_tokens=tokens[0],
            output_tokens=tokens[1],
            logprobs=None if logprobs is None else tokens_from_json(logprobs),
        )


def tokens_to_json(tokens: Sequence[TokenLogprob]) -> list[Any]:
    """Return tokens with their log-probabilities as a JSON list; `tokens_from_json` gives equal ones back."""
    return [[t.token, t.logprob, [list(p) for p in t.top]] for t in tokens]


def tokens_from_json(value: Sequence[Any]) -> tuple[TokenLogprob, ...]:
    """Return the tokens that `tokens_to_json` wrote."""
    return tuple(
        TokenLogprob(token=token, logprob=logprob, top=tuple((text, value) for text, value in top))
        for token, logprob, top in value
    )


def thoughtless(text: str) -> str:
    """Return what a model said without the thoughts in a ``<think>`` block before it."""
    return _THOUGHT.sub("", text)
