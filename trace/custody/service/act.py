"""The one way in which goods move: check every span against the table of rules, rewrite it, record the movement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from ...batches import service as batches
from ...batches.model import Batch
from ...catalog import restrictions
from ...catalog import service as catalog
from ...catalog.model import LICENSED_KINDS, Product, ProductKind
from ...kernel import limits
from ...kernel.clock import day_in_china
from ...kernel.errors import Conflict, InvalidInput
from ...kernel.ids import new_id
from ...kernel.intervals import united
from ...kernel.normalise import require_text
from ...ledger import service as ledger
from ...ledger.model import Subject
from ...parties import service as parties
from ...parties.model import Activity, Actor, Party, Role
from ...store.database import UnitOfWork
from ...store.hot import together
from .. import store
from ..model import Movement, MovementKind, Span, parts_in, rewritten_at
from ..rules import RULES, Rule, Who, after
from .goods import MAX_OFFENDERS, Goods, codes_meeting, each_batch

MAX_CLOCK_SKEW = timedelta(minutes=5)
"""How far a client's clock may be ahead of ours before a time it states is called a time in the future."""

EVENTS = {
    MovementKind.SHIP: "custody.shipped",
    MovementKind.RETURN: "custody.returned",
    MovementKind.RECEIVE: "custody.received",
    MovementKind.RECEIVE_DAMAGED: "custody.received_damaged",
    MovementKind.REFUSE: "custody.refused",
    MovementKind.REFUSE_DAMAGED: "custody.refused_damaged",
    MovementKind.RELOCATE: "custody.relocated",
    MovementKind.UNPACK: "custody.unpacked",
    MovementKind.REPACK: "custody.repacked",
    MovementKind.SELL: "custody.sold",
    MovementKind.TAKE_BACK: "custody.taken_back",
    MovementKind.WRITE_OFF: "custody.written_off",
    MovementKind.SAMPLE: "custody.sampled",
    MovementKind.SEIZE: "custody.seized",
    MovementKind.RELEASE: "custody.released",
    MovementKind.DESTROY: "custody.destroyed",
    MovementKind.SETTLE_FOUND: "custody.settled_found",
    MovementKind.SETTLE_FOUND_DAMAGED: "custody.settled_found_damaged",
    MovementKind.SETTLE_LOST: "custody.settled_lost",
    MovementKind.SETTLE_OVER: "custody.settled_over",
    MovementKind.UNDO: "custody.undone",
}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What every movement may state beside its goods.

    `site_id`: the acting party's site. `captured_at`: when it was done, where it is told to this service only later;
    the clock of whoever captured it is already allowed for.
    """

    site_id: UUID | None = None
    reason: str = ""
    captured_at: datetime | None = None


PLAIN = Circumstances()


@dataclass(frozen=True, slots=True)
class Ends:
    """Who answers for units before a movement and after it, and the shipment it ends, if it ends one."""

    from_id: UUID
    to_id: UUID
    transfer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A movement asked for.

    `ends(part)` says of each part of a span that is moved who answers for it before and after; parts of the same ends
    make one movement. What they become is `rules.after`.
    """

    kind: MovementKind
    party_id: UUID
    ends: Callable[[Span], Ends]
    how: Circumstances = PLAIN
    evidence: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def rule(self) -> Rule:
        return RULES[self.kind]


def own(kind: MovementKind, party_id: UUID, how: Circumstances, **evidence: object) -> Order:
    """An order on a party's own goods, which stay its own. `evidence` goes into the event."""
    ends = Ends(party_id, party_id)
    return Order(kind, party_id, lambda _: ends, how, evidence)


def move(work: UnitOfWork, actor: Actor, order: Order, goods: Sequence[Goods]) -> list[Movement]:
    """Moves goods as ordered: all or nothing, one movement for each batch and pair of ends.

    Raises InvalidInput `custody.no_codes`, `custody.outside_batch`, `custody.captured_*`, `text.*`; NotKnown
    `batch.unknown`, `site.unknown`; NotAllowed `access.*`; Conflict `custody.batch_stopped`, `custody.expired`,
    `custody.not_held`, `custody.not_in_transit`, the last two with what is in the way.
    """
    return move_each(work, actor, order, each_batch(work.connection, goods))


