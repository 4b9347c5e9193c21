"""Calls into rows of tokens, checked against what the model can hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from robustcore.calls.types import Call
from robustcore.endpoints.local.lm_model import LanguageModel
from robustcore.endpoints.local.lm_prompts import check_messages, render
from robustcore.endpoints.local.lm_rows import Decoding, Row, share_prefixes
from robustcore.endpoints.local.lm_score import split
from robustcore.keys import seed_of


def chat_row(model: LanguageModel, index: int, call: Call, how: Decoding) -> Row:
    """Return the row of a ``chat`` call; raise `ValueError` for a payload that is none, or is too long."""
    text, special = _prompt(model, _mapping(call.payload, '{"messages": [...]}'))
    prompt = model.tokens(text, special=special) or [model.beginning]
    room = how.max_tokens
    if model.positions is not None:
        left = model.positions - len(prompt)
        if left < (0 if model.seq2seq else 1):
            raise ValueError(_too_long(len(prompt), model.positions))
        room = min(room, model.positions - 2 if model.seq2seq else left)
    seed = seed_of(how.seed, call.payload, call.replicate)
    return Row(index=index, prompt=tuple(prompt), room=room, seed=seed)


def score_row(model: LanguageModel, index: int, call: Call) -> Row:
    """Return the row of a ``loglikelihood`` call, its continuation in ``out``; raise `ValueError` for a bad payload."""
    payload = _mapping(call.payload, '{"messages": [...] or "text": str, "continuation": str}')
    continuation = payload.get("continuation")
    if not isinstance(continuation, str) or not continuation:
        raise ValueError(f'"continuation" must be text that is not empty, not {continuation!r:.80}')
    text, special = _prompt(model, payload)
    prompt, following = split(model, text, continuation, special=special)
    tokens = max(len(prompt), len(following)) if model.seq2seq else len(prompt) + len(following) - 1
    if model.positions is not None and tokens > model.positions:
        raise ValueError(_too_long(tokens, model.positions))
    return Row(index=index, prompt=tuple(prompt), room=len(following), out=list(following))


def share(model: LanguageModel, rows: Sequence[Row]) -> None:
    """Note in ``rows`` which of their first tokens are computed once for several, where the model allows it."""
    if model.shares and len(rows) > 1:
        for row, count in zip(rows, share_prefixes([row.prompt for row in rows]), strict=True):
            row.shared = count


def _mapping(payload: Any, expected: str) -> dict[str, Any]:
    if not isinstance(payload, dict):
        raise ValueError(f"the payload must be {expected}, not {payload!r:.80}")
    return payload


def _prompt(model: LanguageModel, payload: dict[str, Any]) -> tuple[str, bool]:
    """Return the text to read, and whether the tokenizer is to put its special tokens around it."""
    if "messages" not in payload:
        text = payload.get("text")
        if not isinstance(text, str):
            raise ValueError(f'the payload has neither "messages" nor "text": {sorted(payload)}')
        return text, True
    text = render(check_messages(payload["messages"]), model.tokenizer, roles=not model.seq2seq)
    return text, not getattr(model.tokenizer, "chat_template", None)


def _too_long(tokens: int, positions: int) -> str:
    return f"the prompt has {tokens} tokens, the model holds {positions} with its answer: send less context"
