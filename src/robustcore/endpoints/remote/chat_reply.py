"""What LangChain's message says, as a Generation: text, why it ended, tokens, log-probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robustcore.endpoints.generation import Generation, TokenLogprob
from robustcore.endpoints.remote.reply_size import check_text
from robustcore.endpoints.remote.retry import NoAnswer

STOPPED = frozenset({"stop", "end_turn", "stop_sequence", "eos", "eos_token", "complete", "completed", "finish"})
CUT = frozenset({"length", "max_tokens", "max_output_tokens", "max_tokens_reached", "model_length"})


def generation_of(message: Any, *, logprobs: bool) -> Generation:
    """Return what an ``AIMessage`` says. ``logprobs``: whether they were asked for.

    An empty text is an answer if the service says why it ended (a filter's word is such a reason); else there is no
    answer in the message, and `NoAnswer` is raised.
    """
    text, told = check_text(_text(message)), getattr(message, "response_metadata", None) or {}
    refusal = (getattr(message, "additional_kwargs", None) or {}).get("refusal")
    finish = _finish(told)
    if not text and isinstance(refusal, str) and refusal:
        text, finish = refusal, "refusal"
    if not text and not finish:
        raise NoAnswer("the reply has no content and does not say why it ended", "missing_reply")
    usage = getattr(message, "usage_metadata", None) or {}
    return Generation(
        text=text,
        finish=finish or "stop",
        input_tokens=_count(usage.get("input_tokens")),
        output_tokens=_count(usage.get("output_tokens")),
        logprobs=_logprobs(told.get("logprobs")) if logprobs else None,
    )


def _text(message: Any) -> str:
    content = getattr(message, "content", "")
    if isinstance(content, str):
        return content
    parts = (part if isinstance(part, str) else _part(part) for part in content)
    return "".join(parts)


def _part(part: Any) -> str:
    """Return the text of a content block; thoughts, images and calls of tools are no part of the answer."""
    text = part.get("text") if isinstance(part, Mapping) and part.get("type") in ("text", "output_text") else None
    return text if isinstance(text, str) else ""


def _finish(told: Mapping[str, Any]) -> str:
    word = next(
        (told[name] for name in ("finish_reason", "stop_reason", "done_reason", "status") if told.get(name)), ""
    )
    word = str(word)
    if word.lower() in STOPPED:
        return "stop"
    return "length" if word.lower() in CUT else word


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _logprobs(told: Any) -> tuple[TokenLogprob, ...] | None:
    content = told.get("content") if isinstance(told, Mapping) else told
    if not isinstance(content, list) or not content:
        return None
    try:
        return tuple(_token(item) for item in content)
    except (KeyError, TypeError, ValueError) as error:
        raise NoAnswer(f"the log-probabilities of the reply cannot be read: {type(error).__name__}: {error}") from error


def _token(item: Mapping[str, Any]) -> TokenLogprob:
    top = [(str(other["token"]), float(other["logprob"])) for other in item.get("top_logprobs") or ()]
    top.sort(key=lambda pair: -pair[1])
    return TokenLogprob(token=str(item["token"]), logprob=float(item["logprob"]), top=tuple(top))
