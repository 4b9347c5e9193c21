"""Lanes whose batches go to the actors of a Ray cluster: those of endpoints that are made from data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from robustcore.calls.failures import Classifier
from robustcore.calls.lanes import Lane, OwnLanes
from robustcore.calls.packing import Batch
from robustcore.calls.replies import Replies
from robustcore.calls.types import Endpoint
from robustcore.endpoints.ray.actor import KINDS
from robustcore.endpoints.ray.cluster import RayCluster
from robustcore.endpoints.ray.jobs import Job
from robustcore.endpoints.ray.pool import Pool
from robustcore.endpoints.specs import Spec, spec_of

FEW = 16  # calls for which no further actor is begun: it would load a model for them
MANY = 256  # calls of one batch at most: what is repeated when its actor is killed


class RayLanes:
    """Makes lanes to the actors of one cluster, which is started or joined when the first batch is there.

    Endpoints made from data that take batches go there; those that wait on a network, and those that hold an object
    of the user's, stay in this process. ``address`` and ``most`` are those of `RayCluster`; ``kinds`` names the
    function that returns the registry of endpoint kinds, as ``module:attribute``; ``patience`` is how many seconds
    an actor may take to start before the cluster counts as having no room for it.
    """

    def __init__(self, address: str = "", *, most: int = 0, kinds: str = KINDS, patience: float = 60) -> None:
        self._cluster = RayCluster(address, most=most)
        self._kinds, self._patience = kinds, patience
        self._own = OwnLanes()
        self._pool: Pool | None = None

    def __call__(self, name: str, endpoint: Endpoint, replies: Replies, classifiers: Sequence[Classifier]) -> Lane:
        """Return the lane of ``endpoint``."""
        spec = spec_of(endpoint)
        if spec is None or hasattr(endpoint, "answer"):
            return self._own(name, endpoint, replies, classifiers)
        if self._pool is None:
            self._pool = Pool(self._cluster, replies, kinds=self._kinds, patience=self._patience)
        self._pool.users += 1
        return RayLane(endpoint, spec, self._pool, self._cluster)


class RayLane:
    """Cuts the batches of one endpoint into pieces, one for each idle actor, and gives them to the pool."""

    eager = False
    blocks = False

    def __init__(self, endpoint: Endpoint, spec: Spec, pool: Pool, cluster: RayCluster) -> None:
        self._endpoint, self._spec = endpoint, spec
        self._pool, self._cluster = pool, cluster
        self._spec_there = ""

    @property
    def room(self) -> int:
        """Return how many more batches the actors could take: one that runs and one that waits for each."""
        return self._pool.room

    def submit(self, batches: Sequence[Batch]) -> None:
        """Send ``batches``; the first one starts the cluster, and raises `RobustError` where no actor can be had."""
        self._pool.start()
        self._spec_there = self._spec_there or self._cluster.spec_there(self._spec)
        for batch in batches:
            for piece in _pieces(batch, self._pool.idle):
                self._pool.put(Job(self, piece, self._spec_there, self._endpoint.fingerprint))

    def cancel(self) -> None:
        """Drop what waits and end the actors that run batches of this lane, after taking what they have finished."""
        self._pool.cancel(self)

    def close(self) -> None:
        """Leave the pool; the last lane to leave closes it."""
        self._pool.users -= 1
        if self._pool.users <= 0:
            self._pool.close()


def _pieces(batch: Batch, idle: int) -> Iterator[Batch]:
    """Yield ``batch`` in parts of like size, enough for ``idle`` actors, none of them small for that reason."""
    count = len(batch.calls)
    parts = max(min(idle, count // FEW), -(-count // MANY), 1)
    size = -(-count // parts)
    for at in range(0, count, size):
        keys, calls = batch.keys[at : at + size], batch.calls[at : at + size]
        yield Batch(endpoint=batch.endpoint, op=batch.op, keys=keys, calls=calls)
