"""Binder: scenario files → units, with data and systems loaded once and shared by all scenarios that name them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from pytest_robust.options import Options
from robustcore.calls.failures import Classifier
from robustcore.corpus.bundled import bundled_names
from robustcore.corpus.records import Dataset
from robustcore.errors import InputError, Problem, suggest
from robustcore.keys import content_key
from robustcore.measures.base import Measure
from robustcore.measures.failsafe import same_family
from robustcore.measures.judging import Judge, JudgedMeasure
from robustcore.measures.registry import measure_registry, parse_measure
from robustcore.perturb.base import Operator
from robustcore.registry import Registry
from robustcore.scenario.data import read_data
from robustcore.scenario.load import load_scenarios
from robustcore.scenario.types import DataSpec, Scenario, SystemSpec
from robustcore.scenario.unit import Unit
from robustcore.systems.aides import Aides
from robustcore.systems.drive import AnySystem
from robustcore.systems.model_options import MODEL_SYSTEM

DEFAULT_SYSTEM = "embedded"
RETRIEVERS = ("dense", "bm25", "hybrid", "reranked")  # those of systems.retrieval.names, which loads NumPy


class Binder:
    """Loads what scenarios name.

    ``systems`` returns the systems of conftest files by name; ``search`` are folders that ``pkg.mod:attr`` may be
    imported from; ``cache`` is a folder for index files, or None; ``operators`` are what perturbations may be named;
    ``classifiers`` extend what counts as an infrastructure error; ``sources`` are the conftest files of the hook
    (editing one is editing the systems it defines).
    """

    def __init__(
        self,
        options: Options,
        operators: Registry[Operator],
        *,
        systems: Callable[[], Mapping[str, Any]] = dict,
        search: Sequence[Path] = (),
        cache: Path | None = None,
        classifiers: Sequence[Classifier] = (),
        sources: Sequence[Path] = (),
    ) -> None:
        self._options = options
        self.operators = operators
        self._systems = systems
        self._search = search
        self._cache = cache
        self._classifiers = classifiers
        self._sources = sources
        self._datasets: dict[str, Dataset] = {}
        self._built: dict[str, AnySystem] = {}
        self._objects: list[object] = []
        self._bundled = bundled_names()
        self._parse = partial(parse_measure, registry=measure_registry())
        self._default_measure = self._parse("passes")
        self.notes: list[str] = []

    def units(self, path: Path) -> list[Unit]:
        """Return the units of a scenario file."""
        judged = self._judge is not None
        scenarios = load_scenarios(path, self.operators, self._measure, bundled=self._bundled, judged=judged)
        return [self._unit(scenario) for scenario in scenarios]

    def system(self, spec: SystemSpec, dataset: Dataset) -> AnySystem:
        """Return the system for ``spec`` on ``dataset``, built once."""
        service = spec.service.to_json() if spec.service else None
        key = content_key(spec.target, spec.version, dict(spec.options), service, dataset.corpus.fingerprint)
        if key not in self._built:
            self._built[key] = self._build(spec, dataset)
        return self._built[key]

    @cached_property
    def _aides(self) -> Aides:
        from robustcore.systems.aides import aides

        return aides(writer=self._options.writer, judge=self._options.judge)

    def aides(self) -> Aides:
        """Return the models that write and judge variants, made once."""
        return self._aides

    @cached_property
    def _judge(self) -> Judge | None:
        """The chat model of ``--robust-judge``; one that tells entailment rates nothing."""
        name = self._aides.models.judge if self._options.judge else ""
        return Judge(name=name, endpoint=self._aides.endpoints[name]) if name else None

    def _measure(self, name: str) -> Measure:
        measure = self._parse(name)
        return measure.judged_by(self._judge) if isinstance(measure, JudgedMeasure) and self._judge else measure

    def _check_families(self, scenario: Scenario, system: SystemSpec) -> None:
        """Note where the judge rates a model of its own family: it favours such replies (spec metrics 0.8)."""
        judge, judged = self._options.judge.get("model", ""), str(system.options.get("model", ""))
        rated = any(isinstance(measure, JudgedMeasure) and measure.judge for measure in scenario.measures)
        if rated and same_family(judge, judged):
            note = f"{scenario.name}: the judge {judge} rates {judged}, a model of the same family, which it may favour"
            self.notes.append(note)

    def origins(self, unit: Unit) -> dict[str, tuple[str, str]]:
        """Return scenario file and scenario by the name of each endpoint of ``unit`` that is made from data alone.

        Those of a user's own system are not: another process would have to import the user's code.
        """
        spec = unit.scenario.system
        ours = spec is not None and (
            spec.service is not None or spec.target in (DEFAULT_SYSTEM, MODEL_SYSTEM, *RETRIEVERS)
        )
        names = set(unit.endpoints) - getattr(unit.system, "here", frozenset())
        names = names if ours else names - set(unit.system.endpoints)
        return dict.fromkeys(names, (unit.scenario.where.file, unit.scenario.name))

    def adapt(self, found: object, dataset: Dataset) -> AnySystem:
        """Return the system for an object a test made; its replies are never reused by another session."""
        from robustcore.systems.adapt import adapt

        self._objects.append(found)  # kept alive, so that no later object is taken for this one
        name = f"object-{len(self._objects)}-{time.time_ns():x}"
        return adapt(found, name=name, dataset=dataset, version="", options={})

    def dataset(self, spec: DataSpec) -> Dataset:
        """Return the data for ``spec``, read once."""
        key = repr(replace(spec, where=None))
        if key not in self._datasets:
            self._datasets[key] = read_data(spec, self._bundled)
        return self._datasets[key]

    def _unit(self, scenario: Scenario) -> Unit:
        dataset = self.dataset(self._data_spec(scenario))
        system = self._system_spec(scenario)
        self._check_families(scenario, system)
        if self._options.items:
            scenario = replace(scenario, items=self._options.items)  # type: ignore[arg-type]  # argparse choices
        if self._options.inconclusive:
            gates = tuple(replace(gate, inconclusive=self._options.inconclusive) for gate in scenario.gates)  # type: ignore[arg-type]
            scenario = replace(scenario, gates=gates)
        return Unit(
            replace(scenario, system=system),
            dataset,
            lambda: self.system(system, dataset),
            measures=(self._default_measure,),
            slim=scenario.items == "group",
            aides=self.aides,
        )

    def _system_spec(self, scenario: Scenario) -> SystemSpec:
        if self._options.model:
            return SystemSpec(target=MODEL_SYSTEM, options=self._options.model)
        if self._options.system:
            return SystemSpec(target=self._options.system)
        return scenario.system or SystemSpec(target=self._options.default_system or DEFAULT_SYSTEM)

    def _data_spec(self, scenario: Scenario) -> DataSpec:
        options = self._options
        spec = scenario.data
        if options.data is not None:
            spec = DataSpec(sources=(str(options.data),), where=None)
        if spec is None:
            problem = Problem(
                what=f"scenario {scenario.name!r} names no data",
                where=scenario.where,
                choices=self._bundled,
                fix="add `data: {corpus: ..., questions: ...}` or run with --robust-data PATH",
            )
            raise InputError(problem)
        return replace(spec, sample=options.sample, seed=options.seed) if options.sample else spec

    def _build(self, spec: SystemSpec, dataset: Dataset) -> AnySystem:
        from robustcore.systems.adapt import adapt, resolve_target

        if spec.service is not None:
            from robustcore.systems import http

            return http.build(dataset, spec.service, version=spec.version)
        if spec.target == MODEL_SYSTEM:
            from robustcore.systems import model_rag

            return model_rag.build(dataset, spec.options, version=spec.version, cache=self._cache)
        if spec.target in RETRIEVERS:
            from robustcore.systems.retrieval.names import build

            return build(spec.target, dataset, spec.options, cache=self._cache)
        if spec.target == DEFAULT_SYSTEM:
            from robustcore.systems.embedded import EmbeddedSystem

            return EmbeddedSystem.build(dataset, cache=self._cache, **spec.options)
        named = self._systems()
        hooked = spec.target in named
        found = named[spec.target] if hooked else self._import(spec, named, resolve_target)
        return adapt(
            found,
            name=spec.target,
            dataset=dataset,
            version=spec.version,
            options=spec.options,
            classifiers=self._classifiers,
            sources=self._sources if hooked else (),
            where=spec.where,
        )

    def _import(self, spec: SystemSpec, named: Mapping[str, Any], resolve: Callable[..., object]) -> object:
        if ":" not in spec.target:
            problem = Problem(
                what=f"unknown system {spec.target!r}",
                where=spec.where,
                choices=(DEFAULT_SYSTEM, MODEL_SYSTEM, *RETRIEVERS, *sorted(named), "package.module:attribute"),
                fix=suggest(spec.target, named)
                or "name a system of the pytest_robust_systems hook in conftest.py, or a Python path with a colon",
            )
            raise InputError(problem)
        return resolve(spec.target, self._search, where=spec.where)
