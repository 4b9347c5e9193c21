"""A run with Ray in a process of its own: ``python ray_run.py LOG [ADDRESS]``. Prints what it saw as one JSON line."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from ray_world import KINDS, CountingEndpoint, ask, ran, statistics

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger
from robustcore.calls.types import Response
from robustcore.endpoints.ray.lanes import RayLanes
from robustcore.errors import RobustError


def family() -> dict[int, tuple[str, str]]:
    """Return the processes that came of this one: name, and what the environment says of statistics, by process id.

    The workers of Ray write their titles over their environments: where not all that they inherited is left and
    nothing is said of statistics, they have ``?``.
    """
    inherited = {name for name in os.environ if not name.startswith("RAY_")}
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
    found: dict[int, tuple[str, str]] = {}
    ours = {os.getpid()}
    while ours := {pid for pid, parent in parents.items() if parent in ours} - set(found):
        for pid in ours:
            with suppress(OSError):
                place = Path("/proc") / str(pid)
                pairs = (place / "environ").read_bytes().decode(errors="replace").split("\0")
                environment = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
                told = environment.get("RAY_USAGE_STATS_ENABLED", "not set" if inherited <= set(environment) else "?")
                found[pid] = ((place / "comm").read_text().strip(), told)
    return found


def main() -> None:
    log, address = Path(sys.argv[1]), (sys.argv[2:] or [""])[0]
    before = {"modules": "ray" in sys.modules, "sigterm": signal.getsignal(signal.SIGTERM)}
    ledger = Ledger(None)
    engine = Engine(ledger, ledger.start_run(), lanes=RayLanes(address, most=2, kinds=KINDS))
    engine.add_endpoints({"count": CountingEndpoint(str(log))})
    try:
        results = dict(engine.run((number, ask(number)) for number in range(40)))
    except RobustError as error:
        print(json.dumps({"error": str(error)}))
        return
    running = family()
    engine.close()
    told = {
        "right": all(isinstance(r, Response) and r.value == 2 * n for n, (r,) in results.items()),
        "imported before": before["modules"],
        "sigterm kept": signal.getsignal(signal.SIGTERM) == before["sigterm"],
        "statistics": [statistics(), *sorted({str(batch.statistics) for batch in ran(log)})],
        "environments": sorted(running.values()),
        "actors": sorted({batch.pid for batch in ran(log)}),
        "started": sorted(running),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
