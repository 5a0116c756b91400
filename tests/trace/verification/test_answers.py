"""Answers through the database: what the public sees, what it never sees, what it costs, and what it leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select

from suiyuan.trace.batches import packing
from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.contents import PackingException
from suiyuan.trace.batches.model import Batch, StopKind
from suiyuan.trace.codes.model import Level, Place, Scheme
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import WriteOffCause
from suiyuan.trace.custody.service import reading as custody_reading
from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.model import MakerResponse, Outcome, SampleState
from suiyuan.trace.kernel.clock import day_in_china
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.kernel.intervals import Interval
from suiyuan.trace.parties.model import Activity, Role
from suiyuan.trace.store.database import Database, UnitOfWork
from suiyuan.trace.verification.model import Answer, ReasonCode, Step, Verdict, Whereabouts
from suiyuan.trace.verification.service import Answers, cards
from suiyuan.trace.verification.store import MAX_SCANS_KEPT, scan

if TYPE_CHECKING:
    from tests.support.protocols import Refuses, Unchanged
    from tests.support.world import World

R, V = ReasonCode, Verdict


def ask(answers: Answers, text: str) -> Answer:
    return answers.answer(answers.resolve(text))


def on_sale(world: World, batch: Batch) -> None:
    world.hand_over(world.maker, world.distributor, world.goods(batch))
    world.hand_over(world.distributor, world.outlet, world.goods(batch))


def codes(answer: Answer) -> list[ReasonCode]:
    return [reason.code for reason in answer.reasons]


def test_a_pack_on_the_shelf_is_genuine_with_all_that_is_known(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    on_sale(world, batch)
    code = world.code(batch, Level.UNIT, 7)
    answer = ask(answers, f"https://example.org/c/{code}")
    assert (answer.verdict, codes(answer)) == (V.GENUINE, [R.REGISTERED, R.NOT_SAMPLED])
    facts = answer.facts
    assert (facts.scheme, facts.code, facts.level, facts.index) == (Scheme.PESTICIDE, code, Level.UNIT, 7)
    assert facts.product is not None
    assert facts.batch is not None
    assert (facts.product.name, facts.product.registration_number) == ("阿维菌素乳油", "PD20172247")
    assert (facts.batch.maker_name, facts.batch.maker_region_code) == (world.maker.name, "640122")
    assert (facts.batch.batch_number, facts.batch.production_on) == (batch.batch_number, date(2026, 10, 1))
    assert (facts.units_inside, facts.whereabouts) == (1, Whereabouts.WITH_DEALER)
    assert answer.answered_at == world.clock.now()


def test_each_kind_of_product_is_answered(world: World, answers: Answers) -> None:
    for product in (world.pesticide, world.seed, world.fertiliser):
        batch = world.register_batch(product)
        on_sale(world, batch)
        answer = ask(answers, world.code(batch))
        assert answer.verdict is V.GENUINE
        assert answer.facts.product is not None
        assert answer.facts.product.name == product.name


def test_a_code_not_registered_here_is_unknown_and_nothing_more(world: World, answers: Answers) -> None:
    batch = world.register_batch(size=10)
    beyond = world.keyring.encode(Scheme.PESTICIDE, batch.code_prefix, Place(batch.code_serial, Level.UNIT, 10))
    for text in (beyond, "1" + "0" * 6 + "1" + "0" * 24, "AB12"):
        answer = ask(answers, text)
        assert (answer.verdict, codes(answer)) == (V.UNKNOWN, [R.NOT_REGISTERED_HERE])
        assert (answer.facts.batch, answer.facts.product, answer.facts.way, answer.facts.samples) == (
            None,
            None,
            (),
            (),
        )


def test_what_is_no_code_is_not_judged(world: World, answers: Answers, refuses: Refuses) -> None:
    for text, code in (("", "code.empty"), ("你好", "code.no_code"), ("0" * 32, "code.bad_structure")):
        with refuses(InvalidInput, code, field="code"):
            ask(answers, text)
    assert world.registered == 0


# ---------------------------------------------------------------------------------------------- never genuine


@pytest.mark.parametrize(
    ("kind", "who", "reason"),
    [
        (StopKind.RECALL, "maker", R.RECALLED),
        (StopKind.RECALL, "regulator", R.RECALLED),
        (StopKind.REGULATOR, "regulator", R.STOPPED_BY_REGULATOR),
    ],
)
def test_a_stopped_batch_is_never_genuine_anywhere_it_has_got_to(
    world: World, answers: Answers, kind: StopKind, who: str, reason: ReasonCode
) -> None:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.distributor, world.goods(batch, (0, 18)))
    world.hand_over(world.distributor, world.outlet, world.goods(batch, (0, 12)))
    world.ship(world.outlet, world.second_outlet, world.goods(batch, (0, 6)))
    everywhere = [
        world.code(batch, level, index) for level in Level for index in range(batch.packing.count_at(level, 24))
    ]
    assert any(ask(answers, code).verdict is V.GENUINE for code in everywhere)
    orderer = getattr(world, who)
    made = world.database.write(
        lambda work: batches.stop_batch(work, world.actor(orderer), batch.batch_id, kind, "瓶身渗漏")
    )
    for code in everywhere:
        answer = ask(answers, code)
        assert (answer.verdict, codes(answer)[0]) == (V.STOP, reason)
        assert dict(answer.reasons[0].values) == {"reason": "瓶身渗漏", "by": orderer.name}
    world.database.write(
        lambda work: batches.lift_stop(work, world.actor(orderer), batch.batch_id, made.stop_id, "查清")
    )
    assert any(ask(answers, code).verdict is V.GENUINE for code in everywhere)


def test_a_stop_of_a_part_stands_on_what_is_in_it_and_is_told_of_the_rest(world: World, answers: Answers) -> None:
    """24 units, cartons of 6, pallets of 12; units 4 to 7 are recalled."""
    batch = world.register_batch(size=24)
    on_sale(world, batch)
    recall = (world.actor(world.maker), batch.batch_id, StopKind.RECALL, "瓶身渗漏", Interval(4, 8))
    made = world.database.write(lambda work: batches.stop_batch(work, *recall))
    stopped = {(Level.UNIT, index) for index in range(4, 8)} | {(Level.CARTON, 0), (Level.CARTON, 1), (Level.PALLET, 0)}
    for level in Level:
        for index in range(batch.packing.count_at(level, 24)):
            answer = ask(answers, world.code(batch, level, index))
            if (level, index) in stopped:
                assert (answer.verdict, codes(answer)[0]) == (V.STOP, R.RECALLED)
                assert [stop.interval for stop in answer.facts.stops] == [Interval(4, 8)]
                assert answer.facts.stops_elsewhere == ()
            else:
                assert (answer.verdict, codes(answer)[:2]) == (V.GENUINE, [R.REGISTERED, R.OTHER_PART_STOPPED])
                assert dict(answer.reasons[1].values) == {"reason": "瓶身渗漏"}
                assert answer.facts.stops == ()
    world.database.write(
        lambda work: batches.lift_stop(work, world.actor(world.maker), batch.batch_id, made.stop_id, "查清")
    )
    assert codes(ask(answers, world.code(batch, Level.UNIT, 0))) == [R.REGISTERED, R.NOT_SAMPLED]
    assert ask(answers, world.code(batch, Level.UNIT, 4)).verdict is V.GENUINE


def test_a_moved_pack_takes_its_stop_into_the_other_carton(world: World, answers: Answers) -> None:
    batch = world.register_batch(size=24)
    maker = world.actor(world.maker)
    moved = PackingException(0, 4, 5, 3, "重装")
    world.database.write(lambda work: packing.record_exception(work, maker, batch.batch_id, moved))
    world.database.write(
        lambda work: batches.stop_batch(work, maker, batch.batch_id, StopKind.RECALL, "渗漏", Interval(4, 5))
    )
    verdicts = [ask(answers, world.code(batch, Level.CARTON, index)).verdict is V.STOP for index in range(4)]
    assert verdicts == [False, False, False, True]


def test_an_emptied_carton_of_a_stopped_batch_is_not_called_genuine(world: World, answers: Answers) -> None:
    batch = world.register_batch(size=24)
    maker = world.actor(world.maker)
    emptied = PackingException(0, 0, 6, None, "留样")
    world.database.write(lambda work: packing.record_exception(work, maker, batch.batch_id, emptied))
    on_sale(world, batch)
    assert ask(answers, world.code(batch, Level.CARTON, 0)).verdict is V.GENUINE
    world.database.write(lambda work: batches.stop_batch(work, maker, batch.batch_id, StopKind.RECALL, "渗漏"))
    assert ask(answers, world.code(batch, Level.CARTON, 0)).verdict is V.STOP


def test_another_batch_of_the_same_product_is_not_touched(world: World, answers: Answers) -> None:
    stopped, other = world.register_batch(), world.register_batch()
    for batch in (stopped, other):
        on_sale(world, batch)
    world.sampled(stopped, world.failed)
    assert ask(answers, world.code(stopped)).verdict is V.STOP
    assert ask(answers, world.code(other)).verdict is V.GENUINE


def test_a_batch_that_expires_between_two_scans(world: World, answers: Answers) -> None:
    batch = world.register_batch(production_on=date(2026, 10, 1), expires_on=date(2026, 11, 24))
    on_sale(world, batch)
    code = world.code(batch)
    assert ask(answers, code).verdict is V.CAUTION
    world.later(hours=8)
    assert (ask(answers, code).verdict, codes(ask(answers, code))[0]) == (V.STOP, R.EXPIRED)


# ---------------------------------------------------------------------------------------------- spot checks


def test_what_the_public_sees_of_a_check_at_each_of_its_stages(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    on_sale(world, batch)
    code = world.code(batch)
    sample = world.take_sample(batch)
    answer = ask(answers, code)
    assert (codes(answer), answer.facts.samples) == ([R.REGISTERED, R.NOT_SAMPLED], ())
    sample = world.report(sample, [world.failed])
    for state in (SampleState.REPORTED, SampleState.NOTIFIED, SampleState.OBJECTION):
        if state is not SampleState.REPORTED:
            sample = world.advance(sample, state)
        answer = ask(answers, code)
        assert (answer.verdict, codes(answer)) == (V.GENUINE, [R.REGISTERED, R.SAMPLING_UNDER_REVIEW])
        (seen,) = answer.facts.samples
        assert (seen.findings, seen.laboratory, seen.report_number, seen.reported_on) == ((), "", "", None)
        assert "3.1" not in repr(answer)
    sample = world.advance(sample, SampleState.FINAL)
    answer = ask(answers, code)
    assert (answer.verdict, codes(answer)) == (V.STOP, [R.FAILED_SPOT_CHECK, R.REGISTERED])
    (seen,) = answer.facts.samples
    assert (seen.findings[0].measured, seen.findings[0].outcome) == (world.failed.measured, Outcome.FAILED)
    assert (seen.agency, seen.report_number) == (world.agency.name, "JY-1")
    world.advance(sample, SampleState.PUBLISHED)
    assert codes(ask(answers, code)) == [R.FAILED_SPOT_CHECK, R.REGISTERED]


def test_other_batches_of_the_product_are_told_as_counts(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    nothing = ask(answers, world.code(batch)).facts.other_batches
    assert nothing is not None
    assert (nothing.batches, nothing.samples, nothing.since) == (0, 0, date(2023, 11, 24))
    failed = world.register_batch()
    world.sampled(failed, world.failed)
    world.sampled(failed, world.passed)
    world.sampled(world.register_batch(), world.passed)
    world.sampled(batch, world.passed)
    world.sampled(world.register_batch(world.vet_drug, pack_code=""), world.failed)
    world.later(seconds=61)
    others = ask(answers, world.code(batch)).facts.other_batches
    assert others is not None
    assert (others.batches, others.samples, others.passed, others.failed, others.denied) == (2, 3, 2, 1, 0)


def test_a_hold_under_review_is_quiet(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    on_sale(world, batch)
    sample = world.report(world.take_sample(batch), [world.failed])
    regulator = world.actor(world.regulator)
    world.database.write(lambda work: inspection.hold(work, regulator, sample.sample_id, "初检 3.1 %"))
    answer = ask(answers, world.code(batch))
    assert (answer.verdict, codes(answer)) == (V.GENUINE, [R.REGISTERED, R.SAMPLING_UNDER_REVIEW])
    assert answer.facts.stops == ()
    assert "3.1" not in repr(answer)


def test_the_makers_denial_is_not_told_before_the_result_is_final(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    on_sale(world, batch)
    sample = world.report(world.take_sample(batch), [world.failed])
    world.database.write(
        lambda work: inspection.record_maker_response(
            work, world.actor(world.agency), sample.sample_id, MakerResponse.DENIED
        )
    )
    answer = ask(answers, world.code(batch))
    assert answer.verdict is V.GENUINE
    assert [each.maker_response for each in answer.facts.samples] == [MakerResponse.NONE]
    world.advance(sample, SampleState.FINAL)
    answer = ask(answers, world.code(batch))
    assert (answer.verdict, codes(answer)) == (V.SUSPECT, [R.MAKER_DENIES, R.REGISTERED])


def test_a_passed_check_is_told_and_a_withdrawn_one_is_not(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    on_sale(world, batch)
    sample = world.sampled(batch, world.passed)
    answer = ask(answers, world.code(batch))
    assert (answer.verdict, codes(answer)) == (V.GENUINE, [R.REGISTERED, R.PASSED_SPOT_CHECK])
    assert [each.measured for each in answer.facts.samples[0].findings] == [world.passed.measured]
    world.advance(sample, SampleState.WITHDRAWN)
    answer = ask(answers, world.code(batch))
    assert (codes(answer), answer.facts.samples) == ([R.REGISTERED, R.NOT_SAMPLED], ())


# ---------------------------------------------------------------------------------------------- what is out of trade


def test_a_pack_that_is_out_of_trade_is_never_called_genuine(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    on_sale(world, batch)
    taken = custody.Circumstances(reason="查扣")
    regulator, agency, outlet = world.regulator, world.agency, world.outlet
    acts: list[tuple[int, Callable[[UnitOfWork], object], Verdict, ReasonCode]] = [
        (
            0,
            lambda work: custody.seize(
                work, world.actor(regulator), regulator.party_id, world.goods(batch, (0, 1)), taken
            ),
            V.STOP,
            R.SEIZED,
        ),
        (
            1,
            lambda work: custody.sample(work, world.actor(agency), agency.party_id, world.goods(batch, (1, 2))),
            V.CAUTION,
            R.SAMPLED,
        ),
        (
            2,
            lambda work: custody.write_off(
                work, world.actor(outlet), outlet.party_id, WriteOffCause.LOST, world.goods(batch, (2, 3))
            ),
            V.STOP,
            R.WRITTEN_OFF,
        ),
    ]
    for index, act, verdict, reason in acts:
        world.database.write(act)
        answer = ask(answers, world.code(batch, Level.UNIT, index))
        assert (answer.verdict, codes(answer)[0]) == (verdict, reason)
    carton = ask(answers, world.code(batch, Level.CARTON, 0))
    assert (carton.verdict, carton.facts.whereabouts) == (V.STOP, Whereabouts.DIVIDED)
    assert codes(carton)[:2] == [R.SEIZED, R.WRITTEN_OFF]
    world.database.write(
        lambda work: custody.release(
            work, world.actor(regulator), regulator.party_id, world.goods(batch, (0, 1)), taken
        )
    )
    assert ask(answers, world.code(batch)).verdict is V.GENUINE


def test_a_sold_pack_stays_genuine_and_names_no_buyer(world: World, answers: Answers) -> None:
    batch = world.register_batch(world.fertiliser)
    on_sale(world, batch)
    world.database.write(
        lambda work: custody.sell(
            work,
            world.actor(world.outlet),
            world.outlet.party_id,
            world.goods(batch, (0, 1)),
            custody.NewSale(buyer_name="马占山"),
        )
    )
    answer = ask(answers, world.code(batch))
    assert (answer.verdict, answer.facts.whereabouts) == (V.GENUINE, Whereabouts.SOLD)
    assert "马占山" not in repr(answer)


# ---------------------------------------------------------------------------------------------- the way


def test_the_way_names_roles_counties_and_days_but_nobody(world: World, answers: Answers) -> None:
    batch = world.register_batch(size=24)
    days = [day_in_china(world.clock.now()) + timedelta(days=passed) for passed in range(3)]
    world.ship(world.maker, world.distributor, world.goods(batch, (0, 12)))
    world.later(days=1)
    world.receive(world.distributor, world.goods(batch, (0, 12)))
    world.later(days=1)
    world.ship(world.distributor, world.outlet, world.goods(batch, (0, 1)))
    answer = ask(answers, world.code(batch, Level.UNIT, 0))
    maker = Step(Role.MANUFACTURER, "640122", None, None)
    first = Step(Role.DISTRIBUTOR, "640104", days[0], days[1])
    assert answer.facts.way == (maker, first, Step(Role.OUTLET, "640221", days[2], None))
    assert answer.facts.whereabouts is Whereabouts.IN_TRANSIT
    told = repr(answer)
    for party in (world.distributor, world.outlet, world.second_outlet):
        for secret in (party.name, party.credit_code, str(party.party_id), party.short_name):
            assert secret not in told
    assert ask(answers, world.code(batch, Level.UNIT, 1)).facts.way == (maker, first)
    assert ask(answers, world.code(batch, Level.UNIT, 12)).facts.way == (maker,)


def test_goods_that_come_back_show_each_stage(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    world.hand_over(world.outlet, world.maker, world.goods(batch))
    answer = ask(answers, world.code(batch))
    assert [step.role for step in answer.facts.way] == [Role.MANUFACTURER, Role.OUTLET, Role.MANUFACTURER]
    assert (answer.verdict, codes(answer)[0]) == (V.CAUTION, R.NOT_YET_SHIPPED)


def test_of_several_roles_the_one_nearest_to_the_farmer_is_shown(world: World, answers: Answers) -> None:
    both = world.party(Role.OUTLET, Role.DISTRIBUTOR, Role.MANUFACTURER)
    world.database.write(lambda work: world.license(work, both, "pesticide", Activity.TRADE))
    batch = world.register_batch()
    world.ship(world.maker, both, world.goods(batch))
    assert ask(answers, world.code(batch)).facts.way[-1].role is Role.OUTLET


def test_a_movement_is_on_the_way_in_order_even_within_one_instant(world: World, answers: Answers) -> None:
    """History loaded by the day carries one instant for many movements."""
    batch = world.register_batch()
    chain = [world.maker, world.distributor, world.outlet, world.second_outlet] * 2
    for sender, receiver in pairwise(chain):
        world.ship(sender, receiver, world.goods(batch))
        world.receive(receiver, world.goods(batch))
    regions = [step.region_code for step in ask(answers, world.code(batch)).facts.way]
    assert regions == [party.region_code for party in chain]


def test_packages_say_how_many_units_and_whether_they_are_together(world: World, answers: Answers) -> None:
    batch = world.register_batch(size=26)
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 8)))

    def seen(level: Level, index: int) -> tuple[int, Whereabouts | None]:
        facts = ask(answers, world.code(batch, level, index)).facts
        return facts.units_inside, facts.whereabouts

    assert seen(Level.CARTON, 0) == (6, Whereabouts.WITH_DEALER)
    assert seen(Level.CARTON, 1) == (6, Whereabouts.DIVIDED)
    assert seen(Level.CARTON, 4) == (2, Whereabouts.WITH_MAKER)
    assert seen(Level.PALLET, 0) == (12, Whereabouts.DIVIDED)
    assert seen(Level.PALLET, 2) == (2, Whereabouts.WITH_MAKER)
    world.ship(world.maker, world.outlet, world.goods(batch, (24, 26)))
    assert seen(Level.PALLET, 2) == (2, Whereabouts.IN_TRANSIT)


# ---------------------------------------------------------------------------------------------- scans


def stored_scans(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(scan)).scalar_one()


def test_scans_are_counted_per_code_and_told_from_the_second_on(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    on_sale(world, batch)
    code, neighbour, carton = world.code(batch), world.code(batch, Level.UNIT, 1), world.code(batch, Level.CARTON, 0)
    first_at = world.clock.now()
    for number in range(3):
        answer = ask(answers, code)
        assert answer.facts.scans.count == number
        assert (R.SEEN_BEFORE in codes(answer)) == (number > 0)
        answers.record_scan_and_wait(answers.resolve(code), "web")
        world.later(minutes=10)
    seen = ask(answers, code).facts.scans
    assert (seen.count, seen.first_at) == (3, first_at)
    assert seen.last_at is not None
    assert (seen.last_at - first_at).total_seconds() == 1_200
    for other in (neighbour, carton):
        assert ask(answers, other).facts.scans.count == 0


def test_only_a_known_code_is_a_scan_of_anything(world: World, answers: Answers, unchanged: Unchanged) -> None:
    batch = world.register_batch(size=3)
    beyond = world.keyring.encode(Scheme.PESTICIDE, batch.code_prefix, Place(batch.code_serial, Level.UNIT, 3))
    with unchanged(world.database):
        for text in ("", "你好", beyond, "AB12"):
            answers.record_scan_and_wait(answers.resolve(text), "web")
            asyncio.run(answers.look(text, "web"))


def test_fifty_scans_at_once_are_all_recorded(world: World, answers: Answers) -> None:
    code = world.code(world.register_batch())
    resolution = answers.resolve(code)

    async def scan_all() -> list[int]:
        looks = await asyncio.gather(*(answers.look(code, "api") for _ in range(50)))
        return [answer.facts.scans.count for _, answer in looks if answer is not None]

    assert sorted(asyncio.run(scan_all())) == list(range(50)), "each is told of those before it, of its own group too"
    assert answers.answer(resolution).facts.scans.count == 50
    assert stored_scans(world.database) == 50
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: answers.record_scan_and_wait(resolution, "web"), range(20)))
    assert answers.answer(resolution).facts.scans.count == 70


def test_a_flood_of_scans_of_one_code_fills_no_disk(world: World, answers: Answers) -> None:
    code = world.code(world.register_batch())

    async def flood(scans: int) -> list[int]:
        looks = await asyncio.gather(*(answers.look(code, "api") for _ in range(scans)))
        return [answer.facts.scans.count for _, answer in looks if answer is not None]

    assert sorted(asyncio.run(flood(MAX_SCANS_KEPT + 50))) == list(range(MAX_SCANS_KEPT + 50))
    assert stored_scans(world.database) == MAX_SCANS_KEPT
    world.later(hours=1)
    answers.record_scan_and_wait(answers.resolve(code), "web")
    assert stored_scans(world.database) == MAX_SCANS_KEPT
    seen = ask(answers, code).facts.scans
    assert (seen.count, seen.last_at) == (MAX_SCANS_KEPT + 51, world.clock.now())
    assert seen.first_at is not None and seen.first_at < world.clock.now()


def test_answering_writes_nothing(world: World, answers: Answers, unchanged: Unchanged) -> None:
    batch = world.register_batch()
    with unchanged(world.database):
        ask(answers, world.code(batch))


def test_answers_are_the_same_from_many_threads(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    on_sale(world, batch)
    asked = [world.code(batch, Level.UNIT, index) for index in range(24)] * 4
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda code: ask(answers, code), asked))
    assert found == [ask(answers, code) for code in asked]


# ---------------------------------------------------------------------------------------------- what it costs


@pytest.mark.parametrize(
    ("rows_kept", "expected"),
    [
        (1_000, {"unit": 1, "pallet": 1, "sampled": 1, "divided": 1, "unknown": 1, "malformed": 0}),
        (0, {"unit": 7, "pallet": 7, "sampled": 7, "divided": 6, "unknown": 1, "malformed": 0}),
    ],
    ids=["kept_in_memory", "divided_too_finely"],
)
def test_a_warm_answer_costs_so_many_statements(
    world: World, answers: Answers, monkeypatch: pytest.MonkeyPatch, rows_kept: int, expected: dict[str, int]
) -> None:
    """The version of the batch with the earlier scans; where custody is too much to keep, the spans too, and a seek for
    each step of the way: here four movements, none for the unit still with its maker."""
    monkeypatch.setattr(custody_reading, "MAX_PICTURE_ROWS", rows_kept)
    plain, sampled, divided = world.register_batch(), world.register_batch(), world.register_batch()
    for batch in (plain, sampled):
        on_sale(world, batch)
    world.sampled(sampled)
    world.hand_over(world.maker, world.outlet, world.goods(divided, (0, 1)))
    texts = {
        "unit": world.code(plain),
        "pallet": world.code(plain, Level.PALLET, 0),
        "sampled": world.code(sampled),
        "divided": world.code(divided, Level.CARTON, 0),
        "unknown": "AB12",
        "malformed": "",
    }
    for text in texts.values():  # warm: registration facts, parties, compiled statements
        statements(world.database, answers, text)
    assert {name: statements(world.database, answers, text) for name, text in texts.items()} == expected


def test_an_answer_is_the_same_whether_custody_is_kept_or_read(
    world: World, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = world.register_batch(size=26)
    world.hand_over(world.maker, world.distributor, world.goods(batch, (0, 14)))
    world.hand_over(world.distributor, world.outlet, world.goods(batch, (3, 7)))
    world.ship(world.maker, world.outlet, world.goods(batch, (20, 26)))
    everything = [
        world.code(batch, level, index) for level in Level for index in range(batch.packing.count_at(level, 26))
    ]
    kept = [ask(answers, code) for code in everything]
    monkeypatch.setattr(custody_reading, "MAX_PICTURE_ROWS", 0)
    read = Answers(world.database, world.resolver)
    assert [ask(read, code) for code in everything] == kept


def statements(database: Database, answers: Answers, code: str) -> int:
    """Statements that the driver's hot connection and SQLAlchemy's engine ran for one answer."""
    ran: list[object] = []
    hot = database.driver_connection()

    def by_engine(*arguments: object) -> None:
        ran.append(arguments[2])

    def counted(run: Callable[..., object]) -> Callable[..., object]:
        def run_and_count(*arguments: object) -> object:
            ran.append(arguments[0])
            return run(*arguments)

        return run_and_count

    event.listen(database.engine, "before_cursor_execute", by_engine)
    if database.is_sqlite:
        hot.set_trace_callback(ran.append)
    else:
        hot.execute, hot.run = counted(hot.execute), counted(hot.run)
    try:
        resolution = answers.resolve(code)
        if resolution.reason is None:
            answers.answer(resolution)
    finally:
        event.remove(database.engine, "before_cursor_execute", by_engine)
        if database.is_sqlite:
            hot.set_trace_callback(None)
        else:
            del hot.execute, hot.run
    return len(ran)


def test_what_is_remembered_of_a_batch_ends_with_the_next_event(world: World, answers: Answers) -> None:
    """Stops and samples are kept by the version of the batch; a change by any other process must show at once."""
    batch = world.register_batch()
    on_sale(world, batch)
    code = world.code(batch)
    assert ask(answers, code).verdict is V.GENUINE
    sample = world.report(world.take_sample(batch), [world.failed])
    assert codes(ask(answers, code)) == [R.REGISTERED, R.SAMPLING_UNDER_REVIEW]
    world.advance(sample, SampleState.FINAL)
    assert ask(answers, code).verdict is V.STOP
    assert ask(Answers(world.database, world.resolver), code) == ask(answers, code)


def test_what_is_remembered_is_bounded(world: World, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "MAX_REMEMBERED", 2)
    made = [world.register_batch() for _ in range(4)]
    for batch in (*made, *made):
        answer = ask(answers, world.code(batch))
        assert answer.facts.batch is not None
        assert answer.facts.batch.batch_number == batch.batch_number
        assert len(answers._cards._cards) <= 2  # the bound is not visible from outside


# ---------------------------------------------------------------------------------------------- what is shared


def test_a_look_says_what_an_answer_says(world: World, answers: Answers) -> None:
    """Of units, packages, void and unknown codes; with and without a record."""
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    codes = [world.code(batch, index=index) for index in (0, 5, 6, 23)]
    codes += [world.code(batch, Level.CARTON), world.code(batch, Level.PALLET), "AB12"]

    async def looks(channel: str | None) -> list[Answer | None]:
        return [answer for _, answer in [await answers.look(code, channel) for code in codes]]

    for _ in range(2):
        expected = [answers.answer(answers.resolve(code)) for code in codes]
        assert asyncio.run(looks(None)) == expected
        assert asyncio.run(looks("api")) == expected
    assert asyncio.run(answers.look("", None))[1] is None


def test_units_of_a_stretch_share_what_is_written_of_them(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    first, second, other = (ask(answers, world.code(batch, index=index)) for index in (0, 5, 6))
    assert first.kept is second.kept is not None
    assert other.kept is not first.kept
    world.sampled(batch, world.failed)
    assert ask(answers, world.code(batch)).kept is not first.kept
