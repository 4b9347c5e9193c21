"""What models of this machine have in common: which weights they are, when they are loaded, what a failure becomes."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from robustcore.calls.types import Call, CallError, Reply
from robustcore.endpoints.local.hardware import default_threads
from robustcore.endpoints.local.weights import identity, is_folder
from robustcore.errors import RobustError

M = TypeVar("M")


class LocalModel(ABC, Generic[M]):
    """A model on this machine, loaded as ``M`` at the first call.

    ``model`` is a hub name or a folder; ``revision`` pins a hub name. ``download`` allows the hub. ``threads`` is the
    most a forward pass uses; by default this process's processors divided by ``workers``.
    """

    kind: str  # the name in a spec

    def __init__(self, model: str, *, revision: str | None, threads: int | None, workers: int, download: bool) -> None:
        self.model, self.revision, self.download = model, revision, download
        self._threads, self._workers = threads, workers
        self._identity: str | None = None
        self._loaded: M | None = None
        self._refusal = ""
        self._lock = threading.RLock()

    @property
    def weights(self) -> str | None:
        """Return what identifies the weights as text; None for a hub name without a revision."""
        self._identity = self._identity or identity(self.model, self.revision)
        return self._identity

    @property
    def live(self) -> bool:
        """Say whether loading may fetch the model from the hub."""
        return self.download and not is_folder(self.model)

    @property
    def threads(self) -> int:
        """Return how many threads a forward pass uses at the most."""
        return self._threads or default_threads(self._workers)

    def loaded(self) -> M:
        """Return the model, loaded at the first call; one that could not be loaded is not tried again."""
        with self._lock:
            if self._refusal:
                raise RobustError(self._refusal)
            if self._loaded is None:
                try:
                    self._loaded = self._load()
                except RobustError as error:
                    self._refusal = str(error)
                    raise
            return self._loaded

    def run(self, calls: Sequence[Call]) -> Iterable[tuple[int, Reply]]:
        """Answer calls; what cannot be answered becomes a `CallError` of its own, and so does a model that fails."""
        open_calls = dict(enumerate(calls))
        try:
            for index, reply in self._answers(calls):
                del open_calls[index]
                yield index, reply
        except Exception as error:  # the model's failure, never that of the system it is part of
            failure = CallError(kind="infra_error", message=str(error)[:2000], exception=type(error).__name__)
            yield from ((index, failure) for index in open_calls)

    @abstractmethod
    def _load(self) -> M:
        """Load the model; raise `RobustError` where that cannot be done."""

    @abstractmethod
    def _answers(self, calls: Sequence[Call]) -> Iterator[tuple[int, Reply]]:
        """Yield the reply to each call as it is known, in any order; raise where the model itself fails."""

    def _spec(self, **own: Any) -> dict[str, Any]:
        """Return the data that makes an equal endpoint: what all have, and what only this kind has."""
        shared = {"model": self.model, "revision": self.revision, "threads": self._threads, "workers": self._workers}
        return {"kind": self.kind, **shared, "download": self.download, **own}
