"""What happens once at the start: packs become arguments, hooks are asked, the session object is made."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pytest_robust import transfer
from pytest_robust.against import Against
from pytest_robust.bind import DEFAULT_SYSTEM, Binder
from pytest_robust.failure import rerun_command
from pytest_robust.items import Spec
from pytest_robust.options import Options
from pytest_robust.session import RobustSession
from robustcore.errors import InputError, MissingExtraError, suggest
from robustcore.perturb.families import operator_registry
from robustcore.scenario.packs import pack_folders, pack_path
from robustcore.systems.model_options import MODEL_SYSTEM, read_choice

NOTHING_COLLECTED = (
    "robust: no *.robust.yaml was found here. `pytest-robust new` writes a first one; "
    "`pytest --robust --robust-pack quickstart` runs one that is shipped"
)


def add_packs(options: Options, config: pytest.Config) -> None:
    """Turn ``--robust-pack NAME[/FILE[::TEST]]`` into arguments: alone, or beside the paths the user gave."""
    if not options.packs:
        return
    try:
        known = pack_folders()
    except InputError as error:
        raise pytest.UsageError(str(error)) from None
    paths = []
    for pack in options.packs:
        name, slash, rest = pack.partition("/")
        if name not in known:
            hint = suggest(name, known)
            raise pytest.UsageError(f"--robust-pack: no pack is called {name!r}; choices: {', '.join(known)}. {hint}")
        paths.append(f"{known[name]}{slash}{rest}")
    given = config.args_source is pytest.Config.ArgsSource.ARGS
    config.args[:] = [*(config.args if given else []), *paths]


def open_session(options: Options, config: pytest.Config) -> RobustSession:
    """Return the session object; nothing is loaded or opened yet."""
    if options.model:
        _check_model(options)
    for role, model in (("writer", options.writer), ("judge", options.judge)):
        if model:
            _check_aide(role, model)
    if options.engine == "ray":
        _check_ray()
    operators = operator_registry()
    config.hook.pytest_robust_operators(config=config, registry=operators)
    operators.freeze()

    @cache
    def systems() -> Mapping[str, Any]:
        return _systems(config)

    search = (config.rootpath, config.invocation_params.dir)
    cache_folder = options.ledger.parent if options.ledger else None
    kinds = [kind for kinds in config.hook.pytest_robust_error_kinds(config=config) for kind in kinds or ()]
    binder = Binder(
        options,
        operators,
        systems=systems,
        search=search,
        cache=cache_folder,
        classifiers=kinds,
        sources=_conftest_files(config),
    )
    session = RobustSession(options, binder, classifiers=kinds, joined=transfer.join(config))
    session.here = config.invocation_params.dir
    session.rerun = lambda file, name: rerun_command(*rerun_options(options), *place_of(file, name, config))
    if options.baseline is not None:
        session.against = _against(options.baseline)
    return session


def _against(path: Path) -> Against:
    """Return the baseline, refused before anything is collected if it cannot be read."""
    try:
        return Against(path, _shown(path))
    except InputError as error:
        raise pytest.UsageError(f"--robust-baseline: {error}") from None


def _check_model(options: Options) -> None:
    """Refuse a model that is misspelt before anything is collected."""
    try:
        read_choice(options.model)
    except InputError as error:
        raise pytest.UsageError(f"--robust-model: {error}") from None


def _check_aide(role: str, given: Mapping[str, str]) -> None:
    """Refuse a writer or judge that is misspelt before anything is collected."""
    from robustcore.systems.aides import aide_spec

    try:
        aide_spec(role, given)
    except InputError as error:
        raise pytest.UsageError(f"--robust-{role}: {error}") from None


def _check_ray() -> None:
    """Refuse, before anything is collected, an engine whose extra is not installed."""
    from robustcore.endpoints.ray.cluster import check_installed

    try:
        check_installed()
    except MissingExtraError as error:
        raise pytest.UsageError(str(error)) from None


def refuse_if_nothing_can_run(session: RobustSession, specs: Sequence[Spec]) -> None:
    """Stop with one message where no system can be built: a thousand errors would say the same."""
    reasons = dict.fromkeys(session.ready.broken_reason(spec.unit) for spec in specs)
    if reasons and "" not in reasons:
        raise pytest.UsageError("no scenario can run\n" + "\n".join(reasons))


def header(options: Options) -> str:
    """Return the header line: where responses are kept, and how many there are already."""
    if options.ledger is None:
        return "robust: ledger none (responses are kept for this session only)"
    return f"robust: ledger {_shown(options.ledger)} ({_stored(options.ledger)})"


def shipped_id(path: Path, config: pytest.Config) -> str | None:
    """Return ``pack/file`` for a pack's scenario file outside of the root folder, None (pytest's own id) otherwise.

    pytest would call it by the file's name alone, and two packs may have files of one name.
    """
    return None if path.is_relative_to(config.rootpath) else pack_path(path)


def place(item: pytest.Item) -> tuple[str, ...]:
    """Return the arguments that name ``item`` where pytest was started.

    A node id is relative to the root folder instead. A shipped scenario's path would make another folder the root,
    without the user's settings and conftest files: it is named through its pack.
    """
    return place_of(item.path, item.nodeid.partition("::")[2], item.config)


def place_of(file: Path, name: str, config: pytest.Config) -> tuple[str, ...]:
    """Return the arguments for the item called ``name`` of a scenario file, as `place` does."""
    shipped = shipped_id(file, config)
    if shipped is not None:
        return ("--robust-pack", f"{shipped}::{name}")
    here = config.invocation_params.dir
    path = file.relative_to(here) if file.is_relative_to(here) else file
    return (f"{path}::{name}",)


def rerun_options(options: Options) -> tuple[str, ...]:
    """Return the options that a command which re-runs one case must repeat."""
    pairs = {
        "--robust-system": options.system,
        "--robust-model": options.model.get("model", ""),
        "--robust-writer": options.writer.get("model", ""),
        "--robust-judge": options.judge.get("model", ""),
        "--robust-data": str(options.data or ""),
        "--robust-sample": str(options.sample or ""),
        "--robust-seed": str(options.seed or ""),
        "--robust-baseline": _shown(options.baseline) if options.baseline else "",
    }
    given = tuple(f"{name}={value}" for name, value in pairs.items() if value)
    for role, model in (("model", options.model), ("writer", options.writer), ("judge", options.judge)):
        given += tuple(f"--robust-{role}-arg={key}={value}" for key, value in model.items() if key != "model")
    return (*given, *(("--robust-live",) if options.live else ()))


def _systems(config: pytest.Config) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for found in config.hook.pytest_robust_systems(config=config):
        for name, system in (found or {}).items():
            if name in (DEFAULT_SYSTEM, MODEL_SYSTEM):
                raise pytest.UsageError(f"pytest_robust_systems: {name!r} is a system of ours; choose another name")
            if name in merged:
                raise pytest.UsageError(f"pytest_robust_systems: two hooks define a system called {name!r}")
            merged[name] = system
    return merged


def _conftest_files(config: pytest.Config) -> list[Path]:
    files = [getattr(plugin, "__file__", None) for plugin in config.pluginmanager.get_plugins()]
    return sorted(Path(file) for file in files if file and Path(file).name == "conftest.py")


def _stored(path: Path) -> str:
    if not path.exists():
        return "new"
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM responses").fetchone()
        return f"{count} responses"
    except sqlite3.Error as error:
        return f"not readable: {error}"


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
