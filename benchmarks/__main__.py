"""``python -m benchmarks [a b c d e f g h i j]``: run those named, or all of them, one process after another."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import chat, embedded, idle, local_lm, memory, peer_envs, peers, report, scale, sharing, workers

REPEATS = {"a": 15, "b": 5, "c": 3, "d": 1, "e": 3, "f": 3, "g": 1, "h": 2, "i": 3, "j": 3}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "which",
        nargs="*",
        metavar="LETTER",
        help="a: idle plugin, b: scale, c: batching, d: memory, e: local LM, f: chat, g: sharing, h: workers, "
        "i: operators against nlpaug and TextAttack, j: the page of a large report",
    )
    default = "interleaved repeats (default: 15 for a, 5 for b, 1 for d and g, 2 for h, 3 for the others)"
    parser.add_argument("--repeats", type=int, help=default)
    parser.add_argument("--squad", type=Path, help="SQuAD 2.0 file for c and i, instead of the bundled corpora")
    parser.add_argument(
        "--peers", type=Path, help=f"folder of the peers' environments for i (default: {peer_envs.CACHE})"
    )
    given = parser.parse_args()
    unknown = sorted(set(given.which) - set(REPEATS))
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; choices: {', '.join(REPEATS)}")
    letters = given.which or list(REPEATS)
    if len(letters) > 1:  # each in a process of its own: what one leaves in memory would count for the next
        own = [f"--repeats={given.repeats}"] * bool(given.repeats) + [f"--squad={given.squad}"] * bool(given.squad)
        own += [f"--peers={given.peers}"] * bool(given.peers)
        for letter in letters:
            subprocess.run([sys.executable, "-m", "benchmarks", letter, *own], check=True)
        return
    with tempfile.TemporaryDirectory(prefix="robust-bench-pyc-") as compiled:
        # Children start as an installed application does: with compiled modules, of which this machine may keep none.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = compiled
        _run(given)


def _run(given: argparse.Namespace) -> None:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, load {load}")
    for letter in given.which or REPEATS:
        repeats = given.repeats or REPEATS[letter]
        with tempfile.TemporaryDirectory(prefix="robust-bench-") as name:
            folder = Path(name)
            match letter:
                case "a":
                    idle.run(folder, repeats)
                case "b":
                    scale.run(folder, repeats)
                case "c":
                    embedded.run(folder, repeats, squad=given.squad)
                case "d":
                    memory.run(folder, repeats)
                case "e":
                    local_lm.run(folder, repeats)
                case "f":
                    chat.run(folder, repeats)
                case "g":
                    sharing.run(folder, repeats)
                case "h":
                    workers.run(folder, repeats)
                case "j":
                    report.run(folder, repeats)
                case _:
                    peers.run(folder, repeats, cache=given.peers, squad=given.squad)


if __name__ == "__main__":
    main()
