"""Command line and ini settings, turned once into one frozen `Options`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

GROUP = "robust"
ENGINES = ("local", "ray")


def add_options(parser: pytest.Parser) -> None:
    """Declare every option and ini setting of the plugin."""
    group = parser.getgroup(GROUP, "robustness scenarios (pytest-robust)")
    add = group.addoption
    add("--robust", action="store_true", help="collect *.robust.yaml scenarios and run them")
    pack = "run a shipped pack, or NAME/FILE or NAME/FILE::TEST of it (repeatable)"
    add("--robust-pack", action="append", default=[], metavar="NAME", help=pack)
    add("--robust-system", metavar="TARGET", help="system under test: embedded, a conftest name, or pkg.mod:attr")
    model = "answer with this language model behind the embedded retriever: hf:org/name, a folder, or provider:model"
    add("--robust-model", metavar="MODEL", help=model)
    argument = "an option of that model, like base_url=URL or price=0.15/0.60 (repeatable; a wrong name lists them)"
    add("--robust-model-arg", action="append", default=[], metavar="KEY=VALUE", help=argument)
    writer = "let this chat model write the variants that need one (paraphrase, ...) and are not stored in the data"
    add("--robust-writer", metavar="MODEL", help=writer)
    add("--robust-writer-arg", action="append", default=[], metavar="KEY=VALUE", help="an option of the writer")
    judge = "let this chat model, or entailment:MODEL, decide whether a variant is valid, beside rules and encoder"
    add("--robust-judge", metavar="MODEL", help=judge)
    add("--robust-judge-arg", action="append", default=[], metavar="KEY=VALUE", help="an option of the judge")
    add("--robust-data", metavar="PATH", help="run every scenario on this data instead of its own")
    add("--robust-sample", type=int, default=0, metavar="N", help="draw N questions at random (seeded, stratified)")
    add("--robust-seed", type=int, default=0, metavar="N", help="seed of --robust-sample (default 0)")
    add("--robust-plan", action="store_true", help="print the calls a run would make, and stop")
    baseline = "compare with an earlier run, case by case: fail only on a regression or on a gate that is broken"
    add("--robust-baseline", metavar="FILE", help=baseline)
    sequential = "ask questions in blocks and stop as soon as every gate is decided, by limits that hold at every look"
    add("--robust-sequential", action="store_true", help=sequential)
    budget = "ask only N trials, or a share like 25%%: some at random for rates and gates, the others hunting failures"
    add("--robust-budget", metavar="N", help=budget)
    undecided = "what an inconclusive gate does to the run, instead of what each gate says"
    add("--robust-inconclusive", choices=("fail", "warn"), help=undecided)
    report = "write the report: FORMAT=PATH, or a path whose suffix says the format (json, html, md, sarif; repeatable)"
    add("--robust-report", action="append", default=[], metavar="[FORMAT=]PATH", help=report)
    annotate = "print GitHub annotations of gates that did not pass (default: if GITHUB_ACTIONS is true)"
    add("--robust-annotations", action="store_true", help=annotate)
    add("--robust-live", action="store_true", help="allow our endpoints that cost money or leave the machine")
    add("--robust-ledger", metavar="FILE", help="where responses are kept (default .robust/ledger.sqlite; 'none')")
    add("--robust-fresh", action="store_true", help="do not resume an unfinished run")
    engine = "where batches of local models run: local (this process), or ray (actors of a Ray cluster)"
    add("--robust-engine", choices=ENGINES, help=engine)
    cluster = "the Ray cluster to join: host:port or auto (default: RAY_ADDRESS, else one started here for the run)"
    add("--robust-ray-address", metavar="ADDRESS", help=cluster)
    actors = "at most N Ray actors, each with its copy of the model (default: one per GPU, or per processor)"
    add("--robust-ray-actors", type=int, default=0, metavar="N", help=actors)
    add("--robust-items", choices=("case", "group"), help="one pytest item per case, or one per condition")
    parser.addini("robust_system", "system under test for scenarios that name none", default="")
    parser.addini("robust_engine", "where batches of local models run: local or ray", default="local")
    parser.addini("robust_ledger", "where responses are kept", default="")
    size = "megabytes the ledger may take; above it, what was used longest ago goes (0: no limit)"
    parser.addini("robust_ledger_max_mb", size, default="2000")
    age = "days after its last use that a response is dropped from the ledger (0: never)"
    parser.addini("robust_ledger_max_days", age, default="0")
    parser.addini("robust_live", "allow live endpoints", type="bool", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for.

    ``model`` holds the options of ``system: model``, empty unless ``--robust-model`` was given; so do ``writer`` and
    ``judge`` for the models that write and judge variants; ``baseline`` is the file of an earlier run's rows;
    ``budget`` is a number of trials or a share of them, empty for all; ``sequential`` stops asking once gates are
    decided, ``inconclusive`` overrides what undecided gates do; ``ledger`` None keeps responses in memory,
    ``ledger_max_mb`` and ``ledger_max_days`` are its limits of size and age, 0 for none; ``window`` 0 plans all items
    at once; ``engine`` is one of `ENGINES`, ``ray_address`` empty for a cluster of our own, ``ray_actors`` 0 for as
    many as it has slots. ``reports`` are formats with paths; ``annotate`` marks lines in GitHub, ``step_summary`` is
    its job's summary, ``repository`` the root that CI has checked out (None: not told).
    """

    packs: tuple[str, ...] = ()
    system: str = ""
    model: Mapping[str, str] = field(default_factory=dict)
    writer: Mapping[str, str] = field(default_factory=dict)
    judge: Mapping[str, str] = field(default_factory=dict)
    default_system: str = ""
    data: Path | str | None = None
    sample: int = 0
    seed: int = 0
    plan_only: bool = False
    baseline: Path | None = None
    sequential: bool = False
    budget: str = ""
    inconclusive: str = ""
    reports: tuple[tuple[str, Path], ...] = ()
    annotate: bool = False
    step_summary: Path | None = None
    repository: Path | None = None
    live: bool = False
    ledger: Path | None = None
    ledger_max_mb: float = 0
    ledger_max_days: float = 0
    resume: bool = True
    items: str = ""
    window: int = 0
    engine: str = "local"
    ray_address: str = ""
    ray_actors: int = 0

    @classmethod
    def of(cls, config: pytest.Config) -> Options:
        """Return the options of ``config``; relative paths are relative to where pytest was started."""
        option = config.option
        return cls(
            packs=tuple(option.robust_pack),
            system=option.robust_system or "",
            model=_model(option),
            writer=_named("writer", option.robust_writer, option.robust_writer_arg),
            judge=_named("judge", option.robust_judge, option.robust_judge_arg),
            default_system=str(config.getini("robust_system") or ""),
            data=_data(option.robust_data, config),
            sample=option.robust_sample,
            seed=option.robust_seed,
            plan_only=option.robust_plan,
            sequential=_sequential(option),
            budget=_budget(option),
            inconclusive=option.robust_inconclusive or "",
            baseline=_path(option.robust_baseline, config.invocation_params.dir),
            reports=_reports(option.robust_report, config.invocation_params.dir),
            annotate=bool(option.robust_annotations or os.environ.get("GITHUB_ACTIONS") == "true"),
            step_summary=_environ_path("GITHUB_STEP_SUMMARY"),
            repository=_environ_path("GITHUB_WORKSPACE") or _environ_path("CI_PROJECT_DIR"),
            live=bool(option.robust_live or config.getini("robust_live")),
            ledger=_ledger(option.robust_ledger or config.getini("robust_ledger"), config),
            ledger_max_mb=_limit("robust_ledger_max_mb", config),
            ledger_max_days=_limit("robust_ledger_max_days", config),
            resume=not option.robust_fresh,
            items=option.robust_items or "",
            window=_window(option),
            **_engine(option, config),
        )


