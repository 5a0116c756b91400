"""From the draft to the published file: who is a candidate, what is fixed when, what is drawn, and every refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.draw import CandidateList, verify
from suiyuan.trace.inspection.model import Basis, SheetInspector
from suiyuan.trace.inspection.plans import service as plans
from suiyuan.trace.inspection.plans.model import Plan, PlannedExclusion, PlannedStratum, PlanState, PlanTerms
from suiyuan.trace.inspection.plans.sealing import seal, unseal
from suiyuan.trace.inspection.service import NewSample
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown, UnsafeToRun
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import Activity, Party, Role

from .acts import COUNTY, TERMS, Planning

if TYPE_CHECKING:
    from tests.support.protocols import Dumps, Refuses
    from tests.support.world import World

PUBLIC = replace(TERMS, public_source="双色球 2026140 期开奖号码")


@pytest.fixture
def planning(world: World) -> Planning:
    return Planning(world)


def prepared(world: World, plan: Plan, **given: Any) -> CandidateList:
    with world.database.read() as connection:
        return plans.prepare(connection, plan, world.today(), **given)


def codes(listed: CandidateList, stratum: str | None = None) -> set[str]:
    return {each.object_id for each in listed.candidates if stratum in (None, each.stratum)}


def document(world: World, plan: Plan, redraws: int | None = None) -> dict[str, Any]:
    with world.database.read() as connection:
        return plans.published_document(connection, plan.plan_number, redraws)


# ---------------------------------------------------------------------------------------------- who is a candidate


def test_candidates_have_the_role_the_place_and_a_licence_of_the_day(world: World, planning: Planning) -> None:
    expired, later, other_kind = (world.party(Role.OUTLET, region_code=COUNTY) for _ in range(3))
    today = world.today()

    def licensed(party: Party, kind: str, first: date, last: date) -> None:
        planning.do(lambda work: world.license(work, party, kind, Activity.TRADE, first, last))

    licensed(expired, "pesticide", date(2020, 1, 1), today - timedelta(days=1))
    licensed(later, "pesticide", today + timedelta(days=1), date(2030, 1, 1))
    licensed(other_kind, "seed", date(2020, 1, 1), date(2030, 1, 1))
    last_day = world.party(Role.OUTLET, region_code=COUNTY)
    licensed(last_day, "pesticide", date(2020, 1, 1), today)
    filed = planning.shop(activity=Activity.FILING)
    maker_only = planning.shop(activity=Activity.PRODUCTION)
    dealer = planning.shop(Role.DISTRIBUTOR)
    elsewhere = planning.shop(region_code="640302")
    found = codes(prepared(world, planning.plan()))
    assert found == {each.credit_code for each in (*planning.shops, last_day, filed)}
    assert not found & {each.credit_code for each in (expired, later, other_kind, maker_only, dealer, elsewhere)}
    seeds = replace(TERMS, kinds=frozenset({ProductKind.SEED}))
    assert codes(prepared(world, planning.plan(seeds, "2"))) == {other_kind.credit_code}
    anything = replace(TERMS, kinds=frozenset({ProductKind.FERTILISER}))
    assert codes(prepared(world, planning.plan(anything, "3"))) >= {expired.credit_code, other_kind.credit_code}


def test_a_party_is_in_the_first_stratum_it_fits(world: World, planning: Planning) -> None:
    batch = world.register_batch()
    stockist = planning.shops[0]
    world.hand_over(world.maker, stockist, world.goods(batch, (0, 6)))
    both = planning.shop(Role.OUTLET, Role.DISTRIBUTOR)
    special = PlannedStratum(COUNTY, Role.OUTLET, 1, world.maker.credit_code)
    dealers = PlannedStratum(COUNTY, Role.DISTRIBUTOR, 1)
    rest = PlannedStratum("640000", Role.OUTLET, 2)
    listed = prepared(world, planning.plan(replace(TERMS, strata=(special, dealers, rest))))
    assert codes(listed, special.name) == {stockist.credit_code}
    assert codes(listed, dealers.name) == {both.credit_code}
    assert codes(listed, rest.name) >= {each.credit_code for each in planning.shops[1:]} | {world.outlet.credit_code}
    assert len(listed.candidates) == len(codes(listed))


def test_weights_count_failures_complaints_and_time(world: World, planning: Planning) -> None:
    batch = world.register_batch()
    world.sampled(batch, world.failed)
    strata = (PlannedStratum("640221", Role.OUTLET, 1), PlannedStratum(COUNTY, Role.OUTLET, 1))
    plan = planning.plan(replace(TERMS, strata=strata))
    complained = planning.shops[0]
    listed = prepared(world, plan, complaints={complained.party_id: 2})
    weights = {each.object_id: each.weight for each in listed.candidates}
    assert weights[world.outlet.credit_code] == 10 + 20 + 0, "a failure, and a visit today"
    assert weights[complained.credit_code] == 10 + 2 * 5 + 36, "complaints, and never a visit"
    assert weights[planning.shops[1].credit_code] == 10 + 36


def test_whose_inspectors_and_from_whom_they_step_aside(world: World, planning: Planning) -> None:
    first, second, third, _ = planning.inspectors
    planning.interest(first, planning.shops[0])
    planning.interest(second, world.maker)
    gone = planning.interest(third, planning.shops[1])
    planning.do(lambda work: plans.end_interest(work, planning.actor, gone.inspector_id, planning.shops[1].party_id))
    planning.do(lambda work: plans.remove_inspector(work, planning.actor, planning.inspectors[3].inspector_id))
    officer = planning.inspector("处长", "NX-R", world.regulator)
    stockist = planning.shops[2]
    world.hand_over(world.maker, stockist, world.goods(world.register_batch(), (0, 6)))
    special = PlannedStratum(COUNTY, Role.OUTLET, 1, world.maker.credit_code)
    listed = prepared(world, planning.plan(replace(TERMS, strata=(special, *TERMS.strata))))
    assert {each.inspector_id for each in listed.inspectors} == {
        str(each.inspector_id) for each in planning.inspectors[:3]
    }
    assert {each.agency for each in listed.inspectors} == {world.agency.name}
    assert {(each.inspector_id, each.object_id) for each in listed.conflicts} == {
        (str(first.inspector_id), planning.shops[0].credit_code),
        (str(second.inspector_id), stockist.credit_code),
    }
    assert {each.reason for each in listed.conflicts} == {"已申报利害关系，依法回避 / interest declared, steps aside"}
    everybody = prepared(world, planning.plan(number="2", organiser=world.regulator)).inspectors
    assert str(officer.inspector_id) in {each.inspector_id for each in everybody}
    assert len(everybody) == 4
    named = replace(TERMS, agency_ids=frozenset({world.regulator.party_id}))
    only = prepared(world, planning.plan(named, "3", world.regulator)).inspectors
    assert [each.inspector_id for each in only] == [str(officer.inspector_id)]


# ---------------------------------------------------------------------------------------------- commit and draw


def test_a_draw_from_commitment_to_file(world: World, planning: Planning) -> None:
    excluded = planning.shops[5]
    terms = replace(PUBLIC, exclusions=(PlannedExclusion(excluded.credit_code, "停业"),))
    committed = planning.commit(planning.plan(terms))
    assert committed.state is PlanState.COMMITTED
    assert len(committed.digest) == 64
    with world.database.read() as connection:
        [public] = plans.list_draws(connection)
        assert plans.require_plan(connection, committed.plan_id) == committed
    assert (public.digest, public.file, public.organiser) == (committed.digest, "", world.agency.name)
    planning.shop()  # the list stays as it was committed to
    world.later(days=3)
    drawn = planning.draw(committed, " 03 07 12 | 05 ")
    assert (drawn.state, drawn.public_value) == (PlanState.DRAWN, "03 07 12 | 05")
    visits = planning.visits(drawn)
    assert len(visits) == 2
    assert {each.party_id for each in visits} < {each.party_id for each in planning.shops[:5]}
    assert all(len(each.inspector_ids) == 2 and each.visited_on is None for each in visits)
    published = planning.publish(drawn)
    assert published.published_at == world.clock.now()
    file = json.loads(json.dumps(document(world, published)))
    assert verify(file, commitment=committed.digest) == []
    assert len(file["list"]["candidates"]) == 6
    assert file["seed"]["public_value"] == "03 07 12 | 05"
    assert not any(name in json.dumps(file, ensure_ascii=False) for name in ("检查员", "NX-0"))
    kinds = ["plan.registered", "plan.committed", "plan.drawn", "plan.published"]
    assert planning.kinds_of_events(published.plan_id) == kinds
    with world.database.read() as connection:
        events = ledger.list_events(connection, published.plan_id)
        assert plans.find_draw(connection, "NX-2026-1").file == "/draws/NX-2026-1.json"
    assert json.loads(events[1].payload)["digest"] == committed.digest
    assert json.loads(events[3].payload)["seal"] == file["seal"]


def test_the_secret_is_nowhere_to_be_read_before_the_draw(world: World, planning: Planning, dump: Dumps) -> None:
    committed = planning.commit(planning.plan(PUBLIC))
    before = repr(dump(world.database))
    drawn = planning.draw(committed, "1")
    with world.database.read() as connection:
        made = plans.draw_of(connection, drawn)
    assert made.secret.hex() not in before
    assert repr(made.secret) not in before
    assert made.secret.hex() not in repr(committed) + repr(drawn) + repr(made)
    with world.database.read() as connection:
        payloads = "".join(each.payload for each in ledger.list_events(connection, drawn.plan_id))
    assert made.secret.hex() not in payloads


def test_two_commitments_to_one_list_have_two_secrets(planning: Planning) -> None:
    first, second = (planning.commit(planning.plan(number=number)) for number in ("1", "2"))
    assert first.secret_sha256 != second.secret_sha256


def test_of_two_commitments_at_once_one_stands(world: World, planning: Planning) -> None:
    plan = planning.plan()
    barrier = Barrier(2)

    def commit(_: int) -> Plan | Conflict:
        barrier.wait(10)
        try:
            return planning.commit(plan)
        except Conflict as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(commit, range(2)))
    [won] = [each for each in found if isinstance(each, Plan)]
    [lost] = [each for each in found if isinstance(each, Conflict)]
    assert lost.code == "plan.committed"
    with world.database.read() as connection:
        assert plans.require_plan(connection, plan.plan_id) == won
    assert planning.kinds_of_events(plan.plan_id).count("plan.committed") == 1


def test_a_sealed_secret_opens_with_its_key_and_plan_only(keyring: Keyring) -> None:
    plan_id, secret = uuid4(), bytes(range(32))
    sealed = seal(keyring, plan_id, secret)
    assert unseal(keyring, plan_id, sealed) == secret
    assert secret.hex() not in sealed
    assert seal(keyring, plan_id, secret) != sealed
    for other_key, other_plan, changed in (
        (Keyring(bytes(32)), plan_id, sealed),
        (keyring, uuid4(), sealed),
        (keyring, plan_id, f"{sealed[:-2]}{int(sealed[-2:], 16) ^ 1:02x}"),
    ):
        with pytest.raises(UnsafeToRun) as refused:
            unseal(other_key, other_plan, changed)
        assert refused.value.code == "plan.sealed"
        assert refused.value.text("zh") and refused.value.text("en")


BAD_LISTS: dict[str, tuple[Callable[[Planning], PlanTerms], str, str]] = {
    "more than there are": (
        lambda p: replace(TERMS, strata=(replace(TERMS.strata[0], size=7),)),
        "draw.stratum_size",
        "strata",
    ),
    "more than are left": (
        lambda p: replace(
            TERMS,
            strata=(replace(TERMS.strata[0], size=6),),
            exclusions=(PlannedExclusion(p.shops[0].credit_code, "停业"),),
        ),
        "draw.stratum_size",
        "strata",
    ),
    "five each of four": (lambda p: replace(TERMS, inspectors_per_object=5), "draw.few_inspectors", "conflicts"),
    "an exclusion of nobody": (
        lambda p: replace(TERMS, exclusions=(PlannedExclusion(p.world.maker.credit_code, "停业"),)),
        "draw.unknown",
        "exclusions.0.object_id",
    ),
}  # fmt: skip


def test_lists_that_cannot_be_drawn_from_are_not_committed_to(planning: Planning, refuses: Refuses) -> None:
    for number, (terms, code, field) in enumerate(BAD_LISTS.values()):
        plan = planning.plan(terms(planning), str(number))
        with refuses(InvalidInput, code, field=field):
            planning.commit(plan)


def test_inspectors_with_an_interest_in_everything(planning: Planning, refuses: Refuses) -> None:
    for person in planning.inspectors[:3]:
        for shop in planning.shops:
            planning.interest(person, shop)
    plan = planning.plan()
    with refuses(InvalidInput, "draw.few_inspectors", field="conflicts", free=1, total=4, needed=2):
        planning.commit(plan)


def test_every_act_in_its_turn(world: World, planning: Planning, refuses: Refuses) -> None:
    draft, committed = planning.plan(number="1"), planning.commit(planning.plan(number="2"))
    drawn, published = planning.drawn(number="3"), planning.publish(planning.drawn(number="4"))
    doomed = planning.plan(number="5")
    cancelled = planning.do(lambda work: plans.cancel_plan(work, planning.actor, doomed.plan_id, "x"))
    code = planning.shops[0].credit_code

    def redraw(plan: Plan) -> object:
        return planning.do(lambda work: plans.redraw_object(work, planning.actor, plan.plan_id, code, "停业"))

    def visit(plan: Plan) -> object:
        return planning.do(lambda work: plans.record_visit(work, planning.actor, plan.plan_id, code, world.today()))

    def cancel(plan: Plan) -> object:
        return planning.do(lambda work: plans.cancel_plan(work, planning.actor, plan.plan_id, "x"))

    def revise(plan: Plan) -> object:
        return planning.do(lambda work: plans.revise_plan(work, planning.actor, plan.plan_id, TERMS))

    wrong: tuple[tuple[Callable[[Plan], object], tuple[Plan, ...]], ...] = (
        (planning.commit, (committed, drawn, published, cancelled)),
        (revise, (committed, drawn, published, cancelled)),
        (planning.draw, (draft, drawn, published, cancelled)),
        (planning.publish, (draft, committed, published, cancelled)),
        (redraw, (draft, committed, cancelled)),
        (visit, (draft, committed, cancelled)),
        (cancel, (drawn, published, cancelled)),
    )
    for act, out_of_turn in wrong:
        for plan in out_of_turn:
            with refuses(Conflict, f"plan.{plan.state.value}", field="plan_id"):
                act(plan)


def test_a_public_value_where_one_is_named_and_only_there(planning: Planning, refuses: Refuses) -> None:
    with_value, without = planning.commit(planning.plan(PUBLIC, "1")), planning.commit(planning.plan(number="2"))
    with refuses(InvalidInput, "draw.public_value", field="public_value"):
        planning.draw(with_value)
    with refuses(InvalidInput, "draw.public_value", field="public_value"):
        planning.draw(without, "12")
    with refuses(InvalidInput, "text.malformed", field="public_value"):
        planning.draw(with_value, "1" * 201)


def test_anothers_plan(world: World, planning: Planning, refuses: Refuses) -> None:
    other = world.actor(world.party(Role.INSPECTION_AGENCY))
    committed = planning.commit(planning.plan())
    for act in (planning.commit, planning.publish):
        with refuses(NotAllowed, "access.other_party"):
            act(committed, other)
    with refuses(NotAllowed, "access.other_party"):
        planning.draw(committed, actor=other)
    with refuses(NotAllowed, "access.role"):
        planning.draw(committed, actor=world.actor(world.outlet))
    drawn = planning.draw(committed, actor=world.actor(world.regulator))
    _, code = planning.first_visit(drawn)
    with refuses(NotAllowed, "access.other_party"):
        planning.do(lambda work: plans.redraw_object(work, other, drawn.plan_id, code, "停业"))
    with refuses(NotAllowed, "access.other_party"):
        planning.do(lambda work: plans.record_visit(work, other, drawn.plan_id, code, world.today()))


def test_a_plan_committed_to_does_not_vanish(world: World, planning: Planning) -> None:
    committed = planning.commit(planning.plan())
    planning.do(lambda work: plans.cancel_plan(work, planning.actor, committed.plan_id, "经费不足"))
    with world.database.read() as connection:
        [public] = plans.list_draws(connection)
        with pytest.raises(NotKnown, match=r"plan\.unpublished"):
            plans.published_document(connection, committed.plan_number)
    assert (public.state, public.cancellation, public.digest) == (PlanState.CANCELLED, "经费不足", committed.digest)


# ---------------------------------------------------------------------------------------------- redraws and visits


def test_redraws_are_appended_and_earlier_files_stay(world: World, planning: Planning) -> None:
    published = planning.publish(planning.drawn())
    first = document(world, published)
    visit, code = planning.first_visit(published)
    instead = planning.do(lambda work: plans.redraw_object(work, planning.actor, published.plan_id, code, "已停业"))
    assert instead.party_id != visit.party_id
    assert visit.party_id not in {each.party_id for each in planning.visits(published)}
    assert len(planning.visits(published)) == 2
    other, code = planning.first_visit(published)
    leaving = other.inspector_ids[0]
    changed = planning.do(
        lambda work: plans.redraw_inspector(work, planning.actor, published.plan_id, code, leaving, "出差")
    )
    assert changed.party_id == other.party_id
    assert leaving not in changed.inspector_ids
    assert len(changed.inspector_ids) == 2
    last = document(world, published)
    assert [each["reason"] for each in last["redraws"]] == ["已停业", "出差"]
    assert {each["by"] for each in last["redraws"]} == {world.agency.name}
    for file in (first, document(world, published, 1), last):
        assert verify(json.loads(json.dumps(file)), commitment=published.digest) == []
    assert document(world, published, 0) == first
    events = planning.kinds_of_events(published.plan_id)
    assert events[-2:] == ["plan.redrawn", "plan.redrawn"]


def test_refused_redraws(world: World, planning: Planning, refuses: Refuses) -> None:
    drawn = planning.drawn()
    _, code = planning.first_visit(drawn)

    def redraw(credit_code: str = code, reason: str = "停业", inspector_id: UUID | None = None) -> object:
        if inspector_id is None:
            return planning.do(
                lambda work: plans.redraw_object(work, planning.actor, drawn.plan_id, credit_code, reason)
            )
        return planning.do(
            lambda work: plans.redraw_inspector(work, planning.actor, drawn.plan_id, credit_code, inspector_id, reason)
        )

    with refuses(InvalidInput, "text.missing", field="reason"):
        redraw(reason=" ")
    with refuses(InvalidInput, "party.credit_code", field="credit_code"):
        redraw("x")
    with refuses(Conflict, "draw.not_drawn", field="object_id"):
        redraw(world.outlet.credit_code)
    with refuses(Conflict, "draw.not_drawn", field="inspector_id"):
        redraw(inspector_id=uuid4())
    with refuses(InvalidInput, "draw.number", field="redraws"), world.database.read() as connection:
        plans.draw_of(connection, drawn, 1)
    for _ in range(2):
        _, left = planning.first_visit(drawn)
        redraw(left)
    last, left = planning.first_visit(drawn)
    for each in last.inspector_ids:
        redraw(left, inspector_id=each)
    used_up, _ = planning.first_visit(drawn)
    with refuses(Conflict, "draw.none_left", field="inspector_id"):
        redraw(left, inspector_id=used_up.inspector_ids[0])


def test_visits_of_an_agency_and_who_must_be_redrawn(world: World, planning: Planning, refuses: Refuses) -> None:
    drawn = planning.drawn()
    visit, code = planning.first_visit(drawn)
    planning.do(lambda work: plans.note_interest(work, planning.actor, visit.inspector_ids[0], code, "入股"))
    assert planning.first_visit(drawn)[0].stepping_aside == visit.inspector_ids[:1]
    with world.database.read() as connection:
        assert {each.party_id for each in plans.list_visits_of(connection, world.agency.party_id)} == {
            each.party_id for each in planning.visits(drawn)
        }
        assert plans.list_visits_of(connection, world.regulator.party_id) == []

    def record(on: date, credit_code: str = code) -> object:
        return planning.do(lambda work: plans.record_visit(work, planning.actor, drawn.plan_id, credit_code, on))

    for day in (world.today() + timedelta(days=1), world.today() - timedelta(days=1)):
        with refuses(InvalidInput, "plan.visit_day", field="visited_on"):
            record(day)
    with refuses(Conflict, "draw.not_drawn", field="credit_code"):
        record(world.today(), world.outlet.credit_code)
    record(world.today())
    with refuses(Conflict, "plan.visited", field="credit_code"):
        record(world.today())
    with refuses(Conflict, "plan.visited", field="credit_code"):
        planning.do(lambda work: plans.redraw_object(work, planning.actor, drawn.plan_id, code, "停业"))
    done, _ = planning.first_visit(drawn)
    assert (done.visited_on, done.stepping_aside) == (world.today(), ())
    assert planning.kinds_of_events(drawn.plan_id)[-1] == "plan.visited"


def test_samples_taken_under_a_plan_are_counted(world: World, planning: Planning, refuses: Refuses) -> None:
    drawn = planning.drawn()
    visit, code = planning.first_visit(drawn)
    for number in ("S-1", "S-2"):
        new = NewSample(
            batch_id=world.register_batch().batch_id,
            sample_number=number,
            agency_id=world.agency.party_id,
            taken_on=world.today(),
            region_code=COUNTY,
            basis=Basis.RANDOM,
            sampled_from_id=visit.party_id,
            plan_id=drawn.plan_id,
            inspectors=(SheetInspector("甲", "A-1"), SheetInspector("乙", "A-2")),
        )
        planning.do(lambda work, new=new: inspection.take_sample(work, planning.actor, new))
    assert sorted(each.samples for each in planning.visits(drawn)) == [0, 2]
    assert planning.first_visit(drawn)[0].samples == 2
    with refuses(Conflict, "plan.visited", field="credit_code"):
        planning.do(lambda work: plans.redraw_object(work, planning.actor, drawn.plan_id, code, "停业"))


def test_a_visiting_agency_notes_its_visit_under_anothers_plan(world: World, planning: Planning) -> None:
    plan = planning.plan(organiser=world.regulator)
    regulator = world.actor(world.regulator)
    drawn = planning.draw(planning.commit(plan, regulator), actor=regulator)
    _, code = planning.first_visit(drawn)
    visit = planning.do(lambda work: plans.record_visit(work, planning.actor, drawn.plan_id, code, world.today()))
    assert visit.visited_on == world.today()
