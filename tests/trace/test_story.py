"""One batch from the factory to the field, told once from beginning to end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from suiyuan.trace.batches import service as batches
from suiyuan.trace.codes.model import Level
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import Holding
from suiyuan.trace.inspection.model import SampleState
from suiyuan.trace.kernel.errors import Conflict
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import Role
from suiyuan.trace.verification.model import ReasonCode, Verdict, Whereabouts
from suiyuan.trace.verification.service import Answers

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World

R = ReasonCode


def test_from_the_factory_to_the_field(world: World, answers: Answers, refuses: Refuses) -> None:
    def ask(text: str) -> tuple[Verdict, list[ReasonCode]]:
        resolution = answers.resolve(text)
        answer = answers.answer(resolution)
        answers.record_scan_and_wait(resolution, "web")
        world.later(minutes=1)
        return answer.verdict, [reason.code for reason in answer.reasons]

    # The maker registers a hundred million bottles, in cartons of 40 and pallets of 50 cartons: one row.
    batch = world.register_batch(size=100_000_000, units_per_carton=40, cartons_per_pallet=50)
    bottle = world.code(batch, Level.UNIT, 2_077)  # in carton 51, on pallet 1
    carton, pallet = world.code(batch, Level.CARTON, 51), world.code(batch, Level.PALLET, 1)
    assert world.holders(batch) == [(0, 100_000_000, "maker")]
    assert ask(bottle) == (Verdict.CAUTION, [R.NOT_YET_SHIPPED, R.REGISTERED, R.NOT_SAMPLED])

    # A pallet goes to the distributor: one scan to ship, one to receive.
    world.ship(world.maker, world.distributor, world.goods_of(pallet))
    assert ask(bottle) == (Verdict.CAUTION, [R.IN_TRANSIT, R.REGISTERED, R.NOT_SAMPLED, R.SEEN_BEFORE])
    world.later(days=2)
    world.receive(world.distributor, world.goods_of(pallet))

    # The distributor sends one carton to the shop; the shop receives it.
    world.later(days=1)
    world.hand_over(world.distributor, world.outlet, world.goods_of(carton))
    assert world.holders(batch) == [
        (0, 2_000, "maker"),
        (2_000, 2_040, "distributor"),
        (2_040, 2_080, "outlet"),
        (2_080, 4_000, "distributor"),
        (4_000, 100_000_000, "maker"),
    ]
    with world.database.read() as connection:
        assert custody.holdings(connection, world.outlet.party_id) == [Holding(batch.batch_id, 1, 40)]

    # The farmer scans the bottle: genuine, and the way it came, without a name.
    assert ask(f"https://example.org/c/{bottle}") == (
        Verdict.GENUINE,
        [R.REGISTERED, R.NOT_SAMPLED, R.SEEN_BEFORE],
    )
    facts = answers.answer(answers.resolve(bottle)).facts
    assert [(step.role, step.region_code) for step in facts.way] == [
        (Role.MANUFACTURER, "640122"),
        (Role.DISTRIBUTOR, "640104"),
        (Role.OUTLET, "640221"),
    ]
    assert (facts.whereabouts, facts.scans.count) == (Whereabouts.WITH_DEALER, 3)

    # An inspector samples the batch in the shop. Until the result is final nothing is told but that.
    sample = world.report(world.take_sample(batch), [world.passed, replace(world.failed, item="杀虫单")])
    world.advance(sample, SampleState.NOTIFIED)
    assert ask(bottle)[1] == [R.REGISTERED, R.SAMPLING_UNDER_REVIEW, R.SEEN_BEFORE]

    # It is final and failed: in the same instant no bottle of the batch is called genuine, and none can be shipped.
    world.later(days=7)
    world.advance(sample, SampleState.FINAL)
    assert ask(bottle) == (Verdict.STOP, [R.FAILED_SPOT_CHECK, R.REGISTERED, R.SEEN_BEFORE])
    assert ask(world.code(batch, Level.UNIT, 99_999_999))[0] is Verdict.STOP
    with refuses(Conflict, "custody.batch_stopped"):
        world.ship(world.maker, world.distributor, world.goods(batch, (4_000, 8_000)))

    # The regulator lifts the stop after the re-test of the rest; the failed result stands all the same.
    (stop,) = batches.current_stops(world.database, batch.batch_id)
    world.database.write(
        lambda work: batches.lift_stop(work, world.actor(world.regulator), batch.batch_id, stop.stop_id, "退回处理")
    )
    assert ask(bottle)[0] is Verdict.STOP
    world.hand_over(world.outlet, world.maker, world.goods_of(carton))
    assert world.holders(batch) == [
        (0, 2_000, "maker"),
        (2_000, 2_040, "distributor"),
        (2_040, 2_080, "maker"),
        (2_080, 4_000, "distributor"),
        (4_000, 100_000_000, "maker"),
    ]

    # All of it can be read in the batch's chain, and the chain is whole.
    with world.database.read() as connection:
        kinds = [event.kind for event in ledger.list_events(connection, batch.batch_id)]
        assert ledger.broken_chains(connection) == []
        assert custody.broken_batches(connection) == []
    assert kinds == [
        "batch.registered",
        *["custody.shipped", "custody.received"] * 2,
        "sample.taken",
        "sample.sealed",
        "sample.received",
        "sample.reported",
        "sample.decided",
        "sample.notified",
        "sample.concluded",
        "batch.stopped",
        "batch.holders_notified",
        "batch.lead_opened",
        "batch.stop_lifted",
        "custody.shipped",
        "custody.received",
    ]
