"""A Ray cluster that somebody else started: prints its address, and lasts until its input is closed."""

from __future__ import annotations

import sys

from robustcore.endpoints.ray.cluster import RayCluster

if __name__ == "__main__":
    cluster = RayCluster(most=int(sys.argv[1]))
    cluster.join()
    print(cluster.ray.get_runtime_context().gcs_address, flush=True)
    sys.stdin.read()
    cluster.leave()
