"""Where the plugin keeps its state: typed keys, nothing stuck on pytest's objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_robust.items import Spec
    from pytest_robust.outcomes import Outcome
    from pytest_robust.session import RobustSession

SESSION: pytest.StashKey[RobustSession] = pytest.StashKey()
OUTCOME: pytest.StashKey[Outcome] = pytest.StashKey()
SPEC: pytest.StashKey[Spec] = pytest.StashKey()
