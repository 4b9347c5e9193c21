"""What a model runs on: number formats, devices, threads, and what to do about memory that is not enough."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from robustcore.errors import InputError, Problem, require, suggest

SMALL = 1500  # characters of a batch, padding included; below it threads wait longer than they work
RETRY = 24
DTYPES = ("fp32", "bf16", "fp16")
BATCHING = ("auto", "static", "continuous")


def check_choice(kind: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise `InputError` unless ``value`` is one of ``choices``."""
    if value not in choices:
        raise InputError(Problem(what=f"unknown {kind} {value!r}", choices=choices, fix=suggest(value, choices)))


def torch_dtype(dtype: str) -> Any:
    """Return torch's name for ``fp32``, ``bf16`` or ``fp16``."""
    torch = require("torch", extra="local", purpose="running a model")
    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[dtype]


def choose_device(device: str) -> str:
    """Return ``device``, with ``auto`` resolved to ``cuda`` where there is one, else ``cpu``."""
    torch = require("torch", extra="local", purpose="running a model")
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"


def cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """Return the processor's instruction-set flags and its vendor's name, or nothing where they cannot be read."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    first = text.partition("\n\n")[0]  # the others are its like
    lines = (line.partition(":") for line in first.splitlines())
    return frozenset(
        word for name, _, value in lines if name.strip() in ("flags", "vendor_id") for word in value.split()
    )


def auto_dtype(flags: frozenset[str]) -> str:
    """Return ``bf16`` where the processor multiplies matrices in it much faster, else ``fp32``.

    That is so with native tiles (AMX), and with ``avx512_bf16`` on AMD: there, encoding was 2.8 to 3.5 times as fast on
    texts of 15 to 90 words. On an Intel processor with ``avx512_bf16`` and no tiles it was 0.6 times as fast.
    """
    fast = "amx_bf16" in flags or {"avx512_bf16", "AuthenticAMD"} <= flags
    return "bf16" if fast else "fp32"


class Pace:
    """Chooses how many threads run a batch: ``most`` or one, whichever was faster of late.

    On a machine that others use as well, threads that wait for one another can be many times slower than one alone.
    The count that lost is tried again every `RETRY` batches. ``clock`` gives seconds.
    """

    def __init__(self, most: int, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._most, self._clock = most, clock
        self._rates: dict[int, float] = {}
        self._turns = 0

    @contextmanager
    def threads(self, work: int) -> Iterator[int]:
        """Give the number of threads for a block that does ``work`` units, and learn from the time it takes."""
        if work < SMALL or self._most == 1:
            yield 1
            return
        count = self._choice()
        began = self._clock()
        yield count
        rate = work / max(self._clock() - began, 1e-6)
        self._rates[count] = (self._rates.get(count, rate) + rate) / 2

    def _choice(self) -> int:
        self._turns += 1
        untried = [count for count in (self._most, 1) if count not in self._rates]
        if untried:
            return untried[0]
        best = max(self._rates, key=self._rates.__getitem__)
        other = 1 if best == self._most else self._most
        return other if self._turns % RETRY == 0 else best


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Run a block with ``count`` torch threads, then put the process's own setting back."""
    torch = require("torch", extra="local", purpose="running a model")
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def default_threads(workers: int) -> int:
    """Return the processors this process may use, divided among ``workers`` processes, at least one."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(1, usable // max(1, workers))
