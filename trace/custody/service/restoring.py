"""Acts that make goods again what they were: a wrong scan undone, seized goods released.

Every movement kept what it found, so both are exact, however the units were divided before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from uuid import UUID

from ...batches import service as batches
from ...batches.model import Batch
from ...kernel import limits
from ...kernel.errors import Conflict, NotKnown
from ...kernel.ids import new_id
from ...kernel.intervals import Interval, united
from ...kernel.normalise import require_text
from ...parties import service as parties
from ...parties.model import Actor, Role
from ...store.database import UnitOfWork
from .. import store
from ..model import CustodyState, Movement, MovementKind, Span, parts_in, rewritten_at
from ..rules import RULES, UNDO_WITHIN
from .act import PLAIN, Circumstances, moment_of, record
from .discrepancies import close_undone
from .goods import Goods, codes_meeting, each_batch


def undo(
    work: UnitOfWork, actor: Actor, party_id: UUID, batch_id: UUID, movement_id: UUID, how: Circumstances = PLAIN
) -> Movement:
    """Takes back a wrong scan: the goods are again what they were, and both the movement and its undo stay on record.

    By the party that acted, at the same site, within UNDO_WITHIN, and never after anybody acted on any of the goods
    since.

    Raises NotKnown `movement.unknown`; Conflict `undo.kind`, `undo.done_before`, `undo.too_late`, `undo.other_site`,
    `undo.acted_on` with the units in the way, `discrepancy.settled`; InvalidInput `text.missing` without a reason.
    """
    actor.require_self(party_id)
    reason = require_text(how.reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    done = store.find_movement(work.connection, batch_id, movement_id)
    if done is None or done.party_id != party_id:
        raise NotKnown("movement.unknown", field="movement_id")
    _require_undoable(work, done, how)
    batch = batches.require_batch(work.connection, batch_id)
    before = store.before_of(work.connection, batch_id, movement_id)
    around = store.spans_around(work.connection, batch_id, done.intervals)
    parts = parts_in(around, done.intervals)
    for part in parts:
        if part.movement_id != movement_id:
            raise Conflict(
                "undo.acted_on",
                field="movement_id",
                batch_number=batch.batch_number,
                first=part.start,
                last=part.stop - 1,
            )
    undo_id = new_id()
    _give_back(work, batch_id, around, before, None)
    store.mark_undone(work.connection, batch_id, movement_id, undo_id)
    undone = record(
        work,
        actor,
        Movement(
            batch_id=batch_id,
            movement_id=undo_id,
            kind=MovementKind.UNDO,
            transfer_id=done.transfer_id,
            from_id=done.to_id,
            to_id=done.from_id,
            occurred_at=work.now,
            intervals=done.intervals,
            party_id=party_id,
            site_id=how.site_id,
            is_return=done.is_return,
            reason=reason,
            recorded_at=work.now,
            undoes_id=movement_id,
        ),
        parts,
        {},
    )
    close_undone(work, actor, done)
    return undone


def release(
    work: UnitOfWork, actor: Actor, authority_id: UUID, goods: Sequence[Goods], how: Circumstances = PLAIN
) -> list[Movement]:
    """Gives seized goods back: they are what they were when they were seized. Source: 行政强制法 art. 28.

    Raises NotAllowed `access.role`; InvalidInput `text.missing` without a reason, `custody.captured_*`; NotKnown
    `site.unknown`; Conflict `custody.not_held` for what this authority has not seized; and what `goods.each_batch`
    raises.
    """
    actor.require_self(authority_id)
    actor.require_role(Role.REGULATOR)
    reason = require_text(how.reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    if how.site_id is not None:
        parties.require_site(work.connection, authority_id, how.site_id)
    released: list[Movement] = []
    for batch, part in each_batch(work.connection, goods):
        released += _release_batch(work, actor, authority_id, batch, part, replace(how, reason=reason))
    return released


def _release_batch(
    work: UnitOfWork, actor: Actor, authority_id: UUID, batch: Batch, goods: Goods, how: Circumstances
) -> list[Movement]:
    around = store.spans_around(work.connection, batch.batch_id, goods.intervals)
    seized = parts_in(around, goods.intervals)
    _require_seized(authority_id, batch, goods, seized)
    by_seizure: dict[UUID, list[Interval]] = {}
    for part in seized:
        if part.movement_id is not None:
            by_seizure.setdefault(part.movement_id, []).append(part.interval)
    found = (
        parts_in(store.before_of(work.connection, batch.batch_id, movement_id), intervals)
        for movement_id, intervals in by_seizure.items()
    )
    before = sorted(chain.from_iterable(found), key=lambda each: each.start)
    occurred_at = moment_of(work, batch, how)
    movement_ids = {holder_id: new_id() for holder_id in dict.fromkeys(earlier.holder_id for earlier in before)}
    _give_back(work, batch.batch_id, around, before, movement_ids)
    return [
        record(
            work,
            actor,
            Movement(
                batch_id=batch.batch_id,
                movement_id=movement_id,
                kind=MovementKind.RELEASE,
                transfer_id=movement_id,
                from_id=authority_id,
                to_id=holder_id,
                occurred_at=occurred_at,
                intervals=united(each.interval for each in before if each.holder_id == holder_id),
                party_id=authority_id,
                site_id=how.site_id,
                reason=how.reason,
                recorded_at=work.now,
            ),
            parts_in(seized, [each.interval for each in before if each.holder_id == holder_id]),
            {},
        )
        for holder_id, movement_id in movement_ids.items()
    ]


def _give_back(
    work: UnitOfWork,
    batch_id: UUID,
    around: list[Span],
    before: Sequence[Span],
    movement_ids: dict[UUID, UUID] | None,
) -> None:
    """Writes what the spans were (`before`, in order): with the movement that had made them so, or with a new one by
    holder."""
    starts = [earlier.start for earlier in before]

    def change(part: Span) -> Span:
        earlier = replace(before[bisect_right(starts, part.start) - 1], start=part.start, stop=part.stop)
        return earlier if movement_ids is None else replace(earlier, movement_id=movement_ids[earlier.holder_id])

    after = rewritten_at(around, [earlier.interval for earlier in before], change)
    store.replace_spans(work.connection, batch_id, around, after)


def _require_undoable(work: UnitOfWork, done: Movement, how: Circumstances) -> None:
    if not RULES[done.kind].can_be_undone:
        raise Conflict("undo.kind", field="movement_id", kind=done.kind.value)
    if done.undone_by_id is not None:
        raise Conflict("undo.done_before", field="movement_id")
    if work.now - (done.recorded_at or done.occurred_at) > UNDO_WITHIN:
        raise Conflict("undo.too_late", field="movement_id", days=UNDO_WITHIN.days)
    if how.site_id != done.site_id:
        raise Conflict("undo.other_site", field="site_id")


def _require_seized(authority_id: UUID, batch: Batch, goods: Goods, parts: Sequence[Span]) -> None:
    for part in parts:
        if part.holder_id != authority_id or part.state is not CustodyState.SEIZED:
            raise Conflict(
                "custody.not_held",
                field="codes",
                batch_number=batch.batch_number,
                first=part.start,
                last=part.stop - 1,
                state="other_holder" if part.holder_id != authority_id else part.state.value,
                codes=codes_meeting(goods, [part.interval]),
            )
