"""Where goods went, and where they came from, with names: for the wire, the pages and the command line alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ..trace.batches import service as batches
from ..trace.codes.model import Level
from ..trace.custody import service
from ..trace.custody.model import CustodyState, Movement, MovementKind
from ..trace.kernel.errors import InvalidInput
from ..trace.parties import service as parties
from ..trace.parties.model import Party
from .instance import Instance


@dataclass(frozen=True, slots=True)
class HolderDocument:
    """Units of a batch with one holder in one state, at one of its sites."""

    holder_id: UUID
    holder: str
    site_id: UUID | None
    state: CustodyState
    units: int


@dataclass(frozen=True, slots=True)
class StepDocument:
    """One movement of a unit: what was done, who answered for it before and after, when."""

    movement_id: UUID
    kind: MovementKind
    is_return: bool
    from_id: UUID
    sender: str
    to_id: UUID
    receiver: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class SupplyDocument:
    """What one supplier brought of one batch in a period."""

    supplier_id: UUID
    supplier: str
    batch_id: UUID
    batch_number: str
    receipts: int
    units: int
    last_at: datetime


def holders_of(instance: Instance, batch_id: UUID) -> list[HolderDocument]:
    """Every present holder of a batch. Raises NotKnown `batch.unknown`."""
    with instance.database.read() as connection:
        batches.require_batch(connection, batch_id)
        found = service.holders(connection, batch_id)
        names = _names(parties.list_parties(connection, {each.holder_id for each in found}))
    return [
        HolderDocument(each.holder_id, names[each.holder_id], each.site_id, each.state, each.units) for each in found
    ]


def way_of(instance: Instance, code: str) -> list[StepDocument]:
    """The movements of a unit. Raises InvalidInput `code.*`, `custody.no_unit`; NotKnown `code.unknown`."""
    found = instance.resolver.resolve(code)
    batch_id = found.require_batch_id("code")
    if found.level is not Level.UNIT:
        raise InvalidInput("custody.no_unit", field="code")
    steps = service.way(instance.database, batch_id, found.index)
    with instance.database.read() as connection:
        names = _names(
            parties.list_parties(connection, {each for step in steps for each in (step.from_id, step.to_id)})
        )
    return [_step(step, names) for step in steps]


def suppliers_of(instance: Instance, party_id: UUID, since: datetime, until: datetime) -> list[SupplyDocument]:
    """Raises NotKnown `party.unknown`; InvalidInput `period.reversed`."""
    with instance.database.read() as connection:
        parties.require_party(connection, party_id)
        found = service.supplies(connection, party_id, since, until)
        names = _names(parties.list_parties(connection, {each.supplier_id for each in found}))
        numbers = {
            batch.batch_id: batch.batch_number
            for batch in batches.list_batches_by_id(connection, {each.batch_id for each in found})
        }
    return [
        SupplyDocument(
            supplier_id=each.supplier_id,
            supplier=names[each.supplier_id],
            batch_id=each.batch_id,
            batch_number=numbers[each.batch_id],
            receipts=each.receipts,
            units=each.units,
            last_at=each.last_at,
        )
        for each in found
    ]


def _step(step: Movement, names: dict[UUID, str]) -> StepDocument:
    return StepDocument(
        movement_id=step.movement_id,
        kind=step.kind,
        is_return=step.is_return,
        from_id=step.from_id,
        sender=names[step.from_id],
        to_id=step.to_id,
        receiver=names[step.to_id],
        occurred_at=step.occurred_at,
    )


def _names(found: Iterable[Party]) -> dict[UUID, str]:
    return {party.party_id: party.name for party in found}
