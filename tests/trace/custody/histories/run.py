"""Random histories of one batch, legal acts and illegal ones, against a list with one entry for each unit (plain.py).

Each history runs in one transaction, every act in a savepoint of it, and is rolled back at the end: the use cases are
the same, and no history waits for a commit. That commits are whole is shown elsewhere (tests/faults, test_races.py).

| file          | what is in it                                                      |
|---------------|--------------------------------------------------------------------|
| progress.py   | a history in progress, an act tried on the database and the model  |
| agreement.py  | what holds after each act, and at the end                          |
| trading.py    | acts by which goods go from hand to hand                           |
| keeping.py    | acts on goods that stay, those of authorities, undoing             |
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize
from hypothesis.stateful import run_state_machine_as_test as run_machine

from ..plain import Unit
from .keeping import Keeping
from .progress import WHERE, OneConnection, Where
from .trading import ARRIVAL

if TYPE_CHECKING:
    from ....support.world import World

HISTORIES = 2_000
STEPS = 5
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""A history that fails is shown as found, in seconds; making it shorter through a database takes minutes."""

SHAPES = ((1, 1, 1), (2, 1, 2), (7, 3, 2), (13, 6, 1), (24, 6, 2), (40, 7, 4))
"""(units, units in a carton, cartons on a pallet) of the batches that histories are about."""

SHELF_DAYS = 12
"""So that some histories go on after the goods expired."""


class History(Keeping):
    @initialize(shape=st.integers(0, len(SHAPES) - 1), hands=st.integers(0, 3), where=WHERE, arrival=ARRIVAL)
    def choose_batch(self, shape: int, hands: int, where: Where, arrival: str) -> None:
        """A history begins at the maker, or after goods have gone through some hands."""
        self.batch = self.batches[shape]
        self.units = [Unit(self.batch.maker_id)] * self.batch.size
        self.carton_of = [place // self.batch.packing.units_per_carton for place in range(self.batch.size)]
        for hand in range(1, hands + 1):
            self.hand_over((9, where[1], where[2], where[3]), hand, arrival, site=hand % 2)


def run_histories(world: World) -> int:
    """Runs HISTORIES of them and says how many were run to their end."""
    made = [
        world.register_batch(
            world.vet_drug,
            size=size,
            units_per_carton=per_carton,
            cartons_per_pallet=per_pallet,
            expires_on=world.today() + timedelta(days=SHELF_DAYS),
        )
        for size, per_carton, per_pallet in SHAPES
    ]
    url = world.database.engine.url.render_as_string(hide_password=False)

    class Here(History):
        pass

    Here.world, Here.batches = world, made
    Here.sites = {party.party_id: world.site(party).site_id for party in History.parties_of(world)}
    Here.database = OneConnection(url, world.clock)
    Here.ended = 0
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    try:
        run_machine(
            Here,
            settings=settings(
                max_examples=HISTORIES,
                stateful_step_count=STEPS,
                deadline=None,
                phases=PHASES,
                suppress_health_check=checks,
            ),
        )
    finally:
        Here.database.close()
    return Here.ended
