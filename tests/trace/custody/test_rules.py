"""The table of states and movements: as people read it (plain.py), as the code has it, and as the database obeys it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch, StopKind
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import RESTORING, SHIPMENTS, CustodyState, Movement, MovementKind, Span, WriteOffCause
from suiyuan.trace.custody.rules import RULES, Who, after
from suiyuan.trace.custody.service import Arrival, Circumstances
from suiyuan.trace.custody.service.act import EVENTS, Ends, Order, move
from suiyuan.trace.kernel.errors import Conflict
from suiyuan.trace.store.database import UnitOfWork

from .plain import AFTER, RIGHT_OF

if TYPE_CHECKING:
    from ...support.world import World

WHY = Circumstances(reason="试验")
PLACES = {state: place for place, state in enumerate(CustodyState)}
"""One unit in each state."""

MOVES = [kind for kind in MovementKind if kind not in RESTORING]


class RolledBack(Exception):
    """Ends a trial: the next one finds the same goods."""


@pytest.mark.parametrize("kind", MovementKind)
@pytest.mark.parametrize("state", CustodyState)
def test_the_table_in_code_is_the_one_that_people_read(kind: MovementKind, state: CustodyState) -> None:
    written = AFTER[kind].get(state)
    assert (state in RULES[kind].outcomes) is (written is not None)
    if written is not None:
        assert RULES[kind].outcomes[state] == (None if written == "as_before" else written)


@pytest.mark.parametrize("kind", MovementKind)
def test_who_may_do_it_and_with_what_goods_is_as_written(kind: MovementKind) -> None:
    rule = RULES[kind]
    assert {
        "who": rule.who.value,
        "stopped": _yes(rule.while_stopped),
        "expired": _yes(rule.when_expired),
        "undo": _yes(rule.can_be_undone),
    } == RIGHT_OF[kind.value]


def test_both_tables_have_every_movement_and_so_have_the_events() -> None:
    assert set(RULES) == set(AFTER) == {MovementKind(kind) for kind in RIGHT_OF} == set(EVENTS) == set(MovementKind)
    assert len(set(EVENTS.values())) == len(EVENTS)


@pytest.mark.parametrize("state", CustodyState)
@pytest.mark.parametrize("kind", MovementKind)
def test_what_the_table_forbids_is_never_made_nor_what_only_the_record_can_tell(
    kind: MovementKind, state: CustodyState
) -> None:
    one, other = UUID(int=1), UUID(int=2)
    movement = Movement(one, UUID(int=3), kind, UUID(int=3), one, other, datetime(2026, 11, 24, tzinfo=UTC), ())
    span = Span(0, 1, one, state)
    written = AFTER[kind].get(state)
    if written in (None, "as_before"):
        with pytest.raises(KeyError):
            after(movement, span)
    else:
        assert after(movement, span).state is CustodyState(written)


@pytest.mark.parametrize("kind", MOVES)
def test_moving_obeys_the_table_for_every_state(world: World, kind: MovementKind) -> None:
    batch = in_every_state(world)
    spans = spans_by_state(world, batch)
    for state, span in spans.items():
        written = AFTER[kind].get(state)
        if written is not None:
            assert attempt(world, kind, batch, span).state is CustodyState(written)
            continue
        with pytest.raises(Conflict) as caught:
            attempt(world, kind, batch, span)
        is_receipt = RULES[kind].who is Who.RECEIVER
        assert caught.value.code == ("custody.not_in_transit" if is_receipt else "custody.not_held")
        assert caught.value.evidence["state"] == ("not_shipped_to_you" if is_receipt else state.value)
    assert spans_by_state(world, batch) == spans


@pytest.mark.parametrize("state", CustodyState)
def test_release_obeys_the_table_for_every_state(world: World, state: CustodyState) -> None:
    batch = in_every_state(world)
    span = spans_by_state(world, batch)[state]
    place = PLACES[state]
    if state is not CustodyState.SEIZED:
        with pytest.raises(Conflict) as caught:
            world.act(world.regulator, custody.release, world.goods(batch, (place, place + 1)), WHY)
        assert caught.value.code == "custody.not_held"
        assert spans_by_state(world, batch)[state] == span
        return
    world.act(world.regulator, custody.release, world.goods(batch, (place, place + 1)), WHY)
    with world.database.read() as connection:
        released = next(span for span in custody.spans_of(connection, batch.batch_id) if span.start == place)
    assert (released.state, released.holder_id) == (CustodyState.HELD, world.distributor.party_id)


@pytest.mark.parametrize("obstacle", ["stopped", "expired"])
@pytest.mark.parametrize("kind", MOVES)
def test_what_is_stopped_or_expired_moves_only_where_the_table_says_so(
    world: World, kind: MovementKind, obstacle: str
) -> None:
    batch = in_every_state(world)
    spans = spans_by_state(world, batch)
    if obstacle == "stopped":
        recall = (world.actor(world.maker), batch.batch_id, StopKind.RECALL, "渗漏")
        world.database.write(lambda work: batches.stop_batch(work, *recall))
    else:
        world.later(days=800)
    for state in AFTER[kind]:
        if RIGHT_OF[kind.value][obstacle] == "yes":
            assert attempt(world, kind, batch, spans[state]).state is CustodyState(AFTER[kind][state])
            continue
        with pytest.raises(Conflict) as caught:
            attempt(world, kind, batch, spans[state])
        assert caught.value.code == {"stopped": "custody.batch_stopped", "expired": "custody.expired"}[obstacle]


# ---------------------------------------------------------------------------------------------- helpers


def in_every_state(world: World) -> Batch:
    """A batch of which the distributor has brought one unit into each state; the second outlet is to receive."""
    batch = world.register_batch(size=len(PLACES), units_per_carton=1)
    distributor = world.distributor

    def unit(state: CustodyState) -> list[custody.Goods]:
        return world.goods(batch, (PLACES[state], PLACES[state] + 1))

    world.ship(world.maker, distributor, world.goods(batch))
    damaged = Arrival(damaged=tuple(unit(CustodyState.DAMAGED)))
    sound = [goods for state in CustodyState if state is not CustodyState.DAMAGED for goods in unit(state)]
    world.act(distributor, custody.receive, sound, arrival=damaged)
    world.ship(distributor, world.second_outlet, unit(CustodyState.IN_TRANSIT))
    world.sell(distributor, unit(CustodyState.SOLD))
    world.act(world.agency, custody.sample, unit(CustodyState.SAMPLED))
    world.act(world.regulator, custody.seize, unit(CustodyState.SEIZED), WHY)
    for state in (CustodyState.WRITTEN_OFF, CustodyState.DESTROYED):
        world.act(distributor, custody.write_off, WriteOffCause.DAMAGED, unit(state))
    world.act(distributor, custody.destroy, unit(CustodyState.DESTROYED), WHY)
    return batch


def spans_by_state(world: World, batch: Batch) -> dict[CustodyState, Span]:
    with world.database.read() as connection:
        spans = custody.spans_of(connection, batch.batch_id)
    found = {state: next(span for span in spans if span.start <= place < span.stop) for state, place in PLACES.items()}
    assert {state: span.state for state, span in found.items()} == {state: state for state in CustodyState}
    return found


def attempt(world: World, kind: MovementKind, batch: Batch, span: Span) -> Span:
    """What `span` becomes when who may do it moves it by `kind`; nothing is kept of it."""
    who = RULES[kind].who
    party = {
        Who.HOLDER: next(
            each
            for each in (world.distributor, world.agency, world.regulator)
            if who is not Who.HOLDER or each.party_id == span.holder_id
        ),
        Who.RECEIVER: world.second_outlet,
        Who.INSPECTOR: world.agency,
        Who.REGULATOR: world.regulator,
    }[who]

    def ends(part: Span) -> Ends:
        to_id: UUID = party.party_id
        if kind in SHIPMENTS or kind is MovementKind.SETTLE_OVER:
            to_id = world.second_outlet.party_id
        return Ends(part.holder_id, to_id, part.transfer_id)

    found: list[Span] = []

    def act(work: UnitOfWork) -> None:
        goods = world.goods(batch, (span.start, span.start + 1))
        move(work, world.actor(party), Order(kind, party.party_id, ends, WHY), goods)
        spans = custody.spans_of(work.connection, batch.batch_id)
        found.extend(each for each in spans if each.start <= span.start < each.stop)
        raise RolledBack

    with pytest.raises(RolledBack):
        world.database.write(act)
    return found[0]


def _yes(given: bool) -> str:
    return "yes" if given else "no"
