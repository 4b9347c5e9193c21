"""Batch sizes found while running: a budget of padded tokens that halves when memory runs out and grows back slowly."""

from __future__ import annotations

import gc
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

R = TypeVar("R")
T = TypeVar("T")

GROW_AFTER = 8  # full batches that fit before the budget grows
GROWTH = 1.25
BELOW = 0.9  # stay this far below what did not fit
FORGET_AFTER = 64  # full batches after which what did not fit may be tried again: others may have left the device
FULL = 0.5  # a batch that uses less of the budget than this says nothing about a larger one
WASTE = 0.33  # a batch of more than `FEW` rows ends where less than this share of it would be tokens, not padding
FEW = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfMemory:
    """One row alone did not fit; ``message`` is the device's own."""

    message: str


class TokenBudget:
    """How much one batch may hold: ``tokens`` padded tokens and ``rows`` rows.

    `failed` halves it, `fitted` lets it grow: by a quarter after `GROW_AFTER` full batches, and to within a tenth of
    the smallest batch that failed, until `FORGET_AFTER` full batches have fitted since.
    """

    def __init__(self, tokens: int, *, rows: int = 512) -> None:
        self.tokens, self.rows = tokens, rows
        self._ceiling: float = float("inf")
        self._fitted = 0

    def take(self, sizes: Iterable[tuple[int, ...]]) -> int:
        """Return how many of the first ``sizes`` make one batch, at least 1.

        A size has the tokens of each part of a row that is padded for itself: the parts' maxima add up to the width.
        """
        most: tuple[int, ...] = ()
        used = count = 0
        for size in sizes:
            widest = tuple(map(max, most, size)) if most else size
            padded = sum(widest) * (count + 1)
            if count and (padded > self.tokens or count >= self.rows):
                break
            if count >= FEW and used + sum(size) < WASTE * padded:
                break
            most, used, count = widest, used + sum(size), count + 1
        return max(1, count)

    def fitted(self, tokens: int) -> None:
        """Note that a batch of ``tokens`` padded tokens fitted."""
        if tokens < FULL * self.tokens:
            return
        self._fitted += 1
        if self._fitted % FORGET_AFTER == 0:
            self._ceiling = float("inf")
        if self._fitted % GROW_AFTER == 0:
            self.tokens = max(self.tokens, int(min(self.tokens * GROWTH, self._ceiling)))

    def failed(self, tokens: int) -> None:
        """Note that a batch of ``tokens`` padded tokens did not fit."""
        self._fitted = 0
        self._ceiling = min(self._ceiling, BELOW * tokens)
        self.tokens = max(1, min(self.tokens, tokens) // 2)


def padded_tokens(sizes: Sequence[tuple[int, ...]]) -> int:
    """Return the tokens of a batch with rows of ``sizes``, padding included."""
    return len(sizes) * sum(map(max, *sizes)) if len(sizes) > 1 else sum(sizes[0])


def in_batches(
    rows: Sequence[R],
    *,
    size: Callable[[R], tuple[int, ...]],
    budget: TokenBudget,
    work: Callable[[list[R]], Iterator[tuple[R, T]]],
    most: Callable[[Sequence[R]], int] | None = None,
) -> Iterator[tuple[R, T | OutOfMemory]]:
    """Yield ``(row, result)`` for all ``rows``, in their order cut into batches that ``work`` does.

    ``work`` yields each row of its batch as soon as it is done. Where memory runs out, what it has yielded stays, the
    budget halves and the others are done again in smaller batches; a row that fails alone becomes `OutOfMemory`.
    ``most`` bounds the rows of the next batch further. Rows are told apart as objects, not by value.
    """
    waiting = deque(rows)
    while waiting:
        count = budget.take(size(row) for row in waiting)
        if most is not None:
            count = min(count, most(waiting))
        batch = [waiting.popleft() for _ in range(count)]
        tokens = padded_tokens([size(row) for row in batch])
        open_rows = {id(row): row for row in batch}
        failure = ""
        try:
            for row, result in work(batch):
                del open_rows[id(row)]
                yield row, result
        except Exception as error:
            if not out_of_memory(error):
                raise
            failure = str(error).strip() or type(error).__name__
        if not failure:
            budget.fitted(tokens)
            continue
        release()  # only here: while the exception is handled its frames still hold the batch
        budget.failed(tokens)
        if len(batch) == 1:
            yield batch[0], OutOfMemory(message=failure)
        else:
            waiting.extendleft(reversed(open_rows.values()))


def out_of_memory(error: BaseException) -> bool:
    """Say whether ``error`` means that memory, the device's or the processor's, did not suffice."""
    if isinstance(error, MemoryError):
        return True
    torch = sys.modules.get("torch")
    kind = getattr(torch, "OutOfMemoryError", None) or getattr(getattr(torch, "cuda", None), "OutOfMemoryError", None)
    if kind is not None and isinstance(error, kind):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)


def release() -> None:
    """Give memory that nothing uses any more back to the device."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
