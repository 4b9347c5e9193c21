"""Local language models as an endpoint: chat and log-likelihoods, in batches that fill the device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from robustcore.calls.types import Call, CallError, Packing, Reply
from robustcore.endpoints.generation import CHAT
from robustcore.endpoints.local.hardware import BATCHING, DTYPES, Pace, check_choice
from robustcore.endpoints.local.lm_asks import chat_row, score_row, share
from robustcore.endpoints.local.lm_model import load
from robustcore.endpoints.local.lm_rows import Decoding, Row
from robustcore.endpoints.local.lm_score import LOGLIKELIHOOD
from robustcore.endpoints.local.lm_work import Work
from robustcore.endpoints.local.local_model import LocalModel
from robustcore.endpoints.local.weights import context_of
from robustcore.keys import canonical_json, content_key

VERSION = "lm/1"


class LocalLM(LocalModel[Work]):
    """A language model of transformers on this machine, causal or encoder-decoder.

    ``model`` is a hub name or a folder (a hub name needs ``revision`` to have a fingerprint). ``device_map`` is
    passed to transformers (``auto``, ``cpu``, ``cuda``, or a mapping); ``dtype`` is ``auto`` (the checkpoint's own),
    ``fp32``, ``bf16`` or ``fp16``; ``quantization`` is the mapping of a quantization config, such as
    ``{"load_in_4bit": true}``. ``max_tokens`` holds for calls that say nothing. ``batching`` is ``static``,
    ``continuous`` (of transformers, for greedy chat) or ``auto``: whichever is faster on a GPU, static elsewhere.
    ``batch_tokens`` is the first guess at the padded tokens of a batch; out of memory halves it. ``threads`` and
    ``workers`` are those of `Encoder`. ``download`` allows the hub, which makes the endpoint live; without it a hub
    name is looked for on this machine only. Nothing heavy is imported before the first call.

    Operations: ``chat`` as in `generation`, greedy unless a temperature is given, whatever else is, and with the
    log-probabilities of the model before temperature; and ``loglikelihood``:
    ``{"messages": [...] | "text": str, "continuation": str}`` → ``{"logprob": float, "tokens": int,
    "greedy": bool}`` (`score`).

    The fingerprint names weights, dtype, quantization, ``max_tokens`` and code version, and no device: every device
    computes the same function, and what differs between devices, rounding, differs as much between the batches of
    one device. In fp32 that is not seen in the answers; in bf16 and fp16 two tokens that are nearly equally likely
    may change places, on one device as between two.
    """

    kind = "lm"
    packing = Packing(max_calls=2048, by_length=True)
    deterministic = True  # replicates of a greedy call would all be the same

    def __init__(
        self,
        model: str,
        *,
        revision: str | None = None,
        device_map: str | Mapping[str, Any] | None = "auto",
        dtype: str = "auto",
        quantization: Mapping[str, Any] | None = None,
        max_tokens: int = 256,
        batching: str = "auto",
        batch_tokens: int | None = None,
        threads: int | None = None,
        workers: int = 1,
        download: bool = False,
    ) -> None:
        check_choice("dtype", dtype, ("auto", *DTYPES))
        check_choice("batching", batching, BATCHING)
        super().__init__(model, revision=revision, threads=threads, workers=workers, download=download)
        self.device_map = device_map if isinstance(device_map, str | None) else dict(device_map)
        self.quantization = None if quantization is None else dict(quantization)
        self.dtype, self.max_tokens = dtype, max_tokens
        self.batching, self.batch_tokens = batching, batch_tokens

    @property
    def fingerprint(self) -> str | None:
        """Return what identifies its answers as text; None for a hub name without a revision."""
        if self.weights is None:
            return None
        quantized = "none" if self.quantization is None else content_key(self.quantization)
        return f"{VERSION}:{self.weights}:{self.dtype}:{quantized}:{self.max_tokens}"

    @property
    def context_tokens(self) -> int | None:
        """Return how many tokens a prompt and its answer may have together, where a folder tells it."""
        return context_of(self.model)

    @property
    def spec(self) -> dict[str, Any]:
        """Return the data that makes an equal endpoint."""
        return self._spec(
            device_map=self.device_map,
            dtype=self.dtype,
            quantization=self.quantization,
            max_tokens=self.max_tokens,
            batching=self.batching,
            batch_tokens=self.batch_tokens,
        )

    def _answers(self, calls: Sequence[Call]) -> Iterator[tuple[int, Reply]]:
        work = self.loaded()
        groups: dict[str, list[tuple[int, Call]]] = {}
        for index, call in enumerate(calls):
            groups.setdefault(canonical_json([call.op, call.settings]), []).append((index, call))
        for members in groups.values():
            yield from self._group(work, members)

    def _group(self, work: Work, members: Sequence[tuple[int, Call]]) -> Iterator[tuple[int, Reply]]:
        """Answer calls of one operation with the same settings."""
        op, settings = members[0][1].op, members[0][1].settings
        how: Decoding | None = None
        refused: dict[int, str] = {}
        rows: list[Row] = []
        for index, call in members:
            try:
                if op == CHAT:
                    how = how or Decoding.of(settings, max_tokens=self.max_tokens)
                    rows.append(chat_row(work.model, index, call, how))
                elif op == LOGLIKELIHOOD:
                    rows.append(score_row(work.model, index, call))
                else:
                    raise ValueError(f"a local language model answers {CHAT} and {LOGLIKELIHOOD} only")
            except Exception as error:  # a chat template raises what it likes
                refused[index] = f"{op}: {str(error) or type(error).__name__}"
        for index, message in refused.items():
            yield index, CallError(kind="infra_error", message=message[:2000])
        share(work.model, rows)
        yield from work.chat(rows, how) if how else work.loglikelihood(rows)

    def _load(self) -> Work:
        model = load(
            self.model,
            revision=self.revision,
            device_map=self.device_map,
            dtype=self.dtype,
            quantization=self.quantization,
            download=self.download,
        )
        pace = Pace(self.threads)
        return Work(model, tokens=self.batch_tokens, pace=pace, batching=self.batching, download=self.download)


def from_spec(spec: Mapping[str, Any]) -> LocalLM:
    """Return the language model of a spec."""
    return LocalLM(**{name: value for name, value in spec.items() if name != "kind"})
