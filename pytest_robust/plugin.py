"""The entry point. Without ``--robust`` it declares options and one fixture, and does nothing else.

Everything that costs time is imported by `pytest_configure`, and only when a run asks for scenarios.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_robust.options import add_options, wanted

if TYPE_CHECKING:
    from pytest_robust.fixtures import Robust


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare options."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks of hookspecs.py."""
    from pytest_robust import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Register the hooks that do the work, if this run wants them."""
    if wanted(config):
        from pytest_robust.hooks import RobustHooks

        config.pluginmanager.register(RobustHooks.of(config), "robust-hooks")


@pytest.fixture
def robust(request: pytest.FixtureRequest) -> Robust:
    """Ask systems and score answers in a hand-written test, with the session's ledger; skipped without ``--robust``."""
    if not wanted(request.config):
        pytest.skip("needs --robust")
    from pytest_robust.fixtures import Robust

    return Robust.of(request)
