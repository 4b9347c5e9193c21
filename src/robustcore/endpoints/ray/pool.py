"""The actors of a run: which batch goes to which, and what is done when one of them is lost."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from robustcore.calls.replies import Answered, How, Replies
from robustcore.calls.types import CallError
from robustcore.endpoints.ray.actor import reply_of_row, row_of_call
from robustcore.endpoints.ray.cluster import RayCluster, first_line
from robustcore.endpoints.ray.jobs import Job, Slot, raiser
from robustcore.errors import RobustError

ATTEMPTS = 3  # actors a batch may lose before its calls are given up
STARTS = 3  # actors in a row that may fail to start before no more are tried
STOP_SECONDS = 10.0


class Pool:
    """Gives jobs to actors and replies to ``replies``. Actors are begun when there is work for them, and kept.

    Each runs one job and has one more waiting. When one dies, the job it ran is run again elsewhere, at most
    `ATTEMPTS` times in all, and the one that waited goes to another as if nothing had been. ``patience`` is in
    seconds. Everything from `_work` on happens in one thread, which alone touches slots and jobs.
    """

    def __init__(self, cluster: RayCluster, replies: Replies, *, kinds: str, patience: float) -> None:
        self.users = 0
        self._cluster, self._replies = cluster, replies
        self._kinds, self._patience = kinds, patience
        self._taken = 0  # written by the engine's thread alone; all that follows, by the pool's
        self._ended = 0
        self._most = 1
        self._slots: list[Slot] = []
        self._waiting: deque[Job] = deque()
        self._events: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._failed_starts = 0
        self._dead: CallError | None = None
        self._refusal: RobustError | None = None

    # --- the engine's thread

    @property
    def room(self) -> int:
        """Return how many more jobs the actors could take."""
        return max(0, 2 * self._most - (self._taken - self._ended))

    @property
    def idle(self) -> int:
        """Return how many actors have nothing to do, those included that are not begun."""
        return max(0, self._most - (self._taken - self._ended))

    def start(self) -> None:
        """Join the cluster and begin an actor, once; raise `RobustError` if none starts."""
        if self._thread is not None:
            return
        if self._refusal is not None:
            raise self._refusal
        try:
            self._start()
        except RobustError as error:
            self._refusal = error  # the wait for an actor is not repeated for each test
            raise

    def _start(self) -> None:
        self._cluster.join()
        try:
            slot = self._begin()
            try:
                self._cluster.ray.get(slot.actor.about.remote(), timeout=self._patience)
            except self._cluster.ray.exceptions.RayError as error:
                raise RobustError(f"--robust-engine ray: no actor could be started: {self._why(error)}") from error
        except BaseException:
            self._end()
            raise
        slot.ready, self._most, self._dead = True, self._cluster.slots, None
        self._thread = threading.Thread(target=self._work, name="robust-ray", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Take ``job``."""
        self._taken += 1
        self._events.put(partial(self._waiting.append, job))

    def cancel(self, lane: object) -> None:
        """Forget the jobs of ``lane``, after handing in those that are done."""
        if self._thread is not None and self._taken > self._ended:
            done = threading.Event()
            self._events.put(partial(self._cancel, lane, done))
            done.wait(STOP_SECONDS)

    def close(self) -> None:
        """End the actors and leave the cluster."""
        if self._thread is not None:
            self._events.put(None)
            self._thread.join(STOP_SECONDS)
            self._thread = None
            self._end()

    def _end(self) -> None:
        for slot in self._slots:
            self._kill(slot)
        self._slots.clear()
        self._cluster.leave()

    # --- the pool's thread

    def _work(self) -> None:
        try:
            while True:
                try:
                    event = self._events.get(timeout=1 if any(not slot.ready for slot in self._slots) else None)
                except queue.Empty:
                    event = self._check_starts
                if event is None:
                    return
                event()
                self._feed()
        except BaseException as error:  # raised here it would end the thread, and the engine would wait for ever
            self._replies.post(raiser(error))

    def _feed(self) -> None:
        """Give waiting jobs to actors, and begin as many more actors as there are jobs that none could take."""
        while self._waiting:
            if self._dead is not None:
                self._refuse(self._waiting.popleft(), self._dead)
                continue
            slot = self._free_for(self._waiting[0])
            if slot is None:
                break
            self._run(slot, self._waiting.popleft())
        starting = sum(not slot.ready for slot in self._slots)
        for _ in range(min(len(self._waiting) - starting, self._most - len(self._slots))):
            slot = self._begin()
            future = slot.actor.about.remote().future()
            future.add_done_callback(lambda done, slot=slot: self._events.put(partial(self._started, slot, done)))

    def _free_for(self, job: Job) -> Slot | None:
        """Return an idle actor, or if no more can be begun one with nothing waiting; best one that has the endpoint."""
        full = len(self._slots) >= self._most and all(slot.ready for slot in self._slots)
        most = 1 if full else 0
        free = [slot for slot in self._slots if slot.ready and len(slot.jobs) <= most]
        return min(free, key=lambda slot: (len(slot.jobs), job.spec not in slot.made), default=None)

    def _run(self, slot: Slot, job: Job) -> None:
        told = self._replies.ask(job.batch)
        if told:
            self._replies.hand_in(told)
            job.batch = job.batch.without(answered.batch.keys[answered.at] for answered in told)
        if not job.batch.calls:
            self._ended += 1
            return
        slot.jobs.append(job)
        slot.made.add(job.spec)
        rows = [row_of_call(call) for call in job.batch.calls]
        job.future = slot.actor.run.remote(job.batch.endpoint, job.spec, job.fingerprint, rows).future()
        job.future.add_done_callback(lambda done: self._events.put(partial(self._done, slot, job, done)))

    def _done(self, slot: Slot, job: Job, future: Future[Any]) -> None:
        if job not in slot.jobs or job.future is not future:
            return  # taken care of when the actor was lost or the lane cancelled
        error = future.exception()
        if error is not None and not isinstance(error, self._cluster.ray.exceptions.RayTaskError):
            self._lost(slot, error)
            return
        slot.jobs.remove(job)
        if error is not None:  # raised by our own code in the actor, or on the way there
            self._fail(job, f"the Ray actor could not run this batch: {self._why(error)}", error)
        else:
            self._hand_in(job, future.result())

    def _hand_in(self, job: Job, rows: Iterable[Any]) -> None:
        replies = (reply_of_row(row) for row in rows)
        self._replies.hand_in([Answered(job.batch, index, reply) for index, reply in replies])
        self._ended += 1

    def _lost(self, slot: Slot, error: BaseException) -> None:
        """Take back the jobs of an actor that died: what it had finished is kept, what it ran is run again."""
        self._slots.remove(slot)
        self._kill(slot)
        left = self._settle(slot)
        for job in left[1:]:
            self._waiting.appendleft(job)
        if not left:
            return
        job = left[0]
        job.lost += 1
        if job.lost < ATTEMPTS:
            again = f"its batch of {len(job.batch.calls)} calls ran again"
            self._note(f"a Ray actor was lost ({self._why(error)}); {again}")
            self._waiting.appendleft(job)
        else:
            what = f"{job.lost} Ray actors were lost while they ran the batch of this call"
            self._fail(job, f"{what}, the last one: {self._why(error)}", error)

    def _settle(self, slot: Slot) -> list[Job]:
        """Hand in what ``slot`` has finished; return its other jobs."""
        left = []
        for job in slot.jobs:
            done = job.future is not None and job.future.done() and job.future.exception() is None
            if done and job.future is not None:
                self._hand_in(job, job.future.result())
            else:
                left.append(job)
        slot.jobs = []
        return left

    def _cancel(self, lane: object, done: threading.Event) -> None:
        kept = [job for job in self._waiting if job.lane is not lane]
        self._ended += len(self._waiting) - len(kept)
        for slot in [slot for slot in self._slots if any(job.lane is lane for job in slot.jobs)]:
            self._slots.remove(slot)
            self._kill(slot)
            left = self._settle(slot)
            others = [job for job in left if job.lane is not lane]
            self._ended += len(left) - len(others)
            kept += others
        self._waiting = deque(kept)
        done.set()

    # --- actors

    def _begin(self) -> Slot:
        slot = Slot(actor=self._cluster.actor(self._kinds), since=time.monotonic())
        self._slots.append(slot)
        return slot

    def _started(self, slot: Slot, future: Future[Any]) -> None:
        if slot not in self._slots:
            return
        error = future.exception()
        if error is None:
            slot.ready, self._failed_starts = True, 0
            return
        self._drop(slot)
        self._failed_starts += 1
        if self._failed_starts >= STARTS:
            self._no_more(self._why(error))

    def _check_starts(self) -> None:
        """Do without the actors for which the cluster has had no room."""
        late = [slot for slot in self._slots if not slot.ready and time.monotonic() - slot.since > self._patience]
        for slot in late:
            self._drop(slot)
        if late:
            self._no_more(f"none started within {self._patience:g} s, {self._cluster.told()}")

    def _no_more(self, why: str) -> None:
        """Go on with the actors there are; without any, nothing can be sent."""
        self._most = len(self._slots)
        if self._slots:
            self._note(f"no further Ray actor could be started ({why}); the run went on with {self._most}")
            return
        what = f"no Ray actor is left and no other could be started: {why}"
        self._dead = CallError(kind="infra_error", message=what[:2000])
        self._most = 1
        self._note(f"{what}; nothing more was sent to the cluster")

    def _drop(self, slot: Slot) -> None:
        self._slots.remove(slot)
        self._kill(slot)

    def _kill(self, slot: Slot) -> None:
        with suppress(Exception):  # it may be dead, and the cluster gone
            self._cluster.ray.kill(slot.actor, no_restart=True)

    def _fail(self, job: Job, message: str, error: BaseException) -> None:
        failure = CallError(kind="infra_error", message=message[:2000], exception=type(error).__name__)
        self._replies.hand_in([Answered(job.batch, index, failure) for index in range(len(job.batch.calls))])
        self._ended += 1

    def _refuse(self, job: Job, failure: CallError) -> None:
        how: How = "sent" if job.lost else "refused"
        self._replies.hand_in([Answered(job.batch, index, failure, how) for index in range(len(job.batch.calls))])
        self._ended += 1

    def _note(self, text: str) -> None:
        self._replies.post(partial(self._replies.notes.append, text))

    def _why(self, error: BaseException) -> str:
        """Return the part of Ray's message that tells a reader what happened."""
        if isinstance(error, self._cluster.ray.exceptions.GetTimeoutError):
            return f"none answered within {self._patience:g} s, {self._cluster.told()}"
        told = next((line.strip() for line in str(error).splitlines() if "dead because" in line), "")
        return told[:400] or first_line(error)
