"""Gathering what a phone carries. Nothing in it is secret: all of it is said to anybody who scans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import Connection

from ...batches import service as batches
from ...batches.model import SignedBatch, StopKind
from ...catalog import service as catalog
from ...catalog.model import Product
from ...codes import label_keys
from ...inspection import service as inspection
from ...kernel.clock import day_in_china
from ...kernel.errors import UnsafeToRun
from ...kernel.intervals import Interval
from ...parties import service as parties
from ...parties.model import Actor, Role
from ...store.database import Database
from .model import MAX_BATCHES, Carried, CarriedKind, CarriedProduct, CarriedStop

CARRYING_ROLES = (Role.INSPECTION_AGENCY, Role.REGULATOR, Role.OUTLET, Role.DISTRIBUTOR)
"""Who looks at goods of others where there may be no signal."""

_KINDS = {
    StopKind.RECALL: CarriedKind.RECALL,
    StopKind.REGULATOR: CarriedKind.REGULATOR,
    StopKind.FAILED_SPOT_CHECK: CarriedKind.FAILED_SPOT_CHECK,
}
"""A hold under review is quiet: the public answer does not tell it, so neither does what lies on phones."""


def gather(database: Database, actor: Actor) -> Carried:
    """What to carry, as of now: eight queries, however much it is.

    Batches past their last day are left out: their labels say so by themselves. Raises NotAllowed `access.role`;
    UnsafeToRun `carried.too_much` where there are more than MAX_BATCHES.
    """
    actor.require_role(*CARRYING_ROLES)
    made_at = database.clock.now().replace(microsecond=0)  # down, and not all browsers read more
    with database.read() as connection:
        # Whoever judges by it does so up to three days later, and never with a clock before `made_at`.
        signed = batches.list_signed(connection, day_in_china(made_at), MAX_BATCHES + 1)
        if len(signed) > MAX_BATCHES:
            raise UnsafeToRun("carried.too_much", maximum=MAX_BATCHES)
        by_id = {each.product_id: each for each in _products(connection, signed)}
        return Carried(
            made_at=made_at,
            label_keys=tuple(label_keys.list_keys(connection)),
            products=_carried_products(connection, list(by_id.values())),
            stops=_carried_stops(connection, {each.batch_id: each for each in signed}, by_id),
        )


def _products(connection: Connection, signed: Sequence[SignedBatch]) -> list[Product]:
    return catalog.list_products(connection, sorted({each.product_id for each in signed}))


def _carried_products(connection: Connection, products: Sequence[Product]) -> tuple[CarriedProduct, ...]:
    """Those with a registration number: without one a label does not say whose it is."""
    makers = {each.party_id: each.name for each in parties.list_parties(connection, {p.holder_id for p in products})}
    found = {
        CarriedProduct(each.registration_number, each.name, makers[each.holder_id], each.kind)
        for each in products
        if each.registration_number
    }
    return tuple(sorted(found, key=lambda each: (each.registration_number, each.name, each.maker)))


def _carried_stops(
    connection: Connection, signed: dict[UUID, SignedBatch], products: dict[UUID, Product]
) -> tuple[CarriedStop, ...]:
    def carried(batch_id: UUID, kind: CarriedKind, interval: Interval) -> CarriedStop:
        batch = signed[batch_id]
        number = products[batch.product_id].registration_number
        is_whole = interval.start == 0 and interval.stop >= batch.size
        return CarriedStop(number, batch.batch_number, batch.expires_on, kind, interval, is_whole)

    found = {carried(*each) for each in _marks(connection, signed)}
    return tuple(
        sorted(
            found,
            key=lambda each: (
                each.registration_number,
                each.batch_number,
                each.expires_on,
                each.kind,
                each.interval.start,
                each.interval.stop,
            ),
        )
    )


def _marks(connection: Connection, signed: dict[UUID, SignedBatch]) -> Iterator[tuple[UUID, CarriedKind, Interval]]:
    """Stops in force, and final results against a batch: those weigh on all of it even where no stop is in force."""
    for stop in batches.list_open_stops(connection, list(signed)):
        if stop.kind in _KINDS:
            yield stop.batch_id, _KINDS[stop.kind], stop.interval
    for batch_id, is_denied in inspection.final_faults(connection, list(signed)):
        kind = CarriedKind.MAKER_DENIES if is_denied else CarriedKind.FAILED_SPOT_CHECK
        yield batch_id, kind, Interval(0, signed[batch_id].size)
