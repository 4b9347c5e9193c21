"""Lanes that answer from other threads, as those of other processes and machines do: what the contract allows."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from robustcore.calls.failures import Classifier
from robustcore.calls.lanes import Lane, LocalLane, OwnLanes, settled
from robustcore.calls.packing import Batch
from robustcore.calls.replies import Answered, Replies
from robustcore.calls.types import Endpoint


class WorkersLane:
    """Runs several batches at once, one per worker; a batch's replies are handed in together."""

    eager = False
    blocks = False

    def __init__(self, endpoint: Endpoint, replies: Replies, classifiers: Sequence[Classifier], workers: int) -> None:
        self._endpoint, self._replies, self._classifiers = endpoint, replies, classifiers
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers)
        self._under_way = 0
        self.most = 0

    @property
    def room(self) -> int:
        """Return the idle workers."""
        return self._workers - self._under_way

    def submit(self, batches: Sequence[Batch]) -> None:
        """Give each batch to a worker."""
        for batch in batches:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
            self._pool.submit(self._run, batch)

    def _run(self, batch: Batch) -> None:
        answered = [Answered(batch, at, reply) for at, reply in settled(self._endpoint, batch, self._classifiers)]
        self._under_way -= 1  # one worker of a law's: nobody else writes it meanwhile but the engine's thread
        self._replies.hand_in(answered)

    def cancel(self) -> None:
        """Drop what waits."""

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=True)


class SharedLane(LocalLane):
    """Runs half of a batch here; another process, played by a thread, has the other half and tells of it later."""

    def __init__(self, endpoint: Endpoint, replies: Replies, classifiers: Sequence[Classifier]) -> None:
        super().__init__(endpoint, replies, classifiers)
        self._other = ThreadPoolExecutor(1)

    def submit(self, batches: Sequence[Batch]) -> None:
        """Keep the replies at even places, have the others handed in."""
        for batch in batches:
            theirs = batch.without(batch.keys[::2])
            if theirs.calls:
                self._other.submit(self._elsewhere, theirs)
            super().submit([batch.without(theirs.keys)])

    def _elsewhere(self, batch: Batch) -> None:
        for at, reply in settled(self._endpoint, batch, self._classifiers):
            self._replies.hand_in([Answered(batch, at, reply)])

    def close(self) -> None:
        """End the thread."""
        self._other.shutdown(wait=True)


class ManyLanes:
    """Makes ``kind`` of lanes: ``own``, ``workers`` or ``shared`` for what takes batches, ours for the rest."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._own = OwnLanes()

    def __call__(self, name: str, endpoint: Endpoint, replies: Replies, classifiers: Sequence[Classifier]) -> Lane:
        """Return the lane of ``endpoint``."""
        if self._kind == "own" or hasattr(endpoint, "answer"):
            return self._own(name, endpoint, replies, classifiers)
        if self._kind == "workers":
            return WorkersLane(endpoint, replies, classifiers, 1 if name == "here" else 2)
        return SharedLane(endpoint, replies, classifiers)
