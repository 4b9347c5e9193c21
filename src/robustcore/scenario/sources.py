"""``system`` and ``data``: where a scenario's system and questions come from. Looks whether files exist, reads none."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robustcore.endpoints.remote.http_request import Service
from robustcore.errors import suggest
from robustcore.scenario.notes import Notes
from robustcore.scenario.types import DataSpec, SystemSpec
from robustcore.scenario.yaml_marks import YamlPath
from robustcore.systems.model_options import MODEL_SYSTEM, model_findings

if TYPE_CHECKING:
    from robustcore.scenario import wire


def system_spec(system: wire.System | None, notes: Notes, folder: Path) -> SystemSpec | None:
    """Return the system as named, a model's folder made absolute; nothing is imported, no environment value is read."""
    if system is None:
        return None
    where = notes.where("system")
    if system.http is not None:
        service = Service(url=system.http, **system.of_http)
        for path, what, fix in service.findings():
            notes.add(("system", *path), what, fix=fix)
        return SystemSpec(target=service.place, version=system.version, service=service, where=where)
    target, options = system.use or "", system.options
    if target == MODEL_SYSTEM:
        options = _model_options(options, folder)
        for key, problem in model_findings(options):
            path = ("system", "options", key) if key in options else ("system",)
            unknown = problem.what.endswith(f"has no option {key!r}")
            notes.add(path, problem.what, choices=problem.choices, fix=problem.fix, key=unknown)
    return SystemSpec(target=target, version=system.version, options=options, where=where)


def _model_options(options: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return ``options`` with the model's folder as an absolute path, if it names one beside the scenario file."""
    name = options.get("model")
    if not isinstance(name, str) or not name.strip():
        return options
    there = Path(os.path.normpath(folder / name))
    return {**options, "model": str(there)} if there.is_dir() else options


def data_spec(data: wire.Data | None, notes: Notes, folder: Path, bundled: Collection[str]) -> DataSpec | None:
    """Return the data with absolute paths; what is neither bundled nor a file is noted."""
    if data is None:
        return None
    sources = [
        source if source in bundled else _existing(source, folder, notes, path, bundled)
        for source, path in zip(data.corpus, _source_paths(len(data.corpus), notes), strict=True)
    ]
    for position, source in enumerate(sources):
        if source in sources[:position]:
            notes.add(_source_paths(len(sources), notes)[position], f"{data.corpus[position]!r} is listed twice")
    return DataSpec(
        sources=tuple(sources),
        questions=_file(data.questions, "questions", folder, notes),
        calibration=_file(data.calibration, "calibration", folder, notes),
        format=data.format,
        sample=data.sample,
        seed=data.seed,
        tags=tuple(data.tags),
        where=notes.where("data"),
    )


def _source_paths(count: int, notes: Notes) -> list[YamlPath]:
    """Return where each source stands: ``data: x``, ``data: [x, y]`` and ``data: {corpus: ...}`` are all possible."""
    inside = isinstance(notes.document.value.get("data"), dict)
    base: YamlPath = ("data", "corpus") if inside else ("data",)
    return [(*base, index) for index in range(count)]


def _file(name: str | None, key: str, folder: Path, notes: Notes) -> Path | None:
    return None if name is None else Path(_existing(name, folder, notes, ("data", key), ()))


def _existing(name: str, folder: Path, notes: Notes, path: YamlPath, bundled: Collection[str]) -> str:
    full = os.path.normpath(os.path.join(folder, name))  # noqa: PTH118  # pathlib takes four times as long
    if not os.path.exists(full):  # noqa: PTH110  # likewise
        looks_bundled = bool(bundled) and "/" not in name and "." not in name
        what = f"no bundled data set and no file is called {name!r}" if looks_bundled else f"no such file: {full}"
        fix = suggest(name, bundled) or _beside(Path(full)) or "paths are relative to the folder of this file"
        notes.add(path, what, choices=sorted(bundled) if looks_bundled else (), fix=fix)
    return full


def _beside(missing: Path) -> str:
    """Return the likely file where the missing one was expected, or the first folder on the way that is not there."""
    above = [folder for folder in missing.parents if not folder.is_dir()]
    if above:
        return f"there is no folder {above[-1]}; paths are relative to the folder of this file"
    return suggest(missing.name, [entry.name for entry in missing.parent.iterdir()])
