"""Lanes: where batches run. The contract, and the lanes of this process; a factory may choose others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from robustcore.calls.failures import Classifier, classify
from robustcore.calls.packing import Batch
from robustcore.calls.replies import Replies
from robustcore.calls.types import CallError, ConcurrentEndpoint, Endpoint, Reply

if TYPE_CHECKING:
    from robustcore.calls.loop import Loop


class Lane(Protocol):
    """Runs the batches of one endpoint. The engine decides what is sent; the lane, when and where.

    For each call of each batch taken, exactly one reply must reach `Replies` (`settled` sees to that for a batch):
    through `Replies.keep` while `submit` runs, or later from any thread through `Replies.hand_in`. A lane never gets
    a key twice, except one whose reply was a ``system_error``: that is tried once more, alone.

    ``eager``: each call is handed over at once, as a batch of its own, however many wait; the lane keeps what exceeds
    its slots waiting, asks `Replies.ask` before it sends one, and gives a slot to the next call only after
    `Replies.hand_in` returned. Otherwise batches are packed, and handed over when there is ``room``.

    ``blocks``: `submit` runs the batch in the engine's thread, so that flows stand still meanwhile; the engine does
    so when the batch is full, nothing else can move, or another lane would run dry.
    """

    eager: bool
    blocks: bool

    @property
    def room(self) -> int:
        """Return how many more batches could begin now; more than 0 once all was handed over means that it idles."""
        ...

    def submit(self, batches: Sequence[Batch]) -> None:
        """Take ``batches``."""
        ...

    def cancel(self) -> None:
        """Drop what waits and stop what is under way, after handing in what was answered; more may come later."""
        ...

    def close(self) -> None:
        """Free what the lane holds; nothing comes after it."""
        ...


LaneFactory: TypeAlias = Callable[[str, Endpoint, Replies, Sequence[Classifier]], Lane]
"""Makes the lane of an endpoint from its name, itself, where replies go, and what tells the kinds of exceptions.

It is called for every endpoint a run might ask: nothing may be started or imported before the first `Lane.submit`.
"""


class OwnLanes:
    """The lanes of this process: concurrent endpoints on one event loop, every other in the engine's thread."""

    def __init__(self) -> None:
        self._loop: Loop | None = None

    def __call__(self, name: str, endpoint: Endpoint, replies: Replies, classifiers: Sequence[Classifier]) -> Lane:
        """Return the lane of ``endpoint``."""
        del name
        if not hasattr(endpoint, "answer"):  # isinstance on the protocol would read every property
            return LocalLane(endpoint, replies, classifiers)
        from robustcore.calls.concurrent import ConcurrentLane  # asyncio takes long to import
        from robustcore.calls.loop import Loop

        if self._loop is None:
            self._loop = Loop()
        return ConcurrentLane(cast("ConcurrentEndpoint", endpoint), self._loop, replies, classifiers)


class LocalLane:
    """Runs one batch at a time, in the engine's thread."""

    eager = False
    blocks = True
    room = 1

    def __init__(self, endpoint: Endpoint, replies: Replies, classifiers: Sequence[Classifier]) -> None:
        self._endpoint = endpoint
        self._replies = replies
        self._classifiers = classifiers

    def submit(self, batches: Sequence[Batch]) -> None:
        """Run ``batches``; each reply is kept as soon as it is there."""
        keep = self._replies.keep
        for batch in batches:
            for index, reply in settled(self._endpoint, batch, self._classifiers):
                keep(batch.keys[index], batch.calls[index], reply)

    def cancel(self) -> None:
        """Do nothing: an interrupt has ended the batch already."""

    def close(self) -> None:
        """Do nothing."""


def settled(endpoint: Endpoint, batch: Batch, classifiers: Sequence[Classifier] = ()) -> Iterator[tuple[int, Reply]]:
    """Run ``batch`` once; yield exactly one ``(index, reply)`` for each call: the first of each, an error for the rest.

    Whatever the endpoint raises becomes a value, except what is no `Exception`: an interrupt goes on.
    """
    left = dict.fromkeys(range(len(batch.calls)))
    missing = CallError(kind="missing_reply", message=f"{batch.endpoint} gave no reply for this call")
    try:
        for index, reply in endpoint.run(batch.calls):
            if index in left:
                del left[index]
                yield index, reply
    except Exception as error:  # what came before it is kept
        missing = classify(error, classifiers)
    for index in left:
        yield index, missing
