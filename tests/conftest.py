"""Options and fixtures for the whole suite."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--datasets", type=Path, default=None, help="folder with the public datasets some tests need")


@pytest.fixture(scope="session")
def datasets(request: pytest.FixtureRequest) -> Path:
    """Return the folder given with ``--datasets``; without it the test is skipped."""
    folder: Path | None = request.config.getoption("--datasets")
    if folder is None:
        pytest.skip("needs --datasets DIR")
    return folder
