"""Random histories on PostgreSQL; those on the other engine are in a file of their own, so that both run at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .histories.run import HISTORIES, run_histories

if TYPE_CHECKING:
    from ...support.world import World


@pytest.fixture
def engine_name() -> str:
    return "postgresql"


def test_any_history_leaves_every_unit_where_it_should_be(world: World) -> None:
    assert run_histories(world) >= HISTORIES
