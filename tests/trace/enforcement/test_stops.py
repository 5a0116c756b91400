"""A recall, a stop and their end: everybody who has units hears of it, with its own quantities and nobody else's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from suiyuan.trace.batches.model import Batch, Stop, StopKind
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import WriteOffCause
from suiyuan.trace.enforcement import service as enforcement
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed
from suiyuan.trace.kernel.intervals import Interval
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties import notices
from suiyuan.trace.parties.model import NoticeKind, Party

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World


def recall(world: World, batch: Batch, interval: Interval | None = None, party: Party | None = None) -> Stop:
    orderer = party or world.maker
    kind = StopKind.RECALL if orderer is world.maker else StopKind.REGULATOR
    return world.database.write(
        lambda work: enforcement.stop_batch(work, world.actor(orderer), batch.batch_id, kind, " 瓶身 渗漏", interval)
    )


def lift(world: World, stop: Stop, party: Party | None = None, reason: str = "查清") -> None:
    world.database.write(
        lambda work: enforcement.lift_stop(
            work, world.actor(party or world.regulator), stop.batch_id, stop.stop_id, reason
        )
    )


def told(world: World) -> dict[str, dict[str, Any]]:
    """The facts of each party's newest notice, by the party's name in the world."""
    found: dict[str, dict[str, Any]] = {}
    for name in ("maker", "distributor", "outlet", "second_outlet", "agency", "regulator"):
        with world.database.read() as connection:
            newest = notices.list_notices(connection, getattr(world, name).party_id)[:1]
        for each in newest:
            found[name] = {"kind": each.kind, **json.loads(each.facts)}
    return found


def spread(world: World) -> Batch:
    """24 units: 6 sold and 4 held and 2 damaged by the outlet, 6 on their way to the second outlet, 2 with the agency,
    4 left with the maker, of which 1 is written off."""
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 12)))
    world.sell(world.outlet, world.goods(batch, (0, 6)))
    world.ship(world.maker, world.second_outlet, world.goods(batch, (12, 18)))
    world.act(world.agency, custody.sample, world.goods(batch, (18, 20)))
    world.act(world.maker, custody.write_off, WriteOffCause.LOST, world.goods(batch, (20, 21)))
    return batch


def test_every_holder_is_told_its_own_quantities(world: World) -> None:
    batch = spread(world)
    stop = recall(world, batch)
    found = told(world)
    assert {name: facts["units"] for name, facts in found.items()} == {
        "maker": {"held": 3, "in_transit": 6},
        "outlet": {"sold": 6, "held": 6},
        "second_outlet": {"coming": 6},
    }
    assert {name for name, facts in found.items() if facts["is_maker"]} == {"maker"}
    for facts in found.values():
        assert (facts["kind"], facts["stop_id"], facts["stop_kind"]) == (
            NoticeKind.BATCH_STOPPED,
            str(stop.stop_id),
            "recall",
        )
        assert (facts["product"], facts["batch_number"]) == (world.pesticide.name, batch.batch_number)
        assert (facts["reason"], facts["span"]) == ("瓶身 渗漏", None)
    with world.database.read() as connection:
        events = ledger.list_events(connection, batch.batch_id)[-2:]
    assert [each.kind for each in events] == ["batch.stopped", "batch.holders_notified"]
    assert json.loads(events[1].payload) == {"notice": "batch_stopped", "parties": 3, "units": 21}


def test_of_a_part_only_those_hear_who_have_some_of_it_and_the_maker(world: World) -> None:
    batch = spread(world)
    recall(world, batch, Interval(4, 8))
    found = told(world)
    assert {name: facts["units"] for name, facts in found.items()} == {
        "maker": {},
        "outlet": {"sold": 2, "held": 2},
    }
    assert found["outlet"]["span"] == [4, 8]


def test_the_end_of_a_stop_is_told_and_whether_another_is_left(world: World) -> None:
    batch = spread(world)
    whole, part = recall(world, batch), recall(world, batch, Interval(0, 6), world.regulator)
    lift(world, whole, world.maker, " 复检 合格 ")
    found = told(world)
    assert set(found) == {"maker", "outlet", "second_outlet"}
    assert {(each["kind"], each["reason"], each["is_still_stopped"]) for each in found.values()} == {
        (NoticeKind.STOP_LIFTED, "复检 合格", True)
    }
    world.later(minutes=1)
    lift(world, part)
    found = told(world)
    assert (found["outlet"]["is_still_stopped"], found["outlet"]["span"]) == (False, [0, 6])
    assert found["second_outlet"]["reason"] == "复检 合格", "it has none of the part"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_refused_stops_tell_nobody(world: World, refuses: Refuses) -> None:
    batch = spread(world)
    with refuses(InvalidInput, "stop.interval", field="interval"):
        recall(world, batch, Interval(0, 25))
    with refuses(NotAllowed, "access.other_party"):
        recall(world, batch, party=world.outlet)
    stop = recall(world, batch)
    with refuses(NotAllowed, "access.other_party"):
        lift(world, stop, world.outlet)
    with refuses(InvalidInput, "text.missing", field="reason"):
        lift(world, stop, reason=" ")
    lift(world, stop)
    with refuses(Conflict, "stop.lifted", field="stop_id"):
        lift(world, stop)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_number_of_statements_does_not_grow_with_the_holders(world: World) -> None:
    statements: list[str] = []
    event.listen(world.database.engine, "before_cursor_execute", lambda *given: statements.append(str(given[2])))
    counts: list[int] = []
    for receivers in ([world.outlet], [world.outlet, world.second_outlet, world.distributor]):
        batch = world.register_batch()
        for number, receiver in enumerate(receivers):
            world.ship(world.maker, receiver, world.goods(batch, (6 * number, 6 * number + 6)))
        statements.clear()
        recall(world, batch)
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] >= 5
