"""What a device can do at most, measured on the spot: matrix products and reading memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.random_lm import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """``flops`` are multiplications and additions a second of one large product, ``bandwidth`` bytes a second."""

    name: str
    flops: float
    bandwidth: float


def measure(device: str, dtype: str) -> Ceiling:
    """Return the best of a few large products and copies."""
    import torch

    size, count = (8192, 1 << 29) if device == "cuda" else (1024, 1 << 25)
    one = torch.randn(size, size, device=device, dtype=getattr(torch, dtype))
    source = torch.empty(count, device=device, dtype=torch.uint8)
    target = torch.empty_like(source)
    product = fastest(lambda: one @ one, device)
    copy = fastest(lambda: target.copy_(source), device)
    name = torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads of this processor"
    return Ceiling(name=name, flops=2 * size**3 / product, bandwidth=2 * count / copy)


def fastest(work: Callable[[], object], device: str, *, repeats: int = 8) -> float:
    """Return the seconds of the fastest of ``repeats``, the device's queue emptied."""
    taken = []
    for _ in range(repeats):
        settle(device)
        began = time.perf_counter()
        work()
        settle(device)
        taken.append(time.perf_counter() - began)
    return min(taken)


def settle(device: str) -> None:
    """Wait until the device has done what it was given."""
    import torch

    if device == "cuda":
        torch.cuda.synchronize()


def weights(model: Any, shape: Shape) -> tuple[int, int]:
    """Return the weights that take part in a token's products, and the bytes of all weights read for a step."""
    looked_up = shape.vocabulary * shape.width  # the embedding is a look-up
    used = sum(weight.numel() for weight in model.parameters()) - looked_up
    return used, used * next(model.parameters()).element_size()


class Passes:
    """Counts the forward passes of ``model`` and the positions they were given, padding included."""

    def __init__(self, model: Any) -> None:
        self.count = self.positions = 0
        self._handle = model.register_forward_pre_hook(self._note, with_kwargs=True)

    def _note(self, _: Any, args: Any, kwargs: Any) -> None:
        tokens = kwargs["input_ids"] if "input_ids" in kwargs else args[0]
        self.count += 1
        self.positions += tokens.numel()

    def stop(self) -> None:
        """Count no more."""
        self._handle.remove()
