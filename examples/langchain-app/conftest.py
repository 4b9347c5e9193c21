"""What pytest-robust is told about this application: which systems it can put to the test."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.hookimpl(optionalhook=True)  # the application's own tests run without pytest-robust, too
def pytest_robust_systems(config: pytest.Config) -> dict[str, Any]:
    """``museum`` is the factory of the RAG's parts; ``museum-chain`` the finished chain, as the web site calls it."""
    from app import rag

    return {"museum": rag.build, "museum-chain": rag.chain}
