"""What registration says of batches and parties. It never changes, so it is read once and kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from ...batches import service as batches
from ...batches.model import Batch
from ...catalog import service as catalog
from ...parties import service as parties
from ...parties.model import Party
from ...store.database import Database
from ..model import BatchFacts, ProductFacts

MAX_REMEMBERED = 50_000
"""Registration facts kept in memory, by batch and by party. About 2 KiB each."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Card:
    """What registration says of a batch."""

    batch: Batch
    maker: Party
    product: ProductFacts
    facts: BatchFacts


class Cards:
    """Cards and parties of one database. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cards: dict[Hashable, Card] = {}
        self._parties: dict[Hashable, Party] = {}

    def recall(self, batch_id: UUID) -> Card | None:
        """The card of a batch, if it is in memory."""
        return self._cards.get(batch_id)

    def card(self, batch_id: UUID) -> Card:
        """Raises NotKnown `batch.unknown`."""
        return remembered(self._cards, batch_id, self._read)

    def party(self, party_id: UUID) -> Party:
        return remembered(self._parties, party_id, self._read_party)

    def name_of(self, party_id: UUID | None) -> str:
        return self.party(party_id).name if party_id else ""

    def _read_party(self, party_id: UUID) -> Party:
        with self._database.read() as connection:
            return parties.require_party(connection, party_id)

    def _read(self, batch_id: UUID) -> Card:
        with self._database.read() as connection:
            batch = batches.require_batch(connection, batch_id)
            product = catalog.require_product(connection, batch.product_id)
            maker = parties.require_party(connection, batch.maker_id)
        return Card(
            batch,
            maker,
            ProductFacts(
                product_id=product.product_id,
                kind=product.kind,
                name=product.name,
                brand=product.brand,
                registration_number=product.registration_number,
                formulation=product.formulation,
                composition=product.composition,
                usage=product.usage,
                warnings=product.warnings,
            ),
            BatchFacts(
                batch_id=batch.batch_id,
                batch_number=batch.batch_number,
                production_on=batch.production_on,
                expires_on=batch.expires_on,
                pack_description=batch.pack_description,
                maker_name=maker.name,
                maker_region_code=maker.region_code,
                maker_telephone=maker.telephone,
                contract_maker=batch.contract_maker,
                technical_registration=batch.technical_registration,
                technical_maker=batch.technical_maker,
                factory_result=batch.factory_result,
                factory_report_number=batch.factory_report_number,
                factory_inspected_on=batch.factory_inspected_on,
                ruleset=batch.ruleset,
                is_demonstration=batch.is_demonstration,
                units_carry_codes=batch.units_carry_codes,
                gtin=batch.gtin,
            ),
        )


def remembered(memory: dict[Hashable, T], key: UUID, read: Callable[[UUID], T]) -> T:
    value = memory.get(key)
    if value is None:
        if len(memory) >= MAX_REMEMBERED:
            memory.clear()
        value = memory[key] = read(key)
    return value
