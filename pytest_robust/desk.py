"""The desk: one thread that runs the calls of all processes to endpoints that are loaded once per machine."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from robustcore.calls.failures import Classifier, classify
from robustcore.calls.lanes import LaneFactory, OwnLanes
from robustcore.calls.ledger import Ledger
from robustcore.calls.peers import Alone
from robustcore.calls.progress import Counters
from robustcore.calls.replies import Replies
from robustcore.calls.sending import Sender
from robustcore.calls.types import Call, CallError, Endpoint

STOP_SECONDS = 10.0  # how long closing waits for the batch that is running

Told = Callable[[Sequence[str], Mapping[str, CallError]], None]


class Desk:
    """Packs what several processes ask for into common batches, and keeps replies in the ledger they share.

    ``told`` is called, in the desk's thread, with the keys whose responses are in the ledger now and the errors of
    those that have none. ``bound_to`` is as in `Replies`, ``lanes`` as in `Engine`. The thread starts with the first
    calls.
    """

    def __init__(
        self,
        ledger: Path,
        told: Told,
        *,
        bound_to: Callable[[str], str],
        allow_live: bool = False,
        classifiers: Sequence[Classifier] = (),
        lanes: LaneFactory | None = None,
    ) -> None:
        self.endpoints: dict[str, Endpoint] = {}
        self.counters = Counters()
        self._ledger_path = ledger
        self._told = told
        self._bound_to = bound_to
        self._allow_live = allow_live
        self._classifiers = classifiers
        self._lanes = lanes or OwnLanes()
        self._inbox: queue.SimpleQueue[dict[str, Call] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._replies: Replies | None = None
        self._ledger: Ledger | None = None

    @property
    def notes(self) -> list[str]:
        """Return what a reader of the results should know."""
        of_ledger = self._ledger.notes if self._ledger else []
        return [*of_ledger, *self._replies.notes] if self._replies else of_ledger

    def take(self, calls: dict[str, Call]) -> None:
        """See that ``calls``, which nobody has sent, are answered; from any thread."""
        with self._lock:
            if self._thread is None:
                self._ledger = Ledger(self._ledger_path)
                self._replies = Replies(self._ledger, self._bound_to)
                self._thread = threading.Thread(target=self._serve, name="robust-desk", daemon=True)
                self._thread.start()
        self._put(calls)

    def close(self) -> None:
        """Cancel what is under way, keep what is answered, and end the thread."""
        if self._thread is not None and self._ledger is not None:
            self._put(None)
            self._thread.join(STOP_SECONDS)
            self._ledger.close()

    def _put(self, calls: dict[str, Call] | None) -> None:
        self._inbox.put(calls)
        if self._replies is not None:
            self._replies.post(lambda: None)  # it may be waiting for a reply: let it look into its inbox

    def _serve(self) -> None:
        assert self._replies is not None
        sender = Sender(
            self.endpoints,
            self._replies,
            self.counters,
            may_hit=lambda name: True,
            allow_live=self._allow_live,
            classifiers=self._classifiers,
            lanes=self._lanes,
            peers=Alone(),
        )
        under_way: set[str] = set()
        while True:
            calls = self._next(wait=not under_way)
            if calls is None:
                break
            under_way.update(calls)
            try:
                sender.ask(calls)
                landed = [key for key in calls if key in self._replies.held]
                landed += sender.move() if sender.under_way else []
            except Exception as error:  # nobody may wait for a thread that has ended
                sender.stop()
                self._replies.held.update(dict.fromkeys(under_way, classify(error)))
                landed = list(under_way)
            under_way.difference_update(landed)
            self._tell(landed)
        sender.stop()
        sender.close()

    def _next(self, *, wait: bool) -> dict[str, Call] | None:
        """Return everything that has come in, or None when the desk closes."""
        calls: dict[str, Call] = {}
        while wait or not self._inbox.empty():
            wait = False
            more = self._inbox.get()
            if more is None:
                return None
            calls.update(more)
        return calls

    def _tell(self, landed: Sequence[str]) -> None:
        assert self._replies is not None
        if not landed:
            return
        self._replies.commit()
        replies = {key: self._replies.held.pop(key) for key in landed}
        failed = {key: reply for key, reply in replies.items() if isinstance(reply, CallError)}
        self._told([key for key in replies if key not in failed], failed)
