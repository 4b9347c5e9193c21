"""A loaded language model at work: rows into batches, batches through the model, results into replies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, TypeAlias, TypeVar

from robustcore.calls.types import CallError, Reply, Response
from robustcore.endpoints.generation import Generation, TokenLogprob
from robustcore.endpoints.local.batching import OutOfMemory, TokenBudget, in_batches, release
from robustcore.endpoints.local.hardware import Pace, torch_threads
from robustcore.endpoints.local.lm_continuous import Choice, able, decode_continuously
from robustcore.endpoints.local.lm_decode import decode
from robustcore.endpoints.local.lm_model import LanguageModel
from robustcore.endpoints.local.lm_rows import Decoding, Row, in_order
from robustcore.endpoints.local.lm_score import score
from robustcore.endpoints.local.weights import loading

T = TypeVar("T")
Job: TypeAlias = Callable[[LanguageModel, list[Row]], Iterator[tuple[Row, T]]]
CPU_TOKENS = 1 << 15
GPU_SHARE = 0.7  # of the memory that is free beside the weights; the rest is for what a forward pass needs
ROWS = 512
CHARACTERS = 4  # of one token, about; a pace is measured in characters
LOWEST = -9999.0  # JSON has no infinity


class Work:
    """Does rows with ``model``; ``tokens`` is the first guess at a batch, None lets the device decide.

    ``batching`` and ``download`` are those of `LocalLM`.
    """

    def __init__(
        self, model: LanguageModel, *, tokens: int | None, pace: Pace, batching: str = "static", download: bool = False
    ) -> None:
        self.model = model
        self.choice = Choice(batching, gpu=model.device.type == "cuda")
        self.budget = TokenBudget(tokens or first_tokens(model), rows=ROWS)
        self._pace = pace
        self._download = download

    def chat(self, rows: Sequence[Row], how: Decoding) -> Iterator[tuple[int, Reply]]:
        """Yield ``(index, reply)`` of each row as soon as its answer is complete."""
        for kind, part in self.choice.parts(rows) if able(self.model, how) else (("static", rows),):
            self.choice.begin()
            left = part
            if kind == "continuous":
                for row, seconds in self._continuously(part, how):
                    yield row.index, self._answer(row, how, seconds)
                left = [row for row in part if not row.finish]
            for row, done in self._do(left, lambda model, batch: decode(model, batch, how)):
                yield row.index, done if isinstance(done, CallError) else self._answer(row, how, done[1])
            self.choice.end(kind, part)

    def _answer(self, row: Row, how: Decoding, seconds: float) -> Response:
        answer = generation(self.model, row, how)
        return Response(value=answer.to_json(), seconds=seconds, usage=answer.usage)

    def _continuously(self, rows: Sequence[Row], how: Decoding) -> Iterator[tuple[Row, float]]:
        began = time.perf_counter()
        count = 0
        for row in decode_continuously(self.model, in_order(rows), how, ready=self.choice.begin):
            count += 1
            yield row, (time.perf_counter() - began) / len(rows)
        if count < len(rows):
            release()
            self.choice.give_up()

    def loglikelihood(self, rows: Sequence[Row]) -> Iterator[tuple[int, Reply]]:
        """Yield ``(index, reply)`` of each row whose ``out`` is the continuation to score."""
        for row, done in self._do(rows, score):
            if isinstance(done, CallError):
                yield row.index, done
                continue
            value, seconds = done
            value["logprob"] = max(LOWEST, value["logprob"])
            yield row.index, Response(value=value, seconds=seconds, usage=(len(row.prompt) + len(row.out), 0))

    def _do(self, rows: Sequence[Row], job: Job[T]) -> Iterator[tuple[Row, CallError | tuple[T, float]]]:
        """Yield ``(row, (result, seconds))``, or the error of a row that does not fit into memory."""

        def work(batch: list[Row]) -> Iterator[tuple[Row, tuple[T, float]]]:
            began = time.perf_counter()
            tokens = sum(sum(row.size) for row in batch)
            with self._pace.threads(tokens * CHARACTERS) as threads:
                for row, result in self._stepwise(job(self.model, batch), threads):
                    yield row, (result, (time.perf_counter() - began) / len(batch))

        ordered = in_order(rows) if self.model.pads else sorted(rows, key=lambda row: len(row.prompt), reverse=True)
        most = None if self.model.pads else _of_one_length
        for row, done in in_batches(ordered, size=lambda row: row.size, budget=self.budget, work=work, most=most):
            if isinstance(done, OutOfMemory):
                message = f"{sum(row.size)} tokens alone do not fit into memory: {done.message}"
                yield row, CallError(kind="infra_error", message=message[:2000], exception="OutOfMemoryError")
            else:
                yield row, done

    def _stepwise(self, results: Iterator[T], threads: int) -> Iterator[T]:
        """Yield ``results``, with the settings of this process as they were whenever a reader holds one."""
        while True:
            with ExitStack() as during:
                during.enter_context(self.model.torch.inference_mode())
                during.enter_context(torch_threads(threads))
                during.enter_context(loading(download=self._download))  # some models look for kernels when first run
                try:
                    result = next(results)
                except StopIteration:
                    return
            yield result


def generation(model: LanguageModel, row: Row, how: Decoding) -> Generation:
    """Return what was written in a row that has ended."""
    logprobs: tuple[TokenLogprob, ...] | None = None
    if how.top_logprobs is not None:
        logprobs = tuple(
            TokenLogprob(
                token=model.word(token),
                logprob=max(LOWEST, chosen),
                top=tuple((model.word(other), max(LOWEST, value)) for other, value in top),
            )
            for token, chosen, top in zip(row.out, row.chosen, row.top, strict=False)
        )
    return Generation(
        text=row.text,
        finish=row.finish,
        input_tokens=len(row.prompt),
        output_tokens=len(row.out),
        logprobs=logprobs,
    )


def first_tokens(model: LanguageModel) -> int:
    """Return the padded tokens to try first: on a GPU what its free memory can hold the keys and values of."""
    device = model.device
    if device.type != "cuda" or not model.bytes_per_token:
        return CPU_TOKENS
    free: int = model.torch.cuda.mem_get_info(device)[0]
    return max(1024, int(GPU_SHARE * free) // model.bytes_per_token)


def _of_one_length(rows: Sequence[Row]) -> int:
    first: Any = rows[0]
    same = (len(row.prompt) + len(row.out) == len(first.prompt) + len(first.out) for row in rows)
    return next((count for count, good in enumerate(same) if not good), len(rows))
