"""What did not arrive as it was shipped: opened by the receipt, open until the parties settle it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection

from ...batches import service as batches
from ...kernel import limits
from ...kernel.errors import Conflict, InvalidInput, NotKnown
from ...kernel.ids import new_id
from ...kernel.intervals import Interval
from ...kernel.normalise import require_text
from ...ledger import service as ledger
from ...ledger.model import Subject
from ...parties import service as parties
from ...parties.model import Actor
from ...store.database import UnitOfWork
from .. import discrepancy_store as store
from .. import store as custody_store
from ..model import Discrepancy, DiscrepancyKind, Movement, MovementKind, Outcome
from .act import Circumstances, Ends, Order, move, require_dealer
from .goods import Goods, by_condition

SETTLEMENTS: dict[DiscrepancyKind, frozenset[Outcome]] = {
    DiscrepancyKind.SHORT: frozenset({Outcome.NOT_SENT, Outcome.LOST}),
    DiscrepancyKind.OVER: frozenset({Outcome.SENT, Outcome.RETURNED}),
    DiscrepancyKind.DAMAGED: frozenset({Outcome.ACCEPTED}),
}
"""What the parties may settle on. A shortage also ends by itself when the missing goods arrive."""

BY_SENDER = frozenset({Outcome.NOT_SENT, Outcome.LOST, Outcome.SENT})
"""Outcomes that say something of the sender's goods: only the sender can settle on them."""


def open_discrepancy(
    work: UnitOfWork,
    actor: Actor,
    kind: DiscrepancyKind,
    receipt: Movement,
    batch_id: UUID,
    intervals: Sequence[Interval],
    note: str,
) -> Discrepancy:
    """Records what of a receipt did not match. Called by the receipt."""
    found = Discrepancy(
        batch_id=batch_id,
        discrepancy_id=new_id(),
        kind=kind,
        transfer_id=receipt.transfer_id,
        movement_id=receipt.movement_id,
        from_id=receipt.from_id,
        to_id=receipt.to_id,
        opened_at=work.now,
        note=note,
        intervals=tuple(intervals),
    )
    store.add(work.connection, found)
    ledger.append(
        work,
        Subject.BATCH,
        batch_id,
        "custody.discrepancy_opened",
        {
            "discrepancy_id": found.discrepancy_id,
            "kind": kind,
            "transfer_id": found.transfer_id,
            "movement_id": found.movement_id,
            "note": note,
            "spans": [[interval.start, interval.stop] for interval in intervals],
        },
        actor.party_id,
    )
    return found


def settle(
    work: UnitOfWork, actor: Actor, party_id: UUID, batch_id: UUID, discrepancy_id: UUID, outcome: Outcome, note: str
) -> Discrepancy:
    """Settles a discrepancy, and moves the goods that it is about accordingly.

    Of what was missing the sender says that it never left or that it is lost; of a surplus the sender says that it was
    sent (then it is the receiver's), or either party that it went back; of damage either party that it is accepted.

    Raises NotKnown `discrepancy.unknown`; InvalidInput `discrepancy.outcome`, `text.*`; NotAllowed `access.*`,
    `licence.*`; Conflict `discrepancy.settled`, `discrepancy.sender_only`, `custody.not_held` where the goods have gone
    elsewhere meanwhile.
    """
    actor.require_self(party_id)
    found = store.find(work.connection, batch_id, discrepancy_id)
    if found is None or party_id not in (found.from_id, found.to_id):
        raise NotKnown("discrepancy.unknown", field="discrepancy_id")
    if found.settled_at is not None:
        raise Conflict("discrepancy.settled", field="discrepancy_id")
    if outcome not in SETTLEMENTS[found.kind]:
        allowed = ", ".join(sorted(SETTLEMENTS[found.kind]))
        raise InvalidInput("discrepancy.outcome", field="outcome", allowed=allowed)
    if outcome in BY_SENDER and party_id != found.from_id:
        raise Conflict("discrepancy.sender_only", field="outcome")
    note = require_text(note, "note", limits.MAX_NOTE_CHARACTERS, required=True)
    goods = [Goods(found.batch_id, found.intervals)]
    how = Circumstances(reason=note)
    if found.kind is DiscrepancyKind.SHORT:
        missing = _still_missing(work, found)
        sound, damaged = by_condition(work.connection, missing, [found.transfer_id])
        ended = {
            Outcome.LOST: {MovementKind.SETTLE_LOST: missing},
            Outcome.NOT_SENT: {MovementKind.SETTLE_FOUND: sound, MovementKind.SETTLE_FOUND_DAMAGED: damaged},
        }
        for kind, some in ended[outcome].items():
            if some.intervals:  # none where an authority has taken the goods on their way
                move(work, actor, _end_of_shipment(found, kind, how), [some])
    elif outcome is Outcome.SENT:
        batch = batches.require_batch(work.connection, batch_id)
        require_dealer(work, parties.require_party(work.connection, found.to_id), batch, work.now)
        move(work, actor, _handing_over(found, how), goods)
    return _close(work, actor, found, outcome, note)


