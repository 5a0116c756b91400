"""What a party does with its own stock: move it between sites, unpack and re-pack, write off, destroy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from ...batches import packing
from ...batches import service as batches
from ...batches.contents import Packages, PackingException
from ...batches.model import Batch
from ...kernel import limits
from ...kernel.clock import day_in_china
from ...kernel.errors import Conflict, InvalidInput
from ...kernel.normalise import require_text
from ...parties.model import Actor
from ...store.database import UnitOfWork
from .. import store
from ..model import CustodyState, Movement, MovementKind, WriteOffCause, overlapping
from .act import PLAIN, Circumstances, move, own
from .goods import Goods


def relocate(
    work: UnitOfWork,
    actor: Actor,
    party_id: UUID,
    to_site_id: UUID | None,
    goods: Sequence[Goods],
    how: Circumstances = PLAIN,
) -> list[Movement]:
    """Moves goods to another site of the same party; None: to no stated site.

    Raises NotKnown `site.unknown`; Conflict `site.closed`; and what `act.move` raises.
    """
    return move(work, actor, own(MovementKind.RELOCATE, party_id, replace(how, site_id=to_site_id)), goods)


def unpack(
    work: UnitOfWork, actor: Actor, party_id: UUID, goods: Sequence[Goods], how: Circumstances = PLAIN
) -> list[Movement]:
    """Breaks cartons up: their units are in no carton any more, and the cartons' codes stand for nothing.

    Raises what `act.move` and `batches.packing.place_exception` raise.
    """
    return _packed(work, actor, MovementKind.UNPACK, party_id, None, goods, how)


def repack(
    work: UnitOfWork,
    actor: Actor,
    party_id: UUID,
    carton_index: int,
    goods: Sequence[Goods],
    how: Circumstances = PLAIN,
) -> list[Movement]:
    """Puts units of one batch into a carton of that batch, beside what is in it already.

    Raises InvalidInput `custody.several_batches` for units of more than one batch, `packing.container`; Conflict
    `custody.not_held` also where what is in the carton already is not the party's; and what `act.move` raises.
    """
    batch_ids = {part.batch_id for part in goods if part.intervals}
    if len(batch_ids) > 1:
        raise InvalidInput("custody.several_batches", field="codes")
    return _packed(work, actor, MovementKind.REPACK, party_id, carton_index, goods, how)


def write_off(
    work: UnitOfWork,
    actor: Actor,
    party_id: UUID,
    cause: WriteOffCause,
    goods: Sequence[Goods],
    how: Circumstances = PLAIN,
) -> list[Movement]:
    """Takes goods out of the stock for good: expired, damaged, lost, used.

    Raises Conflict `custody.not_expired` where they are said to be expired and are not; and what `act.move` raises.
    """
    order = own(MovementKind.WRITE_OFF, party_id, how, cause=cause)
    moved = move(work, actor, order, goods)
    if cause is WriteOffCause.EXPIRED:
        for movement in moved:
            batch = batches.require_batch(work.connection, movement.batch_id)
            if batch.expires_on >= day_in_china(movement.occurred_at):
                raise Conflict("custody.not_expired", field="cause", batch_number=batch.batch_number)
    return moved


def destroy(
    work: UnitOfWork, actor: Actor, party_id: UUID, goods: Sequence[Goods], how: Circumstances = PLAIN
) -> list[Movement]:
    """Records that goods were destroyed: damaged or written off, by who had them; seized, by the authority; samples, by
    the agency.

    Raises InvalidInput `text.missing` without a reason; and what `act.move` raises.
    """
    require_text(how.reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    return move(work, actor, own(MovementKind.DESTROY, party_id, how), goods)


def _packed(
    work: UnitOfWork,
    actor: Actor,
    kind: MovementKind,
    party_id: UUID,
    carton_index: int | None,
    goods: Sequence[Goods],
    how: Circumstances,
) -> list[Movement]:
    order = own(kind, party_id, how, carton_index=carton_index)
    moved = move(work, actor, order, goods)
    for movement in moved:
        batch = batches.require_batch(work.connection, movement.batch_id)
        for interval in movement.intervals:
            exception = PackingException(0, interval.start, interval.stop, carton_index, how.reason or kind.value)
            packing.place_exception(work, actor, batch, exception)
        if carton_index is not None:
            _require_whole(work, party_id, batch, carton_index)
    return moved


def _require_whole(work: UnitOfWork, party_id: UUID, batch: Batch, carton_index: int) -> None:
    """Raises Conflict `custody.not_held` where the carton holds units that are not in the party's hands."""
    carton = Packages(batch.batch_id, 1, carton_index, carton_index + 1)
    for batch_id, inside in packing.units_of(work.connection, [carton]).items():
        around = store.spans_around(work.connection, batch_id, inside)
        for part in (part for interval in inside for part in overlapping(around, interval)):
            if part.holder_id != party_id or part.state is not CustodyState.HELD:
                raise Conflict(
                    "custody.not_held",
                    field="carton",
                    batch_number=batch.batch_number,
                    first=part.start,
                    last=part.stop - 1,
                    state="other_holder" if part.holder_id != party_id else part.state.value,
                )
