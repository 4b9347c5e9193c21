"""``python -m benchmarks.gpu``: planned batches of a local model against one-by-one ``generate`` and static batches.

With a GPU: a model of 7 billion random weights in bf16, 2,000 prompts of mixed length that share passages. Without one
it runs its small size, which shows that it runs and nothing about a GPU.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks import random_lm
from benchmarks.ceiling import Passes, measure, settle, weights
from benchmarks.random_lm import Shape
from benchmarks.timing import print_table, verdict
from robustcore.calls.types import Call, Response
from robustcore.endpoints.local.batching import out_of_memory, release
from robustcore.endpoints.local.hardware import Pace, default_threads
from robustcore.endpoints.local.lm_asks import chat_row, share
from robustcore.endpoints.local.lm_model import LanguageModel
from robustcore.endpoints.local.lm_rows import Decoding, Row
from robustcore.endpoints.local.lm_work import Work

FASTER, OF_BEST_STATIC = 20, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is done: on a GPU, or to see that it runs."""

    shape: Shape
    dtype: str
    prompts: int
    passages: int
    words: tuple[int, int]
    tokens: int
    alone: int
    static: tuple[int, ...]


FULL = Size(
    shape=Shape(),
    dtype="bfloat16",
    prompts=2000,
    passages=100,
    words=(100, 1500),
    tokens=64,
    alone=20,
    static=(8, 16, 32, 64, 128, 256),
)
SMALL = Size(
    shape=Shape(vocabulary=2000, width=256, inner=512, layers=4, heads=8, kv_heads=4, positions=1024),
    dtype="float32",
    prompts=96,
    passages=8,
    words=(20, 200),
    tokens=24,
    alone=12,
    static=(4, 8, 16, 32),
)


@dataclass(slots=True, kw_only=True)
class Taken:
    """What one way of answering took; ``read`` and ``written`` are tokens of the prompts and of the answers."""

    way: str
    read: int
    written: int
    seconds: float
    passes: int
    peak: int
    note: str = ""
    texts: list[str] = field(default_factory=list)

    @property
    def speed(self) -> float:
        """Return the tokens written a second."""
        return self.written / self.seconds


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--small", action="store_true", help="the small size, also on a GPU")
    given = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    size = SMALL if given.small or device == "cpu" else FULL
    with torch.inference_mode():
        _run(size, device)


