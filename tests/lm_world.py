"""Language models of the tests and calls to them; skips the module that imports it where the extra is not installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from robustcore.calls.types import Call, CallError, Reply, Response
from robustcore.endpoints.local.lm import LocalLM

if find_spec("transformers") is None:
    pytest.skip("needs the extra 'local'", allow_module_level=True)

Built: TypeAlias = Callable[[Callable[..., Path]], Path]
PASSAGE = "Context: the pump must not run dry, the bridge crosses the river near the museum, the office is in town. "
TEXTS = (
    "Who opened the bridge?",
    "a",
    PASSAGE + "When is the pump dry?",
    PASSAGE + "Who crosses?",
    PASSAGE * 2 + "Which town?",
    "x " * 60,
    "Ünï¢ødé 🦉",
    "please explain the water pressure of the harbour station",
)


def lm(folder: Path, **how: Any) -> LocalLM:
    """Return a language model in fp32 on the processor, with one thread."""
    return LocalLM(str(folder), **{"dtype": "fp32", "device_map": "cpu", "threads": 1, "max_tokens": 24, **how})


def chat(text: str, replicate: int = 0, **settings: Any) -> Call:
    payload = {"messages": [{"role": "user", "content": text}]}
    return Call(endpoint="m", op="chat", payload=payload, settings=settings or None, replicate=replicate)


def likelihood(text: str, continuation: str) -> Call:
    payload = {"messages": [{"role": "user", "content": text}], "continuation": continuation}
    return Call(endpoint="m", op="loglikelihood", payload=payload)


def replies(model: LocalLM, calls: Sequence[Call]) -> list[Reply]:
    """Return the replies of one batch, in order; every call has exactly one."""
    found = list(model.run(calls))
    assert sorted(index for index, _ in found) == list(range(len(calls)))
    return [reply for _, reply in sorted(found, key=lambda pair: pair[0])]


def values(model: LocalLM, calls: Sequence[Call]) -> list[Any]:
    """Return the values of one batch, in order; a call without one fails the test."""
    return [value_of(reply) for reply in replies(model, calls)]


def alone(model: LocalLM, calls: Sequence[Call]) -> list[Any]:
    """Return the values of ``calls``, each sent by itself."""
    return [values(model, [call])[0] for call in calls]


def value_of(reply: Reply) -> Any:
    assert isinstance(reply, Response), reply
    return reply.value


def error_of(reply: Reply) -> CallError:
    assert isinstance(reply, CallError), reply
    return reply


@contextmanager
def small_memory(model: LocalLM, *, positions: int) -> Iterator[list[tuple[int, int, int]]]:
    """Let the device of ``model`` hold ``positions`` padded tokens; give what was tried: rows (0 if
    they did not fit), width, tokens fed a row.


    A forward pass over more raises what torch raises, from where torch would raise it.
    """
    import torch

    inner = model.loaded().model.model
    fitted: list[tuple[int, int, int]] = []
    forward = inner.forward

    def limited(*args: Any, **kwargs: Any) -> Any:
        mask = kwargs["attention_mask"]
        written = kwargs.get("past_key_values")
        width = mask.shape[1] + (written.get_seq_length() if "encoder_outputs" in kwargs and written else 0)
        if mask.shape[0] * width > positions:
            fitted.append((0, width, 0))
            raise torch.OutOfMemoryError(f"tried to hold {mask.shape[0]} rows of {width}")
        fed = kwargs["decoder_input_ids" if "encoder_outputs" in kwargs else "input_ids"].shape[1]
        fitted.append((mask.shape[0], width, fed))
        return forward(*args, **kwargs)

    inner.forward = limited
    try:
        yield fitted
    finally:
        inner.forward = forward
