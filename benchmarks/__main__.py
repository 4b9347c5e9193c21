"""``python -m benchmarks [a b c d e f g h i j k l p q r w]``: run those named, or all, one process after another."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks import (
    agents,
    chat,
    deletion,
    embedded,
    idle,
    local_lm,
    memory,
    peer_envs,
    peers,
    pressure,
    report,
    retrieval,
    scale,
    sharing,
    simulated,
    statistics_scale,
    workers,
)
from benchmarks.record import run_recorded
from benchmarks.timing import processor

REPEATS = {**dict.fromkeys("abcdefghijklpqrw", 3), "a": 15, "b": 5, "h": 2, "l": 2, **dict.fromkeys("dgjkqrw", 1)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "which",
        nargs="*",
        metavar="LETTER",
        help="a: idle plugin, b: scale, c: batching, d: memory, e: local LM, f: chat, g: sharing, h: workers, "
        "i: operators against nlpaug and TextAttack, j: pressed questions through a local model, "
        "k: simulations of intervals, gates, budgets and early stopping, l: agents with slow tools, "
        "p: the page of a large report, q: planning and statistics of 1,000,000 trials, "
        "r: retrieval at 1,000,000 vectors, "
        "w: withdrawn documents",
    )
    default = "interleaved repeats (default: 15 for a, 5 for b, 2 for h and l, 1 for d, g, j, k, q, r, w, else 3)"
    parser.add_argument("--repeats", type=int, help=default)
    parser.add_argument("--squad", type=Path, help="SQuAD 2.0 file for c and i, instead of the bundled corpora")
    parser.add_argument(
        "--peers", type=Path, help=f"folder of the peers' environments for i (default: {peer_envs.CACHE})"
    )
    parser.add_argument("--record", action="store_true", help="put what is printed into docs/performance.md")
    parser.add_argument("--parrot", type=Path, help="closed questions for j, instead of the bundled 260")
    given = parser.parse_args()
    unknown = sorted(set(given.which) - set(REPEATS))
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; choices: {', '.join(REPEATS)}")
    letters = given.which or list(REPEATS)
    if len(letters) > 1 or given.record:
        _each_apart(letters, given)
        return
    with tempfile.TemporaryDirectory(prefix="robust-bench-pyc-") as compiled:
        # Children start as an installed application does: with compiled modules, of which this machine may keep none.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = compiled
        _run(given)


def _each_apart(letters: Sequence[str], given: argparse.Namespace) -> None:
    """Run each in a process of its own: what one leaves in memory would count for the next."""
    own = [f"--repeats={given.repeats}"] * bool(given.repeats) + [f"--squad={given.squad}"] * bool(given.squad)
    own += [f"--peers={given.peers}"] * bool(given.peers) + [f"--parrot={given.parrot}"] * bool(given.parrot)
    for letter in letters:
        if given.record:
            run_recorded(letter, own)
        else:
            subprocess.run([sys.executable, "-m", "benchmarks", letter, *own], check=True)


def _run(given: argparse.Namespace) -> None:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{processor()}, {os.cpu_count()} processors, Python {platform.python_version()}, load {load}")
    for letter in given.which or REPEATS:
        repeats = given.repeats or REPEATS[letter]
        with tempfile.TemporaryDirectory(prefix="robust-bench-") as name:
            folder = Path(name)
            _work(letter, given)(folder, repeats)


def _work(letter: str, given: argparse.Namespace) -> Callable[[Path, int], None]:
    """Return what a benchmark does, given a folder of its own and the number of repeats."""
    works: dict[str, Callable[[Path, int], None]] = {
        "a": idle.run,
        "b": scale.run,
        "d": memory.run,
        "e": local_lm.run,
        "f": chat.run,
        "g": sharing.run,
        "h": workers.run,
        "k": simulated.run,
        "l": agents.run,
        "p": report.run,
        "q": statistics_scale.run,
        "r": retrieval.run,
        "c": partial(embedded.run, squad=given.squad),
        "i": partial(peers.run, cache=given.peers, squad=given.squad),
        "j": partial(pressure.run, questions=given.parrot),
        "w": lambda folder, repeats: deletion.run(),
    }
    return works[letter]


if __name__ == "__main__":
    main()
