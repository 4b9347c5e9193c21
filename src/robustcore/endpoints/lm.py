"""Local language models as an endpoint: chat and log-likelihoods, in batches that fill the device."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from robustcore.calls.types import Call, CallError, Packing, Reply
from robustcore.endpoints.generation import CHAT
from robustcore.endpoints.hardware import BATCHING, DTYPES, Pace, check_choice, default_threads
from robustcore.endpoints.lm_asks import chat_row, score_row, share
from robustcore.endpoints.lm_model import LanguageModel, load
from robustcore.endpoints.lm_rows import Decoding, Row
from robustcore.endpoints.lm_score import LOGLIKELIHOOD
from robustcore.endpoints.lm_work import Work
from robustcore.endpoints.weights import context_of, identity, is_folder
from robustcore.errors import RobustError
from robustcore.keys import canonical_json, content_key

VERSION = "lm/1"


class LocalLM:
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
        self.model, self.revision, self.device_map, self.dtype = model, revision, device_map, dtype
        self.quantization, self.max_tokens, self.batching = quantization, max_tokens, batching
        self.batch_tokens, self.download = batch_tokens, download
        self._threads, self._workers = threads, workers
        self._identity: str | None = None
        self._work: Work | None = None
        self._refusal = ""
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str | None:
        """Return what identifies its answers as text; None for a hub name without a revision."""
        self._identity = self._identity or identity(self.model, self.revision)
        if self._identity is None:
            return None
        quantized = "none" if self.quantization is None else content_key(dict(self.quantization))
        return f"{VERSION}:{self._identity}:{self.dtype}:{quantized}:{self.max_tokens}"

    @property
    def live(self) -> bool:
        """Say whether loading may fetch the model from the hub."""
        return self.download and not is_folder(self.model)

    @property
    def context_tokens(self) -> int | None:
        """Return how many tokens a prompt and its answer may have together, where a folder tells it."""
        return context_of(self.model)

    @property
    def spec(self) -> dict[str, Any]:
        """Return the data that makes an equal endpoint."""
        return {
            "kind": "lm",
            "model": self.model,
            "revision": self.revision,
            "device_map": self.device_map if isinstance(self.device_map, str | None) else dict(self.device_map),
            "dtype": self.dtype,
            "quantization": None if self.quantization is None else dict(self.quantization),
            "max_tokens": self.max_tokens,
            "batching": self.batching,
            "batch_tokens": self.batch_tokens,
            "threads": self._threads,
            "workers": self._workers,
            "download": self.download,
        }

    def run(self, calls: Sequence[Call]) -> Iterable[tuple[int, Reply]]:
        """Answer calls; what cannot be answered becomes a `CallError` of its own, and so does a model that fails."""
        open_calls = dict(enumerate(calls))
        try:
            work = self._loaded()
            for index, reply in self._answers(work, calls):
                del open_calls[index]
                yield index, reply
        except Exception as error:  # the model's failure, never that of the system it is part of
            failure = CallError(kind="infra_error", message=str(error)[:2000], exception=type(error).__name__)
            yield from ((index, failure) for index in open_calls)

    def _answers(self, work: Work, calls: Sequence[Call]) -> Iterator[tuple[int, Reply]]:
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

    def _loaded(self) -> Work:
        """Return the model at work, loaded at the first call; a model that could not be loaded is not tried again."""
        with self._lock:
            if self._refusal:
                raise RobustError(self._refusal)
            if self._work is None:
                try:
                    model = self._load()
                except RobustError as error:
                    self._refusal = str(error)
                    raise
                pace = Pace(self._threads or default_threads(self._workers))
                self._work = Work(
                    model, tokens=self.batch_tokens, pace=pace, batching=self.batching, download=self.download
                )
            return self._work

    def _load(self) -> LanguageModel:
        return load(
            self.model,
            revision=self.revision,
            device_map=self.device_map if isinstance(self.device_map, str | None) else dict(self.device_map),
            dtype=self.dtype,
            quantization=self.quantization,
            download=self.download,
        )


def from_spec(spec: Mapping[str, Any]) -> LocalLM:
    """Return the language model of a spec."""
    return LocalLM(**{name: value for name, value in spec.items() if name != "kind"})