def move_each(work: UnitOfWork, actor: Actor, order: Order, parts: Iterable[tuple[Batch, Goods]]) -> list[Movement]:
    """The same for what `goods.each_batch` gave already. Raises as `move` does."""
    _require_right(actor, order)
    reason = require_text(order.how.reason, "reason", limits.MAX_NOTE_CHARACTERS)
    if order.how.site_id is not None:
        parties.require_site(work.connection, order.party_id, order.how.site_id)
    moved: list[Movement] = []
    for batch, part in parts:
        occurred_at = moment_of(work, batch, order.how)
        _require_movable(work, batch, part, order.rule, occurred_at)
        moved += _move_batch(work, actor, order, batch, part, occurred_at, reason)
    return moved


def _move_batch(
    work: UnitOfWork, actor: Actor, order: Order, batch: Batch, goods: Goods, occurred_at: datetime, reason: str
) -> list[Movement]:
    around = store.spans_around(work.connection, batch.batch_id, goods.intervals)
    parts = parts_in(around, goods.intervals)
    _require_states(order, batch, goods, parts)
    movements: dict[Ends, Movement] = {}
    before: dict[Ends, list[Span]] = {}

    def change(part: Span) -> Span:
        ends = order.ends(part)
        if ends not in movements:
            movements[ends] = _begun(work, order, batch, ends, occurred_at, reason)
        before.setdefault(ends, []).append(part)
        return after(movements[ends], part)

    rewritten_spans = rewritten_at(around, goods.intervals, change)
    with together(work.connection):
        store.replace_spans(work.connection, batch.batch_id, around, rewritten_spans)
        return [
            record(
                work,
                actor,
                replace(movements[ends], intervals=united(part.interval for part in found)),
                found,
                order.evidence,
            )
            for ends, found in before.items()
        ]


def _begun(work: UnitOfWork, order: Order, batch: Batch, ends: Ends, occurred_at: datetime, reason: str) -> Movement:
    """The movement that `order` makes for one pair of ends, without its intervals yet."""
    movement_id = new_id()
    is_return = order.kind is MovementKind.RETURN
    if ends.transfer_id is not None:
        is_return = store.is_return(work.connection, batch.batch_id, ends.transfer_id)
    return Movement(
        batch_id=batch.batch_id,
        movement_id=movement_id,
        kind=order.kind,
        transfer_id=ends.transfer_id or movement_id,
        from_id=ends.from_id,
        to_id=ends.to_id,
        occurred_at=occurred_at,
        intervals=(),
        party_id=order.party_id,
        site_id=order.how.site_id,
        is_return=is_return,
        reason=reason,
        recorded_at=work.now,
    )


def record(
    work: UnitOfWork, actor: Actor, movement: Movement, before: Sequence[Span], evidence: Mapping[str, object]
) -> Movement:
    """Writes a movement and its event; the event's number orders it."""
    event = ledger.append(
        work,
        Subject.BATCH,
        movement.batch_id,
        EVENTS[movement.kind],
        {
            "movement_id": movement.movement_id,
            "transfer_id": movement.transfer_id,
            "from_id": movement.from_id,
            "to_id": movement.to_id,
            "party_id": movement.party_id,
            "site_id": movement.site_id,
            "reason": movement.reason,
            "occurred_at": movement.occurred_at,
            "undoes_id": movement.undoes_id,
            "spans": [[interval.start, interval.stop] for interval in movement.intervals],
            **evidence,
        },
        actor.party_id,
    )
    numbered = replace(movement, sequence=event.sequence)
    store.add_movement(work.connection, numbered, before)
    return numbered


