"""Use cases of custody: take charge of a new batch, ship, receive; and who holds what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from ..batches import packing
from ..batches import service as batches
from ..batches.model import Batch
from ..batches.service import NewBatch
from ..catalog import service as catalog
from ..catalog.model import LICENSED_KINDS, ProductKind
from ..codes.model import Level
from ..codes.service import Outcome, Resolver
from ..kernel import limits
from ..kernel.clock import day_in_china
from ..kernel.errors import Conflict, InvalidInput, NotKnown
from ..kernel.ids import new_id
from ..kernel.intervals import Interval, united
from ..ledger import service as ledger
from ..ledger.model import Subject
from ..parties import service as parties
from ..parties.model import Activity, Actor, Party, Role
from ..store.database import Database, UnitOfWork
from . import store
from .model import (
    CustodyState,
    Holding,
    Inbound,
    Movement,
    MovementKind,
    Picture,
    Span,
    coverage_faults,
    overlapping,
    rewritten,
)

TRADING_ROLES = frozenset({Role.MANUFACTURER, Role.DISTRIBUTOR, Role.OUTLET})
MAX_PICTURE_ROWS = 64
"""Spans, or intervals moved, of a batch whose custody is kept in memory whole: about 20 KiB."""

MAX_OFFENDERS = 100
"""Offending codes named in one refusal."""


@dataclass(frozen=True, slots=True)
class Goods:
    """Units of one batch that an act is about: sorted, disjoint intervals."""

    batch_id: UUID
    intervals: tuple[Interval, ...]


def register_batch(work: UnitOfWork, actor: Actor, new: NewBatch) -> Batch:
    """Registers a batch and puts all of it in its maker's hands, in one transaction.

    Raises what `batches.service.register` raises.
    """
    batch = batches.register(work, actor, new)
    store.add_span(work.connection, batch.batch_id, Span(0, batch.size, batch.maker_id))
    return batch


def goods_of_codes(database: Database, resolver: Resolver, texts: Sequence[str]) -> list[Goods]:
    """What scanned codes stand for: units, cartons and pallets mixed, of any batches. A code scanned twice counts once.

    Raises InvalidInput `custody.no_codes`, `custody.too_many_codes`, and `custody.unusable_codes` naming the first
    hundred that are malformed or unknown: then nothing of the request is done.
    """
    if not texts:
        raise InvalidInput("custody.no_codes", field="codes")
    if len(texts) > limits.MAX_CODES_PER_REQUEST:
        raise InvalidInput("custody.too_many_codes", field="codes", maximum=limits.MAX_CODES_PER_REQUEST)
    scanned: dict[UUID, list[tuple[Level, int]]] = {}
    offenders: list[str] = []
    for text in texts:
        resolution = resolver.resolve(text)
        if resolution.outcome is not Outcome.KNOWN or resolution.batch_id is None:
            offenders.append(text[:60])
        else:
            scanned.setdefault(resolution.batch_id, []).append((resolution.level, resolution.index))
    if offenders:
        raise InvalidInput(
            "custody.unusable_codes", field="codes", count=len(offenders), codes=offenders[:MAX_OFFENDERS]
        )
    goods: list[Goods] = []
    with database.read() as connection:
        for batch_id, places in scanned.items():
            batch = batches.require_batch(connection, batch_id)
            contents = packing.contents_of(connection, batch)
            units = united(units for level, index in places for units in contents.units_in(level, index))
            goods.append(Goods(batch_id, units))
    return goods


def ship(work: UnitOfWork, actor: Actor, from_id: UUID, to_id: UUID, goods: Sequence[Goods]) -> list[Movement]:
    """Sends goods to another party; they stay the sender's until received. One movement per batch, all or nothing.

    Raises InvalidInput `custody.receiver`, `custody.receiver_role`, `custody.no_codes`, `custody.outside_batch`;
    NotKnown `party.unknown`, `batch.unknown`; NotAllowed `access.other_party`, `licence.*` (the receiver's); Conflict
    `custody.batch_stopped`, `custody.not_held` with what is in the way.
    """
    actor.require_self(from_id)
    parties.require_party(work.connection, from_id, "from_id")
    if from_id == to_id:
        raise InvalidInput("custody.receiver", field="to_id")
    receiver = parties.require_party(work.connection, to_id, "to_id")
    if not receiver.roles & TRADING_ROLES:
        raise InvalidInput("custody.receiver_role", field="to_id", party=receiver.name)
    shipped: list[Movement] = []
    for batch, intervals in _each_batch(work.connection, goods):
        stops = batches.open_stops(work.connection, batch.batch_id)
        if stops:
            raise Conflict(
                "custody.batch_stopped", field="codes", batch_number=batch.batch_number, kind=stops[0].kind.value
            )
        _require_licence(work, receiver, batch)
        transfer_id = new_id()

        def send(span: Span, transfer_id: UUID = transfer_id) -> Span:
            return replace(span, state=CustodyState.IN_TRANSIT, receiver_id=to_id, transfer_id=transfer_id)

        for interval in intervals:
            around = store.spans_around(work.connection, batch.batch_id, interval)
            for part in overlapping(around, interval):
                if part.holder_id != from_id or part.state is not CustodyState.HELD:
                    raise Conflict(
                        "custody.not_held",
                        field="codes",
                        batch_number=batch.batch_number,
                        first=part.start,
                        last=part.stop - 1,
                        state="in_transit" if part.holder_id == from_id else "other_holder",
                    )
            store.replace_spans(work.connection, batch.batch_id, around, rewritten(around, interval, send))
        shipped.append(
            _record(
                work, actor, batch.batch_id, transfer_id, MovementKind.SHIP, transfer_id, (from_id, to_id), intervals
            )
        )
    return shipped


def receive(work: UnitOfWork, actor: Actor, to_id: UUID, goods: Sequence[Goods]) -> list[Movement]:
    """Takes in goods that were shipped to `to_id`; from then on they are its own. One movement per shipment.

    A stopped batch can be received: the goods are there, and the record must say so.

    Raises InvalidInput `custody.no_codes`, `custody.outside_batch`; NotKnown `party.unknown`, `batch.unknown`;
    NotAllowed `access.other_party`, `licence.*`; Conflict `custody.not_in_transit` for what was not shipped to
    `to_id` or is received already.
    """
    actor.require_self(to_id)
    receiver = parties.require_party(work.connection, to_id, "to_id")
    received: list[Movement] = []
    for batch, intervals in _each_batch(work.connection, goods):
        _require_licence(work, receiver, batch)
        by_transfer: dict[tuple[UUID, UUID], list[Interval]] = {}
        for interval in intervals:
            around = store.spans_around(work.connection, batch.batch_id, interval)
            for part in overlapping(around, interval):
                if part.receiver_id != to_id or part.transfer_id is None:
                    raise Conflict(
                        "custody.not_in_transit",
                        field="codes",
                        batch_number=batch.batch_number,
                        first=part.start,
                        last=part.stop - 1,
                        state="received" if part.holder_id == to_id else "not_shipped_to_you",
                    )
                by_transfer.setdefault((part.transfer_id, part.holder_id), []).append(Interval(part.start, part.stop))

            def take(span: Span) -> Span:
                return Span(span.start, span.stop, to_id)

            store.replace_spans(work.connection, batch.batch_id, around, rewritten(around, interval, take))
        for (transfer_id, from_id), parts in by_transfer.items():
            received.append(
                _record(
                    work,
                    actor,
                    batch.batch_id,
                    new_id(),
                    MovementKind.RECEIVE,
                    transfer_id,
                    (from_id, to_id),
                    united(parts),
                )
            )
    return received


def receive_transfer(work: UnitOfWork, actor: Actor, to_id: UUID, batch_id: UUID, transfer_id: UUID) -> list[Movement]:
    """Takes in all that is still on its way in one shipment.

    Raises NotKnown `transfer.unknown`; Conflict `custody.received_before` where nothing is left; and what `receive`
    raises.
    """
    actor.require_self(to_id)
    shipment = store.find_shipment(work.connection, batch_id, transfer_id)
    if shipment is None or shipment.to_id != to_id:
        raise NotKnown("transfer.unknown", field="transfer_id")
    parts = store.spans_in_transfer(work.connection, batch_id, transfer_id)
    if not parts:
        raise Conflict("custody.received_before", field="transfer_id")
    return receive(work, actor, to_id, [Goods(batch_id, tuple(Interval(part.start, part.stop) for part in parts))])


def holdings(connection: Connection, holder_id: UUID) -> list[Holding]:
    return store.holdings(connection, holder_id)


def inbound(connection: Connection, receiver_id: UUID) -> list[Inbound]:
    return store.inbound(connection, receiver_id)


def spans_of(connection: Connection, batch_id: UUID) -> list[Span]:
    return store.spans_of(connection, batch_id)


def picture(database: Database, batch_id: UUID) -> Picture | None:
    """All of a batch's custody, to be kept in memory; None for a batch that has been divided too finely for that."""
    return store.picture(database, batch_id, MAX_PICTURE_ROWS)


def locate(database: Database, batch_id: UUID, start: int, stop: int) -> tuple[Span, bool]:
    """The span that holds unit `start`, and whether units up to `stop` lie in others too. One index seek.

    Raises NotKnown `batch.unknown` for a unit outside any batch.
    """
    span = store.span_at(database, batch_id, start)
    if span is None or span.stop <= start:
        raise NotKnown("batch.unknown", field="batch_id", batch=batch_id)
    return span, span.stop < stop


def way(database: Database, batch_id: UUID, position: int) -> list[Movement]:
    """The movements of one unit, oldest first, at most MAX_WAY_STEPS; their intervals are left empty."""
    return [
        Movement(batch_id, transfer_id, kind, transfer_id, from_id, to_id, occurred_at, ())
        for kind, transfer_id, from_id, to_id, occurred_at in store.way(
            database, batch_id, position, limits.MAX_WAY_STEPS
        )
    ]


def broken_batches(connection: Connection) -> list[str]:
    """One line per batch whose spans do not cover it exactly once; empty when custody is whole."""
    return [
        f"batch {batch.batch_number} ({batch.batch_id}): {fault}"
        for batch in batches.all_batches(connection)
        for fault in coverage_faults(store.spans_of(connection, batch.batch_id), batch.size)
    ]


def _each_batch(connection: Connection, goods: Sequence[Goods]) -> Iterable[tuple[Batch, tuple[Interval, ...]]]:
    """The goods by batch, in one fixed order, so that two requests never wait for each other crosswise."""
    gathered: dict[UUID, list[Interval]] = {}
    for part in goods:
        gathered.setdefault(part.batch_id, []).extend(part.intervals)
    if not any(gathered.values()):
        raise InvalidInput("custody.no_codes", field="codes")
    for batch_id in sorted(gathered):
        batch = batches.require_batch(connection, batch_id)
        for interval in gathered[batch_id]:
            if not 0 <= interval.start < interval.stop <= batch.size:
                raise InvalidInput("custody.outside_batch", field="spans", batch_number=batch.batch_number)
        if gathered[batch_id]:
            yield batch, united(gathered[batch_id])


def _require_licence(work: UnitOfWork, receiver: Party, batch: Batch) -> None:
    """A dealer's licence on the day. For seed in unopened packs a filing will do.

    Source: 农药管理条例 art. 24; 兽药管理条例 art. 22; 种子法 arts 31, 38.
    """
    if receiver.party_id == batch.maker_id:
        return
    kind = catalog.require_product(work.connection, batch.product_id).kind
    if kind not in LICENSED_KINDS:
        return
    activities = (Activity.TRADE, Activity.FILING) if kind is ProductKind.SEED else (Activity.TRADE,)
    parties.require_licence(work.connection, receiver, activities, kind.value, day_in_china(work.now))


def _record(
    work: UnitOfWork,
    actor: Actor,
    batch_id: UUID,
    movement_id: UUID,
    kind: MovementKind,
    transfer_id: UUID,
    ends: tuple[UUID, UUID],
    intervals: tuple[Interval, ...],
) -> Movement:
    from_id, to_id = ends
    movement = Movement(batch_id, movement_id, kind, transfer_id, from_id, to_id, work.now, intervals)
    store.add_movement(work.connection, movement)
    ledger.append(
        work,
        Subject.BATCH,
        batch_id,
        "custody.shipped" if kind is MovementKind.SHIP else "custody.received",
        {
            "movement_id": movement_id,
            "transfer_id": transfer_id,
            "from_id": from_id,
            "to_id": to_id,
            "spans": [[interval.start, interval.stop] for interval in intervals],
        },
        actor.party_id,
    )
    return movement
