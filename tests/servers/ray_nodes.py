"""A cluster of several nodes, played by processes of this machine: ``python ray_nodes.py LOG gpus|lost``.

Prints what it saw as one JSON line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from ray_world import KINDS, CountingEndpoint, ask, ran

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger
from robustcore.calls.types import Response
from robustcore.endpoints.ray.actor import row_of_call
from robustcore.endpoints.ray.cluster import RayCluster
from robustcore.endpoints.ray.lanes import RayLanes


def gpus(log: Path, nodes: Any) -> dict[str, Any]:
    """Let one actor for each slot of a cluster with three GPUs answer."""
    nodes.add_node(num_cpus=1, num_gpus=1)
    nodes.add_node(num_cpus=1, num_gpus=2)
    cluster = RayCluster(nodes.address)
    cluster.join()
    endpoint = CountingEndpoint(str(log))
    (call,) = next(ask(1))
    actors = [cluster.actor(KINDS) for _ in range(cluster.slots)]
    spec = cluster.spec_there(endpoint.spec)
    cluster.ray.get([actor.run.remote("count", spec, endpoint.fingerprint, [row_of_call(call)]) for actor in actors])
    told = {"slots": cluster.slots, "devices": sorted(one.environment["CUDA_VISIBLE_DEVICES"] for one in ran(log))}
    cluster.leave()
    return told


def lost(log: Path, nodes: Any) -> dict[str, Any]:
    """Kill the node on which a batch hangs, and go on with the other one."""
    for _ in range(2):
        nodes.add_node(num_cpus=1)

    def kill() -> None:
        while not any(95 in batch.numbers for batch in ran(log)):
            time.sleep(0.02)
        (victim,) = (batch.pid for batch in ran(log) if 95 in batch.numbers)
        stat = Path(f"/proc/{victim}/stat").read_text(encoding="utf-8")
        for pid in (int(stat.rpartition(")")[2].split()[1]), victim):  # the node's main process, and the actor
            os.kill(pid, signal.SIGKILL)
        log.with_name("go").touch()

    threading.Thread(target=kill, daemon=True).start()
    ledger = Ledger(None)
    engine = Engine(ledger, ledger.start_run(), lanes=RayLanes(nodes.address, kinds=KINDS))
    engine.add_endpoints({"count": CountingEndpoint(str(log), batch=16, hangs=95)})
    ((_, replies),) = engine.run([("all", ask(*range(96)))])
    engine.close()
    times = Counter(number for batch in ran(log) for number in batch.numbers)
    return {
        "right": [reply.value for reply in replies if isinstance(reply, Response)] == [2 * n for n in range(96)],
        "repeated": sorted(number for number, count in times.items() if count > 1),
        "most": max(times.values()),
        "batch": sorted(next(batch.numbers for batch in ran(log) if 95 in batch.numbers)),
        "notes": engine.notes,
    }


if __name__ == "__main__":
    from ray.cluster_utils import Cluster

    several: Any = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        print(json.dumps({"gpus": gpus, "lost": lost}[sys.argv[2]](Path(sys.argv[1]), several)))
    finally:
        several.shutdown()