def list_discrepancies(connection: Connection, party_id: UUID, *, is_open: bool = True) -> list[Discrepancy]:
    """Discrepancies a party is sender or receiver of, the newest first, at most MAX_PAGE_ROWS."""
    return store.of_party(connection, party_id, is_open=is_open, most=limits.MAX_PAGE_ROWS)


def has_open_shortage(connection: Connection, batch_id: UUID, transfer_id: UUID) -> bool:
    return bool(_open_shortages(connection, batch_id, transfer_id))


def settle_shortage(work: UnitOfWork, actor: Actor, batch_id: UUID, transfer_id: UUID, outcome: Outcome) -> None:
    """Ends the open shortages of a shipment of which nothing is on its way any more."""
    for found in _open_shortages(work.connection, batch_id, transfer_id):
        _close(work, actor, found, outcome, "")


def close_undone(work: UnitOfWork, actor: Actor, receipt: Movement) -> None:
    """Ends what a receipt opened that is taken back. Raises Conflict `discrepancy.settled` where the other party has
    acted on it."""
    for found in store.of_movement(work.connection, receipt.movement_id):
        if found.settled_at is not None:
            raise Conflict("discrepancy.settled", field="movement_id")
        _close(work, actor, found, Outcome.UNDONE, "")


def _open_shortages(connection: Connection, batch_id: UUID, transfer_id: UUID) -> list[Discrepancy]:
    return [
        found
        for found in store.of_transfer(connection, batch_id, transfer_id)
        if found.kind is DiscrepancyKind.SHORT and found.settled_at is None
    ]


def _still_missing(work: UnitOfWork, found: Discrepancy) -> Goods:
    rest = custody_store.spans_in_transfer(work.connection, found.batch_id, found.transfer_id)
    return Goods(found.batch_id, tuple(span.interval for span in rest))


def _end_of_shipment(found: Discrepancy, kind: MovementKind, how: Circumstances) -> Order:
    ends = Ends(found.from_id, found.from_id, found.transfer_id)
    return Order(kind, found.from_id, lambda _: ends, how)


def _handing_over(found: Discrepancy, how: Circumstances) -> Order:
    ends = Ends(found.from_id, found.to_id)
    return Order(MovementKind.SETTLE_OVER, found.from_id, lambda _: ends, how)


def _close(work: UnitOfWork, actor: Actor, found: Discrepancy, outcome: Outcome, note: str) -> Discrepancy:
    store.settle(work.connection, found, outcome, work.now, actor.party_id, note)
    ledger.append(
        work,
        Subject.BATCH,
        found.batch_id,
        "custody.discrepancy_settled",
        {"discrepancy_id": found.discrepancy_id, "outcome": outcome, "note": note},
        actor.party_id,
    )
    return replace(found, outcome=outcome, settled_at=work.now, settled_by_id=actor.party_id, settlement_note=note)
