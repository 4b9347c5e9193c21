"""Where batches run: in this process, on a Ray cluster, or wherever the broker of an xdist run says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pytest_robust.options import Options
from robustcore.calls.lanes import LaneFactory

if TYPE_CHECKING:
    from pytest_robust.broker_client import BrokerClient


def lanes_of(options: Options) -> LaneFactory | None:
    """Return what the options choose; None for this process."""
    if options.engine != "ray":
        return None
    from robustcore.endpoints.ray.lanes import RayLanes

    return RayLanes(options.ray_address, most=options.ray_actors)


def broker_lanes(client: BrokerClient, origins: Mapping[str, tuple[str, str]]) -> LaneFactory:
    """Return the lanes of a worker; ``origins`` are as in `BrokerLanes`."""
    from pytest_robust.broker_lanes import BrokerLanes

    return BrokerLanes(client, origins)
