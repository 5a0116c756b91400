"""Leads: numbered by day, taken up, closed once with a reason; seen by those who enforce and by nobody else."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from suiyuan.trace.enforcement import service as enforcement
from suiyuan.trace.enforcement.model import Filter, Lead, LeadKind, LeadState, NewLead, county_prefix, number_of
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties import notices
from suiyuan.trace.parties.model import NoticeKind, Party, Role

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World

ALL = Filter()
NEW = NewLead(LeadKind.FAILED_SPOT_CHECK, "640221", "NX-1: 有效成分含量")


def opened(world: World, new: NewLead = NEW) -> Lead:
    return world.database.write(lambda work: enforcement.open_lead(work, world.actor(world.agency), new))


def take_up(world: World, lead: Lead, party: Party, note: str = "") -> Lead:
    return world.database.write(lambda work: enforcement.take_up(work, world.actor(party), lead.lead_id, note))


def close(world: World, lead: Lead, party: Party, reason: str = "已移送") -> Lead:
    return world.database.write(lambda work: enforcement.close(work, world.actor(party), lead.lead_id, reason))


def listed(world: World, wanted: Filter = ALL, party: Party | None = None) -> list[Lead]:
    with world.database.read() as connection:
        return enforcement.list_leads(connection, world.actor(party or world.regulator), wanted)


def test_leads_are_numbered_by_day(world: World) -> None:
    first, second = opened(world), opened(world)
    world.later(days=1)
    third = opened(world)
    numbers = [each.lead_number for each in (first, second, third)]
    assert numbers == ["L20261124-0001", "L20261124-0002", "L20261125-0001"]
    assert number_of(world.today(), 12_345) == "L20261125-12345"
    with world.database.read() as connection:
        actor = world.actor(world.agency)
        assert enforcement.require_lead_by_number(connection, actor, " l20261124-0002 ") == second
        assert enforcement.require_lead(connection, actor, first.lead_id) == first


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_lead_is_on_its_own_chain_and_its_number_only_on_the_batchs(world: World) -> None:
    batch = world.register_batch()
    lead = opened(world, replace(NEW, batch_id=batch.batch_id, maker_id=world.maker.party_id))
    with world.database.read() as connection:
        (own,) = ledger.list_events(connection, lead.lead_id)
        named = ledger.list_events(connection, batch.batch_id)[-1]
    assert (own.subject, own.kind) == ("lead", "lead.opened")
    assert json.loads(own.payload)["summary"] == lead.summary
    assert (named.kind, json.loads(named.payload)) == ("batch.lead_opened", {"lead_number": lead.lead_number})


def test_regulators_of_the_county_are_told(world: World) -> None:
    province = world.regulator
    county = world.party(Role.REGULATOR, name="平罗县农业农村局", region_code="640221")
    city = world.party(Role.REGULATOR, name="石嘴山市农业农村局", region_code="640200")
    others = [
        world.party(Role.REGULATOR, name="惠农区农业农村局", region_code="640205"),
        world.party(Role.REGULATOR, name="甘肃省农业农村厅", region_code="620000"),
        world.maker,
        world.agency,
    ]
    lead = opened(world)
    with world.database.read() as connection:
        for party in (province, city, county):
            (notice,) = notices.list_notices(connection, party.party_id)
            assert notice.kind is NoticeKind.LEAD_OPENED
            assert json.loads(notice.facts)["lead_number"] == lead.lead_number
        for party in others:
            assert notices.list_notices(connection, party.party_id) == []


def test_a_lead_is_taken_up_and_closed(world: World) -> None:
    lead = opened(world)
    world.later(hours=1)
    taken = take_up(world, lead, world.agency, "去现场")
    assert (taken.state, taken.taken_up_by_id) == (LeadState.TAKEN_UP, world.agency.party_id)
    assert taken.taken_up_at == world.clock.now()
    world.later(days=2)
    closed = close(world, lead, world.agency)
    assert (closed.state, closed.closed_by_id, closed.reason) == (LeadState.CLOSED, world.agency.party_id, "已移送")
    assert listed(world) == [closed]
    with world.database.read() as connection:
        events = ledger.list_events(connection, lead.lead_id)
    assert [(each.kind, each.actor_id) for each in events] == [
        (f"lead.{kind}", world.agency.party_id) for kind in ("opened", "taken_up", "closed")
    ]
    assert json.loads(events[1].payload) == {"note": "去现场"}


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_steps_that_are_refused(world: World, refuses: Refuses) -> None:
    lead = opened(world)
    with refuses(NotAllowed, "access.role"):
        close(world, lead, world.agency)
    with refuses(InvalidInput, "text.missing", field="reason"):
        close(world, lead, world.regulator, "  ")
    with refuses(InvalidInput, "text.malformed", field="note"):
        take_up(world, lead, world.agency, "长" * 2_001)
    with refuses(NotKnown, "lead.unknown", field="lead_id"):
        take_up(world, replace(lead, lead_id=uuid4()), world.agency)
    take_up(world, lead, world.agency)
    with refuses(Conflict, "lead.state", field="lead_id", state="taken_up"):
        take_up(world, lead, world.regulator)
    other = world.party(Role.INSPECTION_AGENCY, name="另一个检测中心")
    with refuses(NotAllowed, "access.other_party"):
        close(world, lead, other)
    close(world, lead, world.regulator)
    for step in (close, take_up):
        with refuses(Conflict, "lead.state", field="lead_id", number=lead.lead_number, state="closed"):
            step(world, lead, world.regulator)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_nobody_else_learns_of_a_lead(world: World, refuses: Refuses) -> None:
    lead = opened(world)
    for party in (world.maker, world.distributor, world.outlet):
        with refuses(NotAllowed, "access.role"):
            listed(world, party=party)
        with refuses(NotAllowed, "access.role"):
            take_up(world, lead, party)
        with refuses(NotAllowed, "access.role"):
            close(world, replace(lead, lead_id=uuid4()), party)


def test_leads_are_found_by_place_kind_and_state(world: World) -> None:
    pingluo = opened(world)
    world.later(minutes=1)
    tongxin = opened(world, replace(NEW, region_code="640324", kind=LeadKind.SUSPECTED_COUNTERFEIT))
    take_up(world, tongxin, world.regulator)
    numbers = {each.lead_number for each in (pingluo, tongxin)}
    for wanted, expected in (
        (Filter(), numbers),
        (Filter("640000"), numbers),
        (Filter("640200"), {pingluo.lead_number}),
        (Filter("640221"), {pingluo.lead_number}),
        (Filter("640300", LeadKind.FAILED_SPOT_CHECK), set()),
        (Filter(kind=LeadKind.SUSPECTED_COUNTERFEIT), {tongxin.lead_number}),
        (Filter(state=LeadState.OPEN), {pingluo.lead_number}),
        (Filter("620000"), set()),
    ):
        assert {each.lead_number for each in listed(world, wanted)} == expected, wanted
    assert [each.lead_number for each in listed(world, party=world.agency)] == [
        tongxin.lead_number,
        pingluo.lead_number,
    ]
    with world.database.read() as connection:
        actor = world.actor(world.regulator)
        place = (tongxin.opened_at, tongxin.lead_id)
        assert enforcement.list_leads(connection, actor, Filter(), place) == [pingluo]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_no_lead_can_be(world: World, refuses: Refuses) -> None:
    with refuses(InvalidInput, "region.unknown", field="region_code"):
        opened(world, replace(NEW, region_code="649999"))
    with refuses(InvalidInput, "text.missing", field="summary"):
        opened(world, replace(NEW, summary=" "))
    with refuses(InvalidInput, "region.unknown", field="region_code"):
        listed(world, Filter("6402"))


def test_leads_opened_at_once_get_numbers_of_their_own(world: World) -> None:
    found: list[str] = []
    opened(world)

    def attempt() -> None:
        found.append(opened(world).lead_number)

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [f"L20261124-000{number}" for number in range(2, 6)]


def test_a_division_takes_in_its_counties() -> None:
    prefixes = {code: county_prefix(code) for code in ("640000", "640200", "640221", "640100", "500000")}
    assert prefixes == {"640000": "64", "640200": "6402", "640221": "640221", "640100": "6401", "500000": "50"}
