"""``python -m benchmarks.fuzz [TARGET ...]``: hostile bytes, led by the code they reach (atheris), for so many minutes.

Each target of `fuzz_targets` runs in a process of its own with 2 GB of memory and ten seconds for an input. What it
raised is printed once by the place where it was raised, with the input that did, which is kept under ``.fuzz``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

from benchmarks import fuzz_seeds
from benchmarks.fuzz_seeds import HOME, ROOT
from benchmarks.fuzz_targets import TARGETS

MEGABYTES, SECONDS = 2_000, 10
LARGEST = {"ledgers": 65_536, "baselines": 65_536}  # bytes; elsewhere 8,000
MEMORY = "/dev/shm"  # where there is one, files of a moment need no disk
RAN = re.compile(r"#(\d+)\s")
REACHED = re.compile(r"cov: (\d+) ft: (\d+)")
FATAL = re.compile(r"ERROR: libFuzzer: (.*)")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", default=list(TARGETS), metavar="TARGET", help="default: %(default)s")
    parser.add_argument("--minutes", type=float, default=5.0, help="for each target (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if unknown := sorted(set(given.targets) - set(TARGETS)):
        raise SystemExit(f"no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    if given.inside:
        return inside(given.targets[0])
    for target in given.targets:
        print(fuzzed(target, given.minutes * 60, given.seed), flush=True)
    return None


def fuzzed(target: str, seconds: float, seed: int) -> str:
    """Fuzz ``target`` for ``seconds``, again with another seed after a fatal end; return what was seen, in a line."""
    home = HOME / target
    for name in ("seeds", "found", "corpus"):
        (home / name).mkdir(parents=True, exist_ok=True)
    fuzz_seeds.seeds(target, home / "seeds")
    words = home / "words"
    words.write_text("".join(f'"{_quoted(word)}"\n' for word in fuzz_seeds.words(target)), encoding="utf-8")
    ran, reached, ended, begun = 0, (0, 0), Counter[str](), time.monotonic()
    while (left := seconds - (time.monotonic() - begun)) > 1:
        told = _once(target, home, int(left), seed + sum(ended.values()))
        ran += max(map(int, RAN.findall(told)), default=0)
        reached = max(((int(one), int(other)) for one, other in REACHED.findall(told)), default=reached)
        fatal = FATAL.search(told)
        if fatal is None:
            if "DONE" not in told:
                raise SystemExit(f"{target} did not run to its end:\n{told[-2000:]}")
            break
        ended[fatal[1]] += 1
    found = sorted(path.name for path in (home / "found").glob("*.txt"))
    fatal_ends = ", ".join(f"{number} x {what}" for what, number in ended.items()) or "no fatal end"
    spent = time.monotonic() - begun
    return (
        f"{target}: {ran:,} inputs in {spent / 60:.1f} min, {reached[0]:,} edges and {reached[1]:,} features reached, "
        f"{len(found)} findings, {fatal_ends}" + "".join(f"\n  {name}" for name in found)
    )


def _once(target: str, home: Path, seconds: int, seed: int) -> str:
    options = {
        "max_total_time": seconds,
        "rss_limit_mb": MEGABYTES,
        "timeout": SECONDS,
        "seed": seed,
        "max_len": LARGEST.get(target, 8_000),
        "artifact_prefix": f"{home / 'found'}/",
        "dict": home / "words",
        "verbosity": 1,
    }
    flags = [f"-{name}={value}" for name, value in options.items() if name != "dict" or (home / "words").stat().st_size]
    command = [sys.executable, "-m", "benchmarks.fuzz", target, "--inside"]
    environment = os.environ | {"FUZZ_FLAGS": "\n".join([*flags, str(home / "corpus"), str(home / "seeds")])}
    with (home / "log.txt").open("w+", encoding="utf-8", errors="replace") as log:
        subprocess.run(command, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False)
        log.seek(0)
        return log.read()


def inside(target: str) -> None:
    """Be the process that runs ``target`` under libFuzzer."""
    import atheris

    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        one = guarded(TARGETS[target], Path(folder, "work"), HOME / target / "found")
        with atheris.instrument_imports(include=["robustcore"], enable_loader_override=False):
            for seed in sorted((HOME / target / "seeds").iterdir()):  # what these import is instrumented
                one(seed.read_bytes())
        if commands := sys.modules.get("robustcore.cli.main"):  # half of a command's time, and the same each time
            commands.__dict__["make_parser"] = cache(commands.make_parser)
        os.chdir(folder)
        before = set(os.listdir(folder))  # noqa: PTH208 # names only

        def strict(data: bytes) -> None:
            one(data)
            if set(os.listdir(folder)) - before - {"work"}:  # noqa: PTH208
                raise AssertionError("a file outside of the working folder")

        atheris.Setup([sys.argv[0], *os.environ["FUZZ_FLAGS"].split("\n")], strict)
        atheris.Fuzz()


def guarded(run: Callable[[bytes, Path], None], folder: Path, found: Path) -> Callable[[bytes], None]:
    """Return ``run`` as libFuzzer calls it; what it raises is kept by its place, once, and fuzzing goes on."""

    def one(data: bytes) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            run(data, folder)
        except MemoryError:
            raise
        except Exception as error:  # this is what is looked for
            frames = traceback.extract_tb(error.__traceback__)
            ours = [frame for frame in frames if "robustcore" in frame.filename] or frames
            place = f"{Path(ours[-1].filename).stem}-{ours[-1].lineno}-{type(error).__name__}"
            name = found / f"{place}-{hashlib.sha256(place.encode()).hexdigest()[:6]}"
            if not name.with_suffix(".txt").exists():
                name.with_suffix(".bin").write_bytes(data)
                name.with_suffix(".txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")

    return one


def _quoted(word: str) -> str:
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in (34, 92) else f"\\x{byte:02x}" for byte in word.encode()
    )


if __name__ == "__main__":
    main()
