"""Sentence embeddings as an endpoint: texts in, unit vectors out, each unique text computed once."""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from robustcore.calls.types import Call, CallError, Packing, Reply, Response
from robustcore.endpoints.local.batching import OutOfMemory, TokenBudget, in_batches
from robustcore.endpoints.local.encoder_model import Encoded, LoadedModel
from robustcore.endpoints.local.hardware import (
    DTYPES,
    Pace,
    auto_dtype,
    check_choice,
    cpu_flags,
    torch_threads,
)
from robustcore.endpoints.local.local_model import LocalModel
from robustcore.endpoints.local.weights import PACKAGED
from robustcore.errors import RobustError

V = TypeVar("V")
VERSION = "encoder/1"
LONG = 400  # characters; above it a batch of 32 beats one of 64 on a CPU
CPU_CHARACTERS = 1 << 20
GPU_CHARACTERS = 1 << 18  # the first batch of a GPU; it grows from there while memory allows
GPU_ROWS = 2048


class Memo(Generic[V]):
    """The most recently used values by text, at most ``capacity`` units of ``cost``."""

    def __init__(self, capacity: int, cost: Callable[[V], int]) -> None:
        self._values: OrderedDict[str, V] = OrderedDict()
        self._capacity, self._cost, self._used = capacity, cost, 0

    def get(self, text: str) -> V | None:
        """Return the value for ``text``, or None."""
        value = self._values.get(text)
        if value is not None:
            self._values.move_to_end(text)
        return value

    def put(self, text: str, value: V) -> None:
        """Keep ``value``; the least recently used ones leave."""
        if text in self._values:
            return
        self._values[text] = value
        self._used += self._cost(value)
        while self._used > self._capacity and len(self._values) > 1:
            self._used -= self._cost(self._values.popitem(last=False)[1])


