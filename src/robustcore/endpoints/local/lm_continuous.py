"""Continuous batching of transformers for greedy answers: a row that ends makes place for the next at once."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from robustcore.endpoints.local.lm_decode import append_until_ended
from robustcore.endpoints.local.lm_model import LanguageModel
from robustcore.endpoints.local.lm_rows import Decoding, Row
from robustcore.errors import require

TRIAL = 64  # rows of each kind that are timed before one is chosen
CPU_PAGE = 32
CPU_ROWS = 64


def able(model: LanguageModel, how: Decoding) -> bool:
    """Say whether ``model`` can answer so: not an encoder-decoder, no draws of our own, no log-probabilities."""
    offers = hasattr(model.model, "continuous_batching_context_manager")
    return offers and not model.seq2seq and how.greedy and how.top_logprobs is None


def decode_continuously(
    model: LanguageModel, rows: Sequence[Row], how: Decoding, *, ready: Callable[[], object] = lambda: None
) -> Iterator[Row]:
    """Yield each of ``rows`` once it has ended; ``ready`` is called when all is set up.

    Rows that are not yielded were not answered: a warning says why. They hold nothing of an answer.
    """
    failure = ""
    waiting = {str(number): row for number, row in enumerate(rows)}
    try:
        with _session(model, rows, how) as session:
            ready()
            for name, row in waiting.items():
                row.forget()
                session.add_request(
                    list(row.prompt), request_id=name, max_new_tokens=row.room, eos_token_id=sorted(model.ends) or -1
                )
            while waiting and not failure:
                result = session.get_result(timeout=1)
                if result is None:
                    failure = "" if session.is_running() else "it ended unexpectedly"
                elif result.is_finished():
                    failure = result.error or ""
                    if not failure:
                        row = waiting.pop(result.request_id)
                        append_until_ended(model, row, result.generated_tokens, how)
                        yield row
    except Exception as error:  # whatever it is: static batches take over
        failure = f"{type(error).__name__}: {error}"
    if waiting:
        warnings.warn(f"continuous batching failed, static batches go on: {failure}", RuntimeWarning, stacklevel=2)


def _session(model: LanguageModel, rows: Sequence[Row], how: Decoding) -> Any:
    transformers: Any = require("transformers", extra="local", purpose="running a language model")
    generation: Any = require(
        "transformers.generation.configuration_utils", extra="local", purpose="continuous batching"
    )
    # Flash attention would be fetched from the hub where it is not installed.
    limits: dict[str, Any] = {"auto_switch_to_flash": False}
    if model.device.type != "cuda":
        longest = max(len(row.prompt) + row.room for row in rows)
        pages = min(len(rows), CPU_ROWS) * (longest // CPU_PAGE + 1)
        limits |= {"page_size": CPU_PAGE, "num_blocks": pages + 1, "max_batch_tokens": max(256, longest)}
    return model.model.continuous_batching_context_manager(
        generation_config=transformers.GenerationConfig(
            do_sample=False, max_new_tokens=how.max_tokens, eos_token_id=sorted(model.ends) or None
        ),
        continuous_batching_config=generation.ContinuousBatchingConfig(**limits),
        warmup=model.device.type == "cuda",
        timeout=60,
    )


class Choice:
    """Chooses between ``static`` and ``continuous`` batches: as told, or on a GPU by timing a few rows of each."""

    def __init__(self, told: str, *, gpu: bool, clock: Callable[[], float] = time.perf_counter) -> None:
        self.told = told if told != "auto" or gpu else "static"
        self._clock = clock
        self._rates: dict[str, float] = {}
        self._began = 0.0

    def parts(self, rows: Sequence[Row]) -> Iterable[tuple[str, Sequence[Row]]]:
        """Yield ``(kind, rows)``: all of one kind, or two trials and the rest by the faster kind."""
        if self.told == "auto" and not self._rates and len(rows) >= 4 * TRIAL:
            yield "continuous", rows[: 2 * TRIAL : 2]
            yield "static", rows[1 : 2 * TRIAL : 2]
            rows = rows[2 * TRIAL :]
        yield self.kind, rows

    @property
    def kind(self) -> str:
        """Return what is used now: static until more is known."""
        if self.told != "auto":
            return self.told
        return max(self._rates, key=self._rates.__getitem__, default="static")

    def begin(self) -> None:
        """Start the clock for a part."""
        self._began = self._clock()

    def end(self, kind: str, rows: Sequence[Row]) -> None:
        """Note how fast ``rows`` were read and written."""
        tokens = sum(len(row.prompt) + len(row.out) for row in rows)
        self._rates[kind] = tokens / max(self._clock() - self._began, 1e-9)

    def give_up(self) -> None:
        """Use static batches from now on."""
        self.told = "static"
