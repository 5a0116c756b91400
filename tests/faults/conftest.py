"""A batch with many cartons in its maker's hands, and keys to ship them with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level
from suiyuan.trace.codes.service import Resolver
from suiyuan.trace.kernel.clock import SystemClock
from suiyuan.trace.parties import access
from suiyuan.trace.parties.model import OPERATOR
from suiyuan.trace.store.database import Database

from ..api.running import Installation
from ..support.world import World

CARTONS = 3_200
UNITS_PER_CARTON = 12


@dataclass(frozen=True)
class Depot:
    """An installation, its batch, the codes of the cartons, and who ships to whom."""

    installation: Installation
    batch: Batch
    cartons: tuple[str, ...]
    maker_key: str
    distributor_key: str
    maker_id: str
    distributor_id: str


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def depot(
    engine_name: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    known_world: World,
    keyring: Keyring,
) -> Depot:
    """World and batch are made in this process; the server finds them in the database."""
    make: Callable[[str], str] = request.getfixturevalue(f"new_{engine_name}_url")
    url = make("world")
    installation = Installation(tmp_path, database_url=url, environment={"SUIYUAN_MASTER_KEY": bytes(range(32)).hex()})
    clock = SystemClock()
    database = Database(url, clock)
    try:
        world = World(database, known_world.clock, keyring, Resolver(database, keyring), known_world)
        size = CARTONS * UNITS_PER_CARTON
        batch = world.register_batch(size=size, units_per_carton=UNITS_PER_CARTON, cartons_per_pallet=50)
        with database.read() as connection:
            cartons = tuple(
                batches.code_of(connection, keyring, batch, Level.CARTON, index) for index in range(CARTONS)
            )
        keys = [
            database.write(lambda work, party=party: access.issue_key(work, OPERATOR, party.party_id, "")).secret
            for party in (world.maker, world.distributor)
        ]
    finally:
        database.close()
    maker_id, distributor_id = (str(party.party_id) for party in (known_world.maker, known_world.distributor))
    return Depot(installation, batch, cartons, keys[0], keys[1], maker_id, distributor_id)