def wanted(config: pytest.Config) -> bool:
    """Say whether this run asked for robustness scenarios in any way."""
    option = config.option
    return bool(option.robust or option.robust_pack or option.robust_plan)


def _model(option: Any) -> dict[str, str]:
    """Return ``--robust-model`` and its arguments as one mapping of text; what they mean is checked by the library."""
    found = _named("model", option.robust_model, option.robust_model_arg)
    if found and option.robust_system:
        raise pytest.UsageError("--robust-model and --robust-system both say what is tested: give one of them")
    return found


def _named(role: str, name: str | None, given: Sequence[str]) -> dict[str, str]:
    """Return the model of ``--robust-ROLE`` and its arguments as one mapping of text, empty if there is none."""
    if not name:
        if given:
            raise pytest.UsageError(f"--robust-{role}-arg goes with --robust-{role}, which is not given")
        return {}
    found: dict[str, str] = {"model": name}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise pytest.UsageError(f"--robust-{role}-arg: {pair!r} is not KEY=VALUE")
        if key.strip() in found:
            raise pytest.UsageError(f"--robust-{role}-arg: {key.strip()!r} is given twice")
        found[key.strip()] = value
    return found


def _engine(option: Any, config: pytest.Config) -> dict[str, Any]:
    """Return where batches run; RAY_ADDRESS is what Ray's own tools read."""
    engine = option.robust_engine or str(config.getini("robust_engine"))
    if engine not in ENGINES:
        raise pytest.UsageError(f"robust_engine: {engine!r} is no engine; choices: {', '.join(ENGINES)}")
    if engine != "ray":
        if option.robust_ray_address or option.robust_ray_actors:
            raise pytest.UsageError("--robust-ray-address and --robust-ray-actors go with --robust-engine ray")
        return {"engine": engine}
    if option.robust_ray_actors < 0:
        raise pytest.UsageError("--robust-ray-actors: give a number above 0")
    address = option.robust_ray_address or os.environ.get("RAY_ADDRESS", "")
    return {"engine": engine, "ray_address": address, "ray_actors": option.robust_ray_actors}


