"""A YAML file as a module of real parametrized functions: one per scenario, one more for its gates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import FunctionType, ModuleType
from typing import Any

import pytest

from pytest_robust.items import Cell, Spec
from pytest_robust.keys import SESSION, SPEC
from robustcore.case import Condition
from robustcore.errors import InputError, Location
from robustcore.gates.cells import cell_of, conditions_of
from robustcore.gates.types import Gate
from robustcore.scenario.unit import PASS_RATE, Unit

ARGUMENT = "robust_spec"


class RobustFile(pytest.Module):
    """A scenario file. pytest collects functions from the module object that `_getobj` makes of the YAML."""

    def _getobj(self) -> ModuleType:
        """Return the module. pytest's one private point we override; tests/acceptance/test_collect.py guards it."""
        module = ModuleType(re.sub(r"\W", "_", self.path.name), f"Robustness scenarios of {self.path.name}.")
        module.__file__ = str(self.path)
        try:
            units = self.config.stash[SESSION].load(self.path)
        except InputError as error:
            raise self.CollectError(str(error)) from None
        for unit in units:
            for function in _functions(unit, self.config):
                setattr(module, function.__name__, function)
        return module

    def funcnamefilter(self, name: str) -> bool:
        """Every function of the module is a test, whatever its name."""
        return not name.startswith("__")

    def classnamefilter(self, name: str) -> bool:
        """There are no classes."""
        return False


def spec_of(item: pytest.Item) -> Spec | None:
    """Return the spec of one of our items, None for any other item."""
    spec = item.stash.get(SPEC, None)
    if spec is None and isinstance(item.parent, RobustFile):
        spec = item.callspec.params[ARGUMENT]  # type: ignore[attr-defined]  # a pytest.Function
        item.stash[SPEC] = spec
    return spec


def _functions(unit: Unit, config: pytest.Config) -> Iterator[Callable[..., None]]:
    scenario = unit.scenario
    marks = [_mark(tag, config) for tag in scenario.tags]
    specs = list(_group_specs(unit) if scenario.items == "group" else _case_specs(unit))
    yield _function(scenario.slug, scenario.where, specs, marks, scenario.claim)
    gates = [spec for gate in scenario.gates for spec in _gate_specs(unit, gate)]
    if gates:
        where = scenario.gates[0].where or scenario.where
        yield _function(f"{scenario.slug}_gate", where, gates, marks, "Gates of the scenario.")
    if config.stash[SESSION].options.baseline is not None:
        where = scenario.gates[0].where or scenario.where if gates else scenario.where
        compared = list(_baseline_specs(unit))
        yield _function(f"{scenario.slug}_baseline", where, compared, marks, "The scenario against the baseline.")


def _case_specs(unit: Unit) -> Iterator[tuple[str, Spec]]:
    for condition in unit.scenario.conditions:
        alone = (condition,)  # one for all its cases: each object more is one more for every garbage collection
        for case in unit.cases(condition):
            yield case.id, Spec(unit, "case", alone, case)


def _group_specs(unit: Unit) -> Iterator[tuple[str, Spec]]:
    for condition in unit.scenario.conditions:
        yield condition.name, Spec(unit, "group", (condition,))


def _gate_specs(unit: Unit, gate: Gate) -> Iterator[tuple[str, Spec]]:
    cells: dict[Cell, list[Condition]] = {}
    for condition in conditions_of(gate, unit.scenario.conditions):
        cells.setdefault(cell_of(gate, condition), []).append(condition)
    for cell, conditions in cells.items():
        parts = [re.sub(r"[^\w.@+<>=-]+", "_", gate.name).strip("_"), *(value for _, value in cell)]
        yield "-".join(parts), Spec(unit, "gate", tuple(conditions), gate=gate, cell=cell)


def _baseline_specs(unit: Unit) -> Iterator[tuple[str, Spec]]:
    """Yield one comparison per gate cell, or that of the pass rate where there is no gate."""
    gates = unit.scenario.gates or (Gate(name=PASS_RATE, measure=PASS_RATE, at_least=0.0),)
    seen: set[tuple[str, Cell]] = set()
    for gate in gates:
        for label, spec in _gate_specs(unit, gate):
            if (gate.measure, spec.cell) in seen:
                continue  # two thresholds on one thing are one comparison
            seen.add((gate.measure, spec.cell))
            yield label, replace(spec, kind="baseline")


def _function(
    name: str, where: Location, specs: list[tuple[str, Spec]], marks: list[Any], doc: str
) -> Callable[..., None]:
    """Return a real function whose code object points into the YAML, parametrized by ``specs``."""
    code = _template.__code__.replace(co_filename=where.file, co_firstlineno=max(where.line, 1), co_name=name)
    function = FunctionType(code, {}, name)
    function.__doc__ = doc
    function.pytestmark = [  # type: ignore[attr-defined]  # where pytest keeps the marks of a function
        *marks,
        pytest.mark.parametrize(ARGUMENT, [spec for _, spec in specs], ids=[label for label, _ in specs]).mark,
    ]
    return function


def _template(robust_spec: Spec) -> None:
    """Do nothing: the outcome is looked up in setup and told in the call, see hooks.py."""


def _mark(tag: str, config: pytest.Config) -> Any:
    name = re.sub(r"\W", "_", tag)
    config.addinivalue_line("markers", f"{name}: tag of robustness scenarios")
    return getattr(pytest.mark, name).mark
