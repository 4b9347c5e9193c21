"""The packs that ``--robust-pack`` knows: folders of scenario files, shipped or brought by an installed package."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from robustcore.corpus.bundled import shipped_folder
from robustcore.errors import InputError, Problem

GROUP = "robust.packs"


@cache
def pack_folders() -> dict[str, Path]:
    """Return the folder of every pack by name, sorted.

    An entry point of the group ``robust.packs`` has the pack's name, and as its value an importable package: the folder
    of that package is the pack. A shipped pack is never replaced. Raises `InputError` for a value that is no package.
    """
    shipped = {path.name: path for path in shipped_folder("scenarios").iterdir() if path.is_dir()}
    brought = {entry.name: _folder(entry.name, entry.value) for entry in entry_points(group=GROUP)}
    return dict(sorted({**brought, **shipped}.items()))


def pack_path(file: Path) -> str | None:
    """Return ``pack/file`` for a file inside of a pack's folder, None for any other."""
    for name, folder in pack_folders().items():
        if file.is_relative_to(folder):
            return f"{name}/{file.relative_to(folder).as_posix()}"
    return None


def _folder(name: str, package: str) -> Path:
    try:
        spec = find_spec(package)
    except ImportError:
        spec = None
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not places:
        what = f"the entry point {name!r} of {GROUP} names {package!r}, which is no package that can be imported"
        raise InputError(Problem(what=what, fix="its value is a package whose folder holds *.robust.yaml"))
    return Path(places[0]).resolve()