class Encoder(LocalModel[LoadedModel]):
    """A sentence-transformers model that embeds texts; by default all-MiniLM-L6-v2 from its package, offline.

    ``model`` is a hub name or a folder (a hub name needs ``revision`` to have a fingerprint). ``dtype`` is
    ``auto`` (bf16 where the processor is much faster in it, else fp32), ``fp32``, ``bf16`` or ``fp16``; results in
    different dtypes are not bit-equal, so it is part of the fingerprint, and in bf16 a vector depends in its last bits
    on the batch that it was made in. ``device`` is ``auto``, ``cpu`` or ``cuda``. ``threads`` is the most a forward
    pass uses; by default this process's processors divided by ``workers``. ``memo`` bounds the vectors kept in memory,
    ``token_memo`` the token vectors. ``download`` allows the hub, which makes the endpoint live; without it a hub name
    is looked for on this machine only. On a GPU the size of a batch is found while running; out of memory halves it
    anywhere. Nothing heavy is imported before the first text.

    As an `Endpoint` it has one operation, ``embed``: ``{"text": str}`` → ``{"vector": base64, "dim": d}`` where
    the base64 text holds d little-endian float16 values (`vector_of` decodes it).
    """

    kind = "encoder"
    packing = Packing(max_calls=1024, by_length=True)

    def __init__(
        self,
        model: str = PACKAGED,
        *,
        revision: str | None = None,
        dtype: str = "auto",
        device: str = "auto",
        threads: int | None = None,
        workers: int = 1,
        memo: int = 50_000,
        token_memo: int = 250_000,
        download: bool = False,
    ) -> None:
        check_choice("dtype", dtype, ("auto", *DTYPES))
        super().__init__(model, revision=revision, threads=threads, workers=workers, download=download)
        self._dtype, self.device = dtype, device
        self._vectors: Memo[NDArray[np.float32]] = Memo(memo, lambda _: 1)
        self._tokens: Memo[Encoded] = Memo(token_memo, lambda encoded: len(encoded.tokens) + 1)
        self._pace = Pace(self.threads)
        self._budget = TokenBudget(CPU_CHARACTERS, rows=64)

    @property
    def dtype(self) -> str:
        """Return the number format of the weights, ``auto`` resolved."""
        return auto_dtype(cpu_flags()) if self._dtype == "auto" else self._dtype

    @property
    def fingerprint(self) -> str | None:
        """Return model, dtype and code version as text; None for a hub name without a revision."""
        return None if self.weights is None else f"{VERSION}:{self.weights}:{self.dtype}"

    @property
    def spec(self) -> dict[str, Any]:
        """Return the data that makes an equal encoder."""
        return self._spec(dtype=self._dtype, device=self.device)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32 (n, d), one row per text, in order."""
        with self._lock:
            missing = [text for text in dict.fromkeys(texts) if self._vectors.get(text) is None]
            found = {text: encoded.vector for text, encoded in self._forward(missing, tokens=False)}
            rows = [found[text] if text in found else self._vector(text) for text in texts]
            for text, vector in found.items():
                self._vectors.put(text, vector)
        return np.stack(rows) if rows else np.zeros((0, 0), np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[Encoded]:
        """Return each text's vector, token vectors and token offsets, from one forward pass, in order."""
        with self._lock:
            known = {text: self._tokens.get(text) for text in dict.fromkeys(texts)}
            found = dict(self._forward([text for text, value in known.items() if value is None], tokens=True))
            for text, encoded in found.items():
                self._vectors.put(text, encoded.vector)
                self._tokens.put(text, encoded)
        return [known[text] or found[text] for text in texts]

    def whole_words(self) -> frozenset[str]:
        """Return the words that are a single token of the model: a list of common words for free."""
        with self._lock:
            vocabulary = self.loaded().tokenizer.get_vocab()
        return frozenset(token for token in vocabulary if token.isalpha())

    def _answers(self, calls: Sequence[Call]) -> Iterator[tuple[int, Reply]]:
        texts: dict[int, str] = {}
        for index, call in enumerate(calls):
            text = call.payload.get("text") if isinstance(call.payload, dict) else None
            if call.op == "embed" and isinstance(text, str):
                texts[index] = text
            else:
                message = f'the encoder answers op "embed" with payload {{"text": str}}, not {call.op!r}'
                yield index, CallError(kind="infra_error", message=message)
        for index, vector in zip(texts, self.encode(list(texts.values())), strict=True):
            data = base64.b64encode(vector.astype("<f2").tobytes()).decode("ascii")
            yield index, Response(value={"vector": data, "dim": len(vector)})

    def _vector(self, text: str) -> NDArray[np.float32]:
        vector = self._vectors.get(text)
        assert vector is not None  # the caller has encoded what was missing
        return vector

    def _load(self) -> LoadedModel:
        model = LoadedModel(
            self.model, revision=self.revision, dtype=self.dtype, device=self.device, download=self.download
        )
        if model.on_gpu:
            self._budget = TokenBudget(GPU_CHARACTERS, rows=GPU_ROWS)
        return model

    def _forward(self, texts: Sequence[str], *, tokens: bool) -> Iterator[tuple[str, Encoded]]:
        """Yield ``(text, encoded)``, shortest first: texts of like length share a batch, so little is padding."""
        if not texts:
            return
        model = self.loaded()

        def work(batch: list[str]) -> Iterator[tuple[str, Encoded]]:
            characters = len(batch[-1]) * len(batch)  # padding included
            with self._pace.threads(characters) as count, torch_threads(count):
                encoded = model.forward(batch, tokens=tokens)
            yield from zip(batch, encoded, strict=True)

        queue = sorted(texts, key=lambda text: (len(text), text))
        most = None if model.on_gpu else _cpu_rows
        for text, encoded in in_batches(queue, size=lambda t: (len(t) + 8,), budget=self._budget, work=work, most=most):
            if isinstance(encoded, OutOfMemory):
                raise RobustError(f"a text of {len(text)} characters does not fit into memory: {encoded.message}")
            yield text, encoded


def _cpu_rows(queue: Sequence[str]) -> int:
    return 64 if len(queue[min(63, len(queue) - 1)]) <= LONG else 32


def from_spec(spec: Mapping[str, Any]) -> Encoder:
    """Return the encoder of a spec."""
    return Encoder(**{name: value for name, value in spec.items() if name != "kind"})


def vector_of(value: dict[str, object]) -> NDArray[np.float32]:
    """Return the vector of an ``embed`` response, float32 (d,)."""
    return np.frombuffer(base64.b64decode(str(value["vector"])), dtype="<f2").astype(np.float32)