def require_dealer(work: UnitOfWork, party: Party, batch: Batch, on: datetime) -> None:
    """A dealer's licence for the kind on the day; for seed in unopened packs a filing will do; for restricted
    pesticides a designated outlet. The maker needs none for its own goods.

    Raises NotAllowed `licence.*`. Source: 农药管理条例 art. 24; 兽药管理条例 art. 22; 种子法 arts 31, 38; 公告第2567号.
    """
    if party.party_id == batch.maker_id:
        return
    product = catalog.require_product(work.connection, batch.product_id)
    if product.kind not in LICENSED_KINDS:
        return
    is_seed = product.kind is ProductKind.SEED
    activities = (Activity.TRADE, Activity.FILING) if is_seed else (Activity.TRADE,)
    day = day_in_china(on)
    parties.require_licence(work.connection, party, activities, product.kind.value, day)
    require_designated(work, party, product, on)


def require_designated(work: UnitOfWork, party: Party, product: Product, on: datetime) -> None:
    """Raises NotAllowed `licence.not_designated` where restricted goods would go to an outlet not designated."""
    day = day_in_china(on)
    if restrictions.is_designated_only(product, day):
        parties.require_designated(work.connection, party, product.kind.value, day)


def moment_of(work: UnitOfWork, batch: Batch, how: Circumstances) -> datetime:
    """When a movement was done. Raises InvalidInput `custody.captured_in_future`, `custody.captured_before_batch`."""
    if how.captured_at is None:
        return work.now
    if how.captured_at > work.now + MAX_CLOCK_SKEW:
        raise InvalidInput("custody.captured_in_future", field="captured_at")
    if day_in_china(how.captured_at) < batch.production_on:
        raise InvalidInput("custody.captured_before_batch", field="captured_at", batch_number=batch.batch_number)
    return min(how.captured_at, work.now)


def _require_right(actor: Actor, order: Order) -> None:
    actor.require_self(order.party_id)
    if order.rule.who is Who.INSPECTOR:
        actor.require_role(Role.INSPECTION_AGENCY, Role.REGULATOR)
    elif order.rule.who is Who.REGULATOR:
        actor.require_role(Role.REGULATOR)


def _require_movable(work: UnitOfWork, batch: Batch, goods: Goods, rule: Rule, occurred_at: datetime) -> None:
    if not rule.while_stopped:
        for stop in batches.open_stops(work.connection, batch.batch_id):
            if stop.meets(goods.intervals):
                raise Conflict(
                    "custody.batch_stopped",
                    field="codes",
                    batch_number=batch.batch_number,
                    kind=stop.kind.value,
                    codes=codes_meeting(goods, [stop.interval]),
                )
    if not rule.when_expired and day_in_china(occurred_at) > batch.expires_on:
        raise Conflict(
            "custody.expired",
            field="codes",
            batch_number=batch.batch_number,
            expires_on=batch.expires_on,
            codes=codes_meeting(goods, goods.intervals),
        )


def _require_states(order: Order, batch: Batch, goods: Goods, parts: Sequence[Span]) -> None:
    """Raises Conflict with every part that is not as the rule wants it: which units, in which state, by which codes."""
    is_receipt = order.rule.who is Who.RECEIVER
    obstacles = [(part.interval, state) for part in parts if (state := _obstacle(order, part)) is not None]
    if not obstacles:
        return
    first, state = obstacles[0]
    raise Conflict(
        "custody.not_in_transit" if is_receipt else "custody.not_held",
        field="codes",
        batch_number=batch.batch_number,
        first=first.start,
        last=first.stop - 1,
        state=state,
        units=sum(interval.units for interval, _ in obstacles),
        in_the_way=[f"{interval.start}-{interval.stop - 1}: {state}" for interval, state in obstacles[:MAX_OFFENDERS]],
        codes=codes_meeting(goods, [interval for interval, _ in obstacles]),
    )


def _obstacle(order: Order, part: Span) -> str | None:
    """Why `part` cannot be moved, in one word; None where it can. Says nothing of who else has it."""
    if order.rule.who is Who.RECEIVER:
        if part.receiver_id != order.party_id:
            return "received" if part.holder_id == order.party_id else "not_shipped_to_you"
        return None
    if order.rule.who is Who.HOLDER and part.holder_id != order.party_id:
        return "other_holder"
    return None if part.state in order.rule.outcomes else part.state.value
