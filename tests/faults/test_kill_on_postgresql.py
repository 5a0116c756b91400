"""Killed again and again over PostgreSQL; the other engine has a file of its own, so that both run at once."""

from __future__ import annotations

import pytest

from .conftest import Depot
from .killing import kill_again_and_again


@pytest.fixture
def engine_name() -> str:
    return "postgresql"


def test_killed_again_and_again(depot: Depot, engine_name: str) -> None:
    kill_again_and_again(depot, engine_name)
