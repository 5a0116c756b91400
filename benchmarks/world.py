"""A throw-away installation to measure: a maker with one pesticide, and a dealer.

On SQLite in a temporary folder, or in a database named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr
from stdnum.cn import uscc

from suiyuan.api.instance import Instance, open_instance
from suiyuan.api.settings import Settings
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.batches.service import NewBatch
from suiyuan.trace.catalog.model import Ingredient, ProductKind
from suiyuan.trace.catalog.service import NewProduct, register_product
from suiyuan.trace.custody.model import Interval
from suiyuan.trace.custody.service import Goods, receive, register_batch, ship
from suiyuan.trace.kernel.units import Unit
from suiyuan.trace.parties.model import OPERATOR, Activity, Party, Role
from suiyuan.trace.parties.service import NewLicence, NewParty, record_licence, register_party
from suiyuan.trace.store.database import UnitOfWork

MASTER_KEY = "5e" * 32
"""Only for measuring: a key in source code protects nothing."""


class World:
    """The installation and one product to make batches of."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.settings = Settings(database_url=url, master_key=SecretStr(MASTER_KEY))
        self.instance: Instance = open_instance(self.settings)
        write = self.instance.database.write
        maker = self._party("91640104BENCH0001", "示范测速农药厂", Role.MANUFACTURER, Activity.PRODUCTION)
        self.dealer = self._party("91640122BENCH0002", "示范测速经销部", Role.DISTRIBUTOR, Activity.TRADE)
        self.maker = maker
        product = NewProduct(
            holder_id=maker.party_id,
            kind=ProductKind.PESTICIDE,
            name="5%阿维菌素乳油",
            registration_number="PD20990001",
            shelf_life_days=730,
            composition=(Ingredient("阿维菌素", Decimal(5), Unit.PERCENT),),
        )
        self.product = write(lambda work: register_product(work, OPERATOR, product))
        self._made = 0

    def _party(self, stem: str, name: str, role: Role, activity: Activity) -> Party:
        new = NewParty(
            credit_code=stem + uscc.calc_check_digit(stem),
            name=name,
            region_code=stem[2:8],
            roles=frozenset({role}),
        )
        licence = NewLicence("示范", activity, "pesticide", date(2020, 1, 1), date(2099, 1, 1))

        def act(work: UnitOfWork) -> Party:
            party = register_party(work, OPERATOR, new)
            record_licence(work, OPERATOR, party.party_id, licence)
            return party

        return self.instance.database.write(act)

    def deliver(self, batch: Batch, start: int, stop: int) -> None:
        """Ships units `[start, stop)` to the dealer and has them received."""
        goods = [Goods(batch.batch_id, (Interval(start, stop),))]
        sender, receiver = self.maker.party_id, self.dealer.party_id
        self.instance.database.write(lambda work: ship(work, OPERATOR, sender, receiver, goods))
        self.instance.database.write(lambda work: receive(work, OPERATOR, receiver, goods))

    def register(self, size: int) -> Batch:
        self._made += 1
        new = NewBatch(
            product_id=self.product.product_id,
            batch_number=f"B{self._made:06d}",
            production_on=date(2026, 3, 1),
            size=size,
            units_per_carton=20,
            cartons_per_pallet=50,
            pack_code="001",
        )
        return self.instance.database.write(lambda work: register_batch(work, OPERATOR, new))


@contextmanager
def world(url: str = "") -> Iterator[World]:
    with TemporaryDirectory() as folder:
        made = World(Path(folder), url or f"sqlite:///{folder}/bench.db")
        try:
            yield made
        finally:
            made.instance.close()
