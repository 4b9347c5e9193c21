"""Environments of the peers of benchmark i: one each, made once, with pinned packages, in a cache folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CACHE = Path.home() / ".cache" / "pytest-robust" / "peers"
PEERS = ("nlpaug", "textattack")
_INSTALL = ("-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--retries=1", "--no-deps")


def python_of(peer: str, cache: Path) -> tuple[Path, str]:
    """Return the Python of a peer's environment, made if it is not there, and an empty string; or why there is none.

    Packages are those of ``peers-<peer>.txt``, all of them: the peers' own limits rule one another out.
    """
    home = cache / peer
    python, done = home / "bin" / "python", home / "installed"
    wanted = HERE / f"peers-{peer}.txt"
    if done.is_file() and done.read_bytes() == wanted.read_bytes():
        return python, ""
    print(f"  installing {peer} into {home} (once; {len(wanted.read_text().split())} packages)", flush=True)
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(home)],
        [str(python), *_INSTALL, "--requirement", str(wanted)],
    ):
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            told = [line for line in ended.stderr.splitlines() if line.startswith("ERROR")] or [ended.stderr[-200:]]
            return python, f"not installable: {told[-1].strip()}"
    done.write_bytes(wanted.read_bytes())
    return python, ""


class Peer:
    """A process of a peer's environment that holds the sentences and times one counterpart after another.

    ``absent`` says why there is none. TextAttack asks for NLTK's list of stop words and for downloads when it is first
    imported: it is given ours as a file, and told that the downloads are done.
    """

    def __init__(
        self, name: str, cache: Path, folder: Path, sentences: Sequence[str], stop_words: Sequence[str]
    ) -> None:
        self.name = name
        python, self.absent = python_of(name, cache)
        self._process: subprocess.Popen[str] | None = None
        if self.absent:
            return
        file, nltk, downloads = folder / f"{name}.json", folder / "nltk", folder / "downloads"
        file.write_text(json.dumps({"sentences": list(sentences), "stop_words": list(stop_words)}), encoding="utf-8")
        (nltk / "corpora" / "stopwords").mkdir(parents=True, exist_ok=True)
        (nltk / "corpora" / "stopwords" / "english").write_text("\n".join(stop_words), encoding="utf-8")
        downloads.mkdir(exist_ok=True)
        (downloads / "post_install_check_3").touch()
        places = {"NLTK_DATA": str(nltk), "TA_CACHE_DIR": str(downloads), "HF_HUB_OFFLINE": "1"}
        without = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
        clean = {key: value for key, value in os.environ.items() if key not in without} | places
        self._process = subprocess.Popen(
            [str(python), str(HERE / "peer_side.py"), name, str(file)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=clean, cwd=folder,
        )  # fmt: skip

    def ask(self, operator: str, count: int) -> Mapping[str, Any]:
        """Return the peer's line on its counterpart of ``operator``, on the first ``count`` sentences."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return {"why": self.absent or "its process has ended"}
        try:
            print(operator, count, file=process.stdin, flush=True)
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        reply: Mapping[str, Any] = json.loads(line) if line else {"why": "its process has ended"}
        return reply

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