def _sequential(option: Any) -> bool:
    """Return whether to stop early; the processes of an xdist run would each stop by what they alone have seen."""
    if option.robust_sequential and _workers(option):
        raise pytest.UsageError("--robust-sequential looks at all results after each block: run it without -n")
    return bool(option.robust_sequential)


def _workers(option: Any) -> bool:
    """Say whether pytest-xdist is to start processes: by ``-n``, or by ``--dist`` and ``--tx``, which it stands for."""
    return bool(getattr(option, "numprocesses", None)) or getattr(option, "dist", "no") != "no"


def _budget(option: Any) -> str:
    """Return the budget as it was written, checked."""
    text = str(option.robust_budget or "").strip()
    if not text:
        return ""
    share = text.removesuffix("%")
    sound = share.replace(".", "", 1).isdecimal() if share != text else text.isdecimal()
    if not sound or not float(share) > 0 or (share != text and float(share) > 100):
        raise pytest.UsageError(f"--robust-budget: {text!r} is neither a number of trials nor a share like 25%")
    for name, given in (
        ("-n", _workers(option)),
        ("--robust-sequential", option.robust_sequential),
    ):
        if given:
            raise pytest.UsageError(f"--robust-budget chooses by all results so far: run it without {name}")
    return text


def _window(option: Any) -> int:
    """Return how many items are planned at once: few when the run may stop early, so that stopping saves calls."""
    return 32 if getattr(option, "maxfail", 0) else 0


def _path(text: str | None, base: Path) -> Path | None:
    return None if not text else (base / Path(text).expanduser())


def _reports(given: Sequence[str], base: Path) -> tuple[tuple[str, Path], ...]:
    if not given:
        return ()
    from robustcore.errors import InputError
    from robustcore.report.writers import read_target

    try:
        targets = [read_target(text) for text in given]
    except InputError as error:
        raise pytest.UsageError(f"--robust-report: {error}") from None
    return tuple((form, base / Path(path).expanduser()) for form, path in targets)


def _environ_path(name: str) -> Path | None:
    text = os.environ.get(name, "")
    return Path(text) if text else None


def _data(text: str | None, config: pytest.Config) -> Path | str | None:
    """Return a path if it exists, else the text, which may be a bundled name."""
    path = _path(text, config.invocation_params.dir)
    return path if path is not None and path.exists() else text


def _ledger(text: Any, config: pytest.Config) -> Path | None:
    if str(text).lower() == "none":
        return None
    return _path(str(text or ""), config.rootpath) or config.rootpath / ".robust" / "ledger.sqlite"


def _limit(name: str, config: pytest.Config) -> float:
    text = str(config.getini(name))
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise pytest.UsageError(f"{name}: {text!r} is no limit; give a number, 0 for no limit")
    return value
