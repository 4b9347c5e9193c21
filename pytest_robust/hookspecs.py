"""Hooks that an application's conftest.py (or another plugin) may implement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from robustcore.calls.failures import Classifier


@pytest.hookspec
def pytest_robust_systems(config: pytest.Config) -> dict[str, Any] | None:
    """Return systems under test by name, for ``system: NAME`` in scenarios and for ``--robust-system``.

    A value is anything that ``system:`` may point to: a callable, a factory ``build(corpus)``, a LangChain Runnable,
    or an object with ``retrieve`` and ``read``. Called once, after collection options are known; names must be unique.
    """


@pytest.hookspec
def pytest_robust_error_kinds(config: pytest.Config) -> list[Classifier] | None:
    """Return functions that name the kind of an exception.

    Each gets the exception and returns ``"infra_error"`` (nobody's fault: an ERROR), ``"system_error"`` (the judged
    system broke: a FAILED case if its clean twin worked) or None to leave it to the next one.
    """


@pytest.hookspec
def pytest_robust_operators(config: pytest.Config, registry: Any) -> None:
    """Register perturbation operators of this repository: ``registry.add(operator.name, operator)``."""
