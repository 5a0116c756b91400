"""From hand to hand: ship, return, receive, refuse; and what does not match on arrival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from ...batches.model import Batch
from ...kernel import limits
from ...kernel.errors import Conflict, InvalidInput, NotKnown
from ...kernel.intervals import united, without
from ...kernel.normalise import require_text
from ...parties import service as parties
from ...parties.model import Actor, Party, Role
from ...store.database import UnitOfWork
from .. import store
from ..model import (
    RECEIPTS,
    SHIPMENTS,
    CustodyState,
    DiscrepancyKind,
    Movement,
    MovementKind,
    Outcome,
    Span,
    overlapping,
    parts_in,
)
from .act import PLAIN, Circumstances, Ends, Order, move_each, require_dealer
from .discrepancies import has_open_shortage, open_discrepancy, settle_shortage
from .goods import Goods, by_condition, each_batch

TRADING_ROLES = frozenset({Role.MANUFACTURER, Role.DISTRIBUTOR, Role.OUTLET})


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a receipt differs from what was shipped.

    `damaged`: goods that arrived and are not fit for sale. `is_complete`: nothing more will come of the shipments that
    any of the goods belong to; what of them has not arrived is short. `with_surplus`: goods among those received that
    were not shipped may stand as a surplus of their sender, instead of refusing the receipt.
    """

    damaged: tuple[Goods, ...] = ()
    is_complete: bool = False
    with_surplus: bool = False
    note: str = ""


AS_SHIPPED = Arrival()


def ship(
    work: UnitOfWork, actor: Actor, from_id: UUID, to_id: UUID, goods: Sequence[Goods], how: Circumstances = PLAIN
) -> list[Movement]:
    """Sends goods to another party; they stay the sender's until received. One movement per batch, all or nothing.

    Raises InvalidInput `custody.receiver`, `custody.receiver_role`; NotKnown `party.unknown`; NotAllowed `licence.*`
    (the receiver's); and what `act.move` raises: `custody.not_held`, `custody.batch_stopped`, `custody.expired`, ….
    """
    receiver = _require_receiver(work, actor, from_id, to_id)
    parts = list(each_batch(work.connection, goods))
    for batch, _ in parts:
        require_dealer(work, receiver, batch, how.captured_at or work.now)
    return move_each(work, actor, _shipment(MovementKind.SHIP, from_id, to_id, how), parts)


