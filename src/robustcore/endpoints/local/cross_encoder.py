"""Cross-encoders as an endpoint: how relevant a text is to a query, and whether a premise entails a hypothesis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from robustcore.calls.types import Call, CallError, Packing, Reply, Response
from robustcore.endpoints.local.batching import OutOfMemory, TokenBudget, in_batches
from robustcore.endpoints.local.cross_encoder_model import RELATIONS, PairModel, relation_columns
from robustcore.endpoints.local.hardware import DTYPES, Pace, check_choice, torch_threads
from robustcore.endpoints.local.local_model import LocalModel

VERSION = "cross-encoder/1"
SCORE, ENTAIL = "score", "entail"
FIELDS = {SCORE: ("query", "text"), ENTAIL: ("premise", "hypothesis")}
CPU_TOKENS, CPU_ROWS = 1 << 13, 64
GPU_TOKENS, GPU_ROWS = 1 << 17, 2048  # the first batch of a GPU; it grows from there while memory allows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    index: int
    first: str
    second: str
    size: tuple[int]


class CrossEncoderEndpoint(LocalModel[PairModel]):
    """A cross-encoder of transformers on this machine, for reranking (one label) or entailment (three labels).

    ``model`` is a hub name or a folder (a hub name needs ``revision`` to have a fingerprint). ``dtype`` is ``fp32``,
    ``bf16`` or ``fp16``; ``device`` is ``auto``, ``cpu`` or ``cuda``; ``threads``, ``workers`` and ``download`` are
    those of `Encoder`. Nothing heavy is imported before the first call.

    Operations: ``score``: ``{"query": str, "text": str}`` → ``{"score": float}``, the logit of a model with one label,
    higher is more relevant; ``entail``: ``{"premise": str, "hypothesis": str}`` → ``{"entailment": float, "neutral":
    float, "contradiction": float}``, probabilities; which label is which is read from ``id2label`` of the model's
    config. A pair too long for the model loses the end of its longer text.

    The fingerprint names weights, dtype and code version; for the device see `LocalLM`.
    """

    kind = "cross_encoder"
    packing = Packing(max_calls=2048, by_length=True)

    def __init__(
        self,
        model: str,
        *,
        revision: str | None = None,
        dtype: str = "fp32",
        device: str = "auto",
        threads: int | None = None,
        workers: int = 1,
        download: bool = False,
    ) -> None:
        check_choice("dtype", dtype, DTYPES)
        super().__init__(model, revision=revision, threads=threads, workers=workers, download=download)
        self.dtype, self.device = dtype, device
        self._budget = TokenBudget(CPU_TOKENS, rows=CPU_ROWS)
        self._pace = Pace(self.threads)

    @property
    def fingerprint(self) -> str | None:
        """Return weights, dtype and code version as text; None for a hub name without a revision."""
        return None if self.weights is None else f"{VERSION}:{self.weights}:{self.dtype}"

    @property
    def spec(self) -> dict[str, Any]:
        """Return the data that makes an equal endpoint."""
        return self._spec(dtype=self.dtype, device=self.device)

    def _answers(self, calls: Sequence[Call]) -> Iterator[tuple[int, Reply]]:
        model = self.loaded()
        pairs: dict[str, list[_Pair]] = {SCORE: [], ENTAIL: []}
        for index, call in enumerate(calls):
            try:
                pairs[call.op].append(self._pair(model, index, call))
            except (ValueError, KeyError) as error:
                told = f"answers {SCORE} and {ENTAIL} only" if isinstance(error, KeyError) else str(error)
                yield index, CallError(kind="infra_error", message=f"{call.op}: a cross-encoder {told}")
        for op, members in pairs.items():
            members.sort(key=lambda pair: pair.size, reverse=True)
            for pair, done in in_batches(
                members, size=lambda pair: pair.size, budget=self._budget, work=lambda batch: self._logits(model, batch)
            ):
                yield pair.index, _reply(op, model, done)

    def _pair(self, model: PairModel, index: int, call: Call) -> _Pair:
        if call.op == SCORE and len(model.labels) != 1:
            raise ValueError(f"for {SCORE} has one label; {self.model!r} has {', '.join(model.labels.values())}")
        if call.op == ENTAIL:
            relation_columns(model.labels, self.model)
        fields = FIELDS[call.op]
        texts = [call.payload.get(name) if isinstance(call.payload, dict) else None for name in fields]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError(f'reads {{"{fields[0]}": str, "{fields[1]}": str}}, not {call.payload!r:.80}')
        first, second = map(str, texts)
        return _Pair(index=index, first=first, second=second, size=(model.size(first, second),))

    def _logits(self, model: PairModel, batch: list[_Pair]) -> Iterator[tuple[_Pair, Any]]:
        tokens = batch[0].size[0] * len(batch)
        with self._pace.threads(4 * tokens) as threads, torch_threads(threads):
            logits = model.logits([(pair.first, pair.second) for pair in batch])
        yield from zip(batch, logits, strict=True)

    def _load(self) -> PairModel:
        model = PairModel(
            self.model, revision=self.revision, dtype=self.dtype, device=self.device, download=self.download
        )
        if model.device.type != "cpu":
            self._budget = TokenBudget(GPU_TOKENS, rows=GPU_ROWS)
        return model


def _reply(op: str, model: PairModel, logits: Any) -> Reply:
    if isinstance(logits, OutOfMemory):
        message = f"the pair alone does not fit into memory: {logits.message}"
        return CallError(kind="infra_error", message=message[:2000], exception="OutOfMemoryError")
    if op == SCORE:
        return Response(value={"score": float(logits[0])})
    odds = np.exp(logits.astype(np.float64) - logits.max())
    columns = relation_columns(model.labels, "")
    return Response(value={relation: float(odds[columns[relation]] / odds.sum()) for relation in RELATIONS})


def from_spec(spec: Mapping[str, Any]) -> CrossEncoderEndpoint:
    """Return the cross-encoder of a spec."""
    return CrossEncoderEndpoint(**{name: value for name, value in spec.items() if name != "kind"})