def _run(size: Size, device: str) -> None:
    inner = random_lm.model(size.shape, device=device, dtype=size.dtype)
    model = LanguageModel(inner, random_lm.tokenizer(size.shape.vocabulary))
    texts = random_lm.prompts(size.prompts, vocabulary=size.shape.vocabulary, passages=size.passages, words=size.words)
    how = Decoding(max_tokens=size.tokens)
    rows = _rows(model, texts, how)
    used, read_bytes = weights(inner, size.shape)
    ceiling = measure(device, size.dtype)
    print(
        f"{ceiling.name}: {ceiling.flops / 1e12:.2f} TFLOP/s in a {size.dtype} product, "
        f"{ceiling.bandwidth / 1e9:.0f} GB/s copying; model: {used / 1e9:.3f} billion weights\n"
        f"{size.prompts} prompts of {min(_lengths(rows))} to {max(_lengths(rows))} tokens on {size.passages} passages, "
        f"{size.tokens} tokens written for each"
    )
    _generate(model, rows[:1], size, device, "warm-up")
    alone = _alone(model, rows[:: max(1, len(rows) // size.alone)][: size.alone], size, device)
    static = _best_static(model, sorted(rows, key=lambda row: len(row.prompt)), size, device)
    ours = [_planned(model, texts, how, device, batching) for batching in _kinds(device)]
    found = {row.index: text for row, text in zip(rows, ours[0].texts, strict=True)}
    same = sum(found[int(name)] == text for name, text in (line.split(":", 1) for line in alone.texts))
    table = [
        [
            f"{taken.way}{taken.note}",
            f"{taken.speed:.0f}",
            f"{taken.speed / alone.speed:.1f}",
            f"{taken.speed / static.speed:.2f}",
            f"{2 * used * (taken.read + taken.written) / taken.seconds / ceiling.flops:.1%}",
            f"{read_bytes * taken.passes / taken.seconds / ceiling.bandwidth:.1%}" if taken.passes else "not counted",
            f"{taken.peak / 2**30:.1f} GiB",
        ]
        for taken in (alone, static, *ours)
    ]
    header = ["", "tokens/s", "x one by one", "x static", "of products", "of bandwidth", "peak memory"]
    print_table("planned batches against others", header, table)
    best = max(ours, key=lambda taken: taken.speed)
    ratios = best.speed / alone.speed, best.speed / static.speed
    goals = [verdict(ratio, at_least=goal) for ratio, goal in zip(ratios, (FASTER, OF_BEST_STATIC), strict=True)]
    if size is not FULL:
        goals = ["(the goals are for the full size on a GPU)", ""]
    print(f"\nagainst one by one: {ratios[0]:.1f} {goals[0]}")
    print(f"against the best static batch: {ratios[1]:.2f} {goals[1]}")
    print(f"the same answer as generate alone: {same} of {len(alone.texts)}")


def _kinds(device: str) -> tuple[str, ...]:
    return ("static", "continuous") if device == "cuda" else ("static",)


def _rows(model: LanguageModel, texts: Sequence[str], how: Decoding) -> list[Row]:
    rows = []
    for index, text in enumerate(texts):
        payload = {"messages": [{"role": "user", "content": text}]}
        rows.append(chat_row(model, index, Call(endpoint="lm", op="chat", payload=payload), how))
    return rows


def _lengths(rows: Sequence[Row]) -> list[int]:
    return [len(row.prompt) for row in rows]


def _planned(model: LanguageModel, texts: Sequence[str], how: Decoding, device: str, batching: str) -> Taken:
    """Answer all prompts as the endpoint does, tokenizing included."""
    work = Work(model, tokens=None, pace=Pace(default_threads(1)), batching=batching)
    rows: list[Row] = []

    def answers() -> list[str]:
        rows.extend(_rows(model, texts, how))
        share(model, rows)
        for index, reply in work.chat(rows, how):
            if not isinstance(reply, Response):
                raise SystemExit(f"prompt {index} was not answered: {reply.message}")
        return [row.text for row in rows]

    taken = _timed(model, f"planned, {batching}", device, answers)
    heads = {row.prompt[: row.shared] for row in rows}
    taken.read = sum(map(len, heads)) + sum(len(row.prompt) - row.shared for row in rows)
    taken.written = sum(len(row.out) for row in rows)
    if batching == "continuous":
        taken.passes = 0  # a graph that is replayed runs no Python that could count
    return taken


def _alone(model: LanguageModel, rows: Sequence[Row], size: Size, device: str) -> Taken:
    def answers() -> list[str]:
        return [f"{row.index}:{text}" for row in rows for text in _texts(model, [row], size)]

    taken = _timed(model, "one by one, generate", device, answers)
    taken.read, taken.written = sum(_lengths(rows)), len(rows) * size.tokens
    taken.note = f" ({len(rows)} of {size.prompts} prompts)"
    return taken


def _best_static(model: LanguageModel, rows: Sequence[Row], size: Size, device: str) -> Taken:
    """Return the fastest size of a batch for ``generate``, each tried on prompts of like, middling length."""
    tried = []
    for count in size.static:
        middle = len(rows) // 2
        batch = rows[max(0, middle - count // 2) :][:count]
        try:
            tried.append(_generate(model, batch, size, device, "static batch, generate"))
        except Exception as error:
            if not out_of_memory(error):
                raise
            break
        tried[-1].note = f" ({len(batch)} prompts)"
    release()
    return max(tried, key=lambda taken: taken.speed)


def _generate(model: LanguageModel, rows: Sequence[Row], size: Size, device: str, way: str) -> Taken:
    taken = _timed(model, way, device, lambda: _texts(model, rows, size))
    taken.read, taken.written = sum(_lengths(rows)), len(rows) * size.tokens
    return taken


def _texts(model: LanguageModel, rows: Sequence[Row], size: Size) -> list[str]:
    """Return what transformers' own ``generate`` writes for one padded batch."""
    torch = model.torch
    width = max(_lengths(rows))
    tokens = [[model.padding] * (width - len(row.prompt)) + [*row.prompt] for row in rows]
    mask = [[0] * (width - len(row.prompt)) + [1] * len(row.prompt) for row in rows]
    out = model.model.generate(
        input_ids=torch.tensor(tokens, device=model.device),
        attention_mask=torch.tensor(mask, device=model.device),
        max_new_tokens=size.tokens,
        do_sample=False,
    )
    return [str(text) for text in model.tokenizer.batch_decode(out[:, width:], skip_special_tokens=True)]


def _timed(model: LanguageModel, way: str, device: str, work: Callable[[], list[str]]) -> Taken:
    gc.collect()
    release()
    if device == "cuda":
        model.torch.cuda.reset_peak_memory_stats()
    passes = Passes(model.model)
    settle(device)
    began = time.perf_counter()
    try:
        texts = work()
        settle(device)
    finally:
        passes.stop()
    seconds = time.perf_counter() - began
    peak = model.torch.cuda.max_memory_allocated() if device == "cuda" else _resident()
    return Taken(way=way, read=0, written=0, seconds=seconds, passes=passes.count, peak=peak, texts=texts)


def _resident() -> int:
    """Return the most memory this process has held so far, in bytes."""
    peak: Any = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