def send_back(
    work: UnitOfWork, actor: Actor, from_id: UUID, to_id: UUID, goods: Sequence[Goods], how: Circumstances = PLAIN
) -> list[Movement]:
    """Returns goods to a supplier they came from, or to their maker: a recall's return leg, damaged or expired goods.

    Allowed whatever stops the batch, and without a licence of the receiver: the goods must be able to go back.

    Raises InvalidInput `text.missing` without a reason, `custody.receiver`; Conflict `custody.not_a_supplier` for a
    party they never came from; NotKnown `party.unknown`; and what `act.move` raises.
    """
    require_text(how.reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    receiver = _require_receiver(work, actor, from_id, to_id)
    parts = list(each_batch(work.connection, goods))
    for batch, part in parts:
        if to_id != batch.maker_id:
            _require_supplier(work, batch, part, from_id, receiver)
    return move_each(work, actor, _shipment(MovementKind.RETURN, from_id, to_id, how), parts)


def receive(
    work: UnitOfWork,
    actor: Actor,
    to_id: UUID,
    goods: Sequence[Goods],
    how: Circumstances = PLAIN,
    arrival: Arrival = AS_SHIPPED,
) -> list[Movement]:
    """Takes in goods that were shipped to `to_id`; from then on they are its own. One movement per shipment.

    A stopped batch can be received: the goods are there, and the record must say so. What does not match opens a
    discrepancy, which stays open until settled.

    Raises NotKnown `party.unknown`; NotAllowed `licence.*`; Conflict `custody.not_in_transit` for what was not shipped
    to `to_id` or is received already; and what `act.move` raises.
    """
    actor.require_self(to_id)
    receiver = parties.require_party(work.connection, to_id, "to_id")
    note = require_text(arrival.note, "note", limits.MAX_NOTE_CHARACTERS)
    surplus = _surplus_of(work, to_id, goods) if arrival.with_surplus else {}
    announced = [_without(part, surplus[part.batch_id]) if part.batch_id in surplus else part for part in goods]
    spoilt = _parts_of(work, arrival.damaged)
    sound = _parts_of(work, announced) if spoilt else list(each_batch(work.connection, announced))
    damaged = move_each(work, actor, _receipt(MovementKind.RECEIVE_DAMAGED, to_id, how), spoilt)
    received = damaged + move_each(work, actor, _receipt(MovementKind.RECEIVE, to_id, how), sound)
    known = {batch.batch_id: batch for batch, _ in (*spoilt, *sound)}
    for movement in received:
        if not movement.is_return:
            require_dealer(work, receiver, known[movement.batch_id], movement.occurred_at)
    for movement in damaged:
        open_discrepancy(work, actor, DiscrepancyKind.DAMAGED, movement, movement.batch_id, movement.intervals, note)
    _open_surplus(work, actor, surplus, received, note)
    for batch_id, transfer_id in dict.fromkeys((each.batch_id, each.transfer_id) for each in received):
        rest = store.spans_in_transfer(work.connection, batch_id, transfer_id)
        if not rest:
            settle_shortage(work, actor, batch_id, transfer_id, Outcome.ARRIVED)
        elif arrival.is_complete and not has_open_shortage(work.connection, batch_id, transfer_id):
            receipt = next(each for each in received if each.transfer_id == transfer_id)
            missing = united(span.interval for span in rest)
            open_discrepancy(work, actor, DiscrepancyKind.SHORT, receipt, batch_id, missing, note)
    return received


def receive_transfer(
    work: UnitOfWork, actor: Actor, to_id: UUID, batch_id: UUID, transfer_id: UUID, how: Circumstances = PLAIN
) -> list[Movement]:
    """Takes in all that is still on its way in one shipment.

    Raises NotKnown `transfer.unknown`; Conflict `custody.received_before` where nothing is left; and what `receive`
    raises.
    """
    return receive(work, actor, to_id, [_rest_of(work, actor, to_id, batch_id, transfer_id)], how)


def refuse(
    work: UnitOfWork, actor: Actor, to_id: UUID, goods: Sequence[Goods], how: Circumstances = PLAIN
) -> list[Movement]:
    """Declines goods that are on their way to `to_id`: they are the sender's again, as it had them, with the reason.

    Raises InvalidInput `text.missing` without a reason; and what `receive` raises.
    """
    require_text(how.reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    damaged: list[tuple[Batch, Goods]] = []
    sound: list[tuple[Batch, Goods]] = []
    for batch, part in each_batch(work.connection, goods):
        around = parts_in(store.spans_around(work.connection, batch.batch_id, part.intervals), part.intervals)
        transfer_ids = {
            each.transfer_id for each in around if each.receiver_id == to_id and each.transfer_id is not None
        }
        intact, broken = by_condition(work.connection, part, transfer_ids)
        sound += [(batch, intact)] if intact.intervals else []
        damaged += [(batch, broken)] if broken.intervals else []
    refused: list[Movement] = []
    for kind, some in ((MovementKind.REFUSE, sound), (MovementKind.REFUSE_DAMAGED, damaged)):
        order = Order(kind, to_id, lambda part: Ends(to_id, part.holder_id, part.transfer_id), how)
        refused += move_each(work, actor, order, some)
    for movement in refused:
        if not store.spans_in_transfer(work.connection, movement.batch_id, movement.transfer_id):
            settle_shortage(work, actor, movement.batch_id, movement.transfer_id, Outcome.RETURNED)
    return refused


def refuse_transfer(
    work: UnitOfWork, actor: Actor, to_id: UUID, batch_id: UUID, transfer_id: UUID, how: Circumstances = PLAIN
) -> list[Movement]:
    """Declines all that is still on its way in one shipment. Raises as `receive_transfer` and `refuse` do."""
    return refuse(work, actor, to_id, [_rest_of(work, actor, to_id, batch_id, transfer_id)], how)


def _shipment(kind: MovementKind, from_id: UUID, to_id: UUID, how: Circumstances) -> Order:
    ends = Ends(from_id, to_id)
    return Order(kind, from_id, lambda _: ends, how)


def _receipt(kind: MovementKind, to_id: UUID, how: Circumstances) -> Order:
    return Order(kind, to_id, lambda part: Ends(part.holder_id, to_id, part.transfer_id), how)


def _parts_of(work: UnitOfWork, goods: Sequence[Goods]) -> list[tuple[Batch, Goods]]:
    """The goods by batch, where there are any."""
    return list(each_batch(work.connection, goods)) if any(part.intervals for part in goods) else []


def _surplus_of(work: UnitOfWork, to_id: UUID, goods: Sequence[Goods]) -> dict[UUID, list[Span]]:
    """By batch: what of the goods was not shipped to `to_id` and is held by a party that shipped it others of them."""
    parts: dict[UUID, list[Span]] = {}
    for batch, part in _parts_of(work, goods):
        around = store.spans_around(work.connection, batch.batch_id, part.intervals)
        parts[batch.batch_id] = parts_in(around, part.intervals)
    senders = {part.holder_id for found in parts.values() for part in found if part.receiver_id == to_id}
    return {
        batch_id: [part for part in found if part.state is CustodyState.HELD and part.holder_id in senders]
        for batch_id, found in parts.items()
    }


def _without(goods: Goods, surplus: Sequence[Span]) -> Goods:
    taken = [span.interval for span in surplus]
    return replace(goods, intervals=united(left for each in goods.intervals for left in without(each, taken)))


def _open_surplus(
    work: UnitOfWork, actor: Actor, surplus: dict[UUID, list[Span]], received: Sequence[Movement], note: str
) -> None:
    for batch_id, spans in surplus.items():
        for from_id in dict.fromkeys(span.holder_id for span in spans):
            receipt = next(each for each in received if each.from_id == from_id)
            units = united(span.interval for span in spans if span.holder_id == from_id)
            open_discrepancy(work, actor, DiscrepancyKind.OVER, receipt, batch_id, units, note)


def _require_receiver(work: UnitOfWork, actor: Actor, from_id: UUID, to_id: UUID) -> Party:
    actor.require_self(from_id)
    parties.require_party(work.connection, from_id, "from_id")
    if from_id == to_id:
        raise InvalidInput("custody.receiver", field="to_id")
    receiver = parties.require_party(work.connection, to_id, "to_id")
    if not receiver.roles & TRADING_ROLES:
        raise InvalidInput("custody.receiver_role", field="to_id", party=receiver.name)
    return receiver


def _require_supplier(work: UnitOfWork, batch: Batch, goods: Goods, from_id: UUID, supplier: Party) -> None:
    """Raises Conflict `custody.not_a_supplier` unless all of the goods came to `from_id` from `supplier`."""
    around = store.spans_around(work.connection, batch.batch_id, goods.intervals)
    for interval in goods.intervals:
        for part in overlapping(around, interval):
            if part.holder_id == from_id and not _came_from(work, batch.batch_id, part, supplier.party_id):
                raise Conflict(
                    "custody.not_a_supplier",
                    field="to_id",
                    party=supplier.name,
                    batch_number=batch.batch_number,
                    first=part.start,
                    last=part.stop - 1,
                )


def _came_from(work: UnitOfWork, batch_id: UUID, part: Span, supplier_id: UUID) -> bool:
    """Whether all units of a span came to their holder from `supplier_id`, at whatever step of the way back.

    What a party once sent back it did not supply: a return makes nobody a supplier.
    """
    here = [part]
    for _ in range(limits.MAX_WAY_STEPS):
        earlier: list[Span] = []
        by_movement: dict[UUID, list[Span]] = {}
        for span in here:
            if span.movement_id is None:
                return False
            by_movement.setdefault(span.movement_id, []).append(span)
        for movement_id, spans in by_movement.items():
            movement = store.find_movement(work.connection, batch_id, movement_id)
            if movement is None:
                return False
            if movement.kind in RECEIPTS and not movement.is_return and movement.from_id == supplier_id:
                continue
            before = store.before_of(work.connection, batch_id, movement_id)
            earlier += [each for span in spans for each in overlapping(before, span.interval)]
        if not earlier:
            return True
        here = earlier
    return False


def _rest_of(work: UnitOfWork, actor: Actor, to_id: UUID, batch_id: UUID, transfer_id: UUID) -> Goods:
    actor.require_self(to_id)
    shipment = store.find_movement(work.connection, batch_id, transfer_id)
    if shipment is None or shipment.to_id != to_id or shipment.kind not in SHIPMENTS:
        raise NotKnown("transfer.unknown", field="transfer_id")
    rest = store.spans_in_transfer(work.connection, batch_id, transfer_id)
    if not rest:
        raise Conflict("custody.received_before", field="transfer_id")
    return Goods(batch_id, tuple(span.interval for span in rest))
