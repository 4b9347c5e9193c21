"""Scoring given continuations: how likely a model finds them, without writing anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from robustcore.endpoints.local.lm_model import LanguageModel
from robustcore.endpoints.local.lm_rows import Row

LOGLIKELIHOOD = "loglikelihood"


def score(model: LanguageModel, rows: Sequence[Row]) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Yield ``(row, value)`` for rows whose ``out`` is the continuation.

    ``value`` is ``{"logprob": float, "tokens": int, "greedy": bool}``: the sum of the log-probabilities of the tokens
    of the continuation, their number, and whether each of them is the most likely one at its position.
    """
    torch = model.torch
    logits = _encoder_decoder_logits(model, rows) if model.seq2seq else _causal_logits(model, rows)
    for row, own in zip(rows, logits, strict=True):
        scores = own.float()
        wanted = torch.tensor(row.out, device=scores.device)
        found = scores.gather(1, wanted[:, None])[:, 0] - scores.logsumexp(-1)
        greedy = bool((scores.argmax(-1) == wanted).all())
        yield row, {"logprob": float(found.double().sum()), "tokens": len(row.out), "greedy": greedy}


def split(model: LanguageModel, text: str, continuation: str, *, special: bool) -> tuple[list[int], list[int]]:
    """Return the tokens of ``text`` and of what follows it.

    Both are read as one text, as they were in training, where the tokens of ``text`` stay the same; where a token
    would cross the border, and for an encoder-decoder, the continuation is read for itself.
    """
    prompt = model.tokens(text, special=special) or [model.beginning]
    if not model.seq2seq:
        whole = model.tokens(text + continuation, special=special)
        if whole[: len(prompt)] == prompt and len(whole) > len(prompt):
            return prompt, whole[len(prompt) :]
    return prompt, model.tokens(continuation, special=False)


def _causal_logits(model: LanguageModel, rows: Sequence[Row]) -> Iterator[Any]:
    """Yield for each row the logits (its continuation's tokens, vocabulary) that predict them."""
    keep = max(len(row.out) for row in rows)
    texts = [[*row.prompt, *row.out[:-1]] for row in rows]
    logits = model.read(texts, shared=[row.shared for row in rows], keep=keep).logits
    for line, row in enumerate(rows):
        yield logits[line, -len(row.out) :]


def _encoder_decoder_logits(model: LanguageModel, rows: Sequence[Row]) -> Iterator[Any]:
    torch = model.torch
    unique = {prompt: number for number, prompt in enumerate(dict.fromkeys(row.prompt for row in rows))}
    states, mask = model.encode(list(unique))
    index = torch.tensor([unique[row.prompt] for row in rows], device=model.device)
    start = model.decoder_start()
    width = max(len(row.out) for row in rows) - 1  # the padding is on the right, where no token looks
    written = [[*start, *row.out[:-1], *[model.padding] * (width - len(row.out) + 1)] for row in rows]
    logits = model.begin(states[index], mask[index], torch.tensor(written, device=model.device)).logits
    for line, row in enumerate(rows):
        yield logits[line, len(start) - 1 : len(start) - 1 + len(row.out)]
