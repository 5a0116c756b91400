"""The draw that issue 5 asks for: twenty-two counties at 3 to 5 outlets each, 1,272 outlets, 40 inspectors with
conflicts, from the registered parties to a file that verifies by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, insert

from suiyuan.trace.inspection.draw import read, verify, written
from suiyuan.trace.inspection.plans import people_store
from suiyuan.trace.inspection.plans import service as plans
from suiyuan.trace.inspection.plans.model import Inspector, PlannedStratum
from suiyuan.trace.kernel.ids import new_id
from suiyuan.trace.parties import store as party_store
from suiyuan.trace.parties.model import Activity, Party, Role
from suiyuan.trace.parties.regions import REGIONS
from suiyuan.trace.parties.service import party_id_of
from suiyuan.trace.store.database import UnitOfWork

from .acts import TERMS, Planning

if TYPE_CHECKING:
    from tests.support.world import World

OUTLETS = 1_272
INSPECTORS = 40
CONFLICTS = 400
COUNTIES = sorted(code for code in REGIONS if code.startswith("64") and not code.endswith("00"))


def outlets() -> list[Party]:
    from tests.support.world import credit_code

    codes = [credit_code(100_000 + number) for number in range(OUTLETS)]
    return [
        Party(party_id_of(code), code, f"第{number}农资店", "店", COUNTIES[number % 22], frozenset({Role.OUTLET}))
        for number, code in enumerate(codes)
    ]


def registered(shops: list[Party], people: list[Inspector], at: datetime) -> dict[Table, list[dict[str, Any]]]:
    """The rows of all of them, with licences and interests: many at once, since each alone is not what is tested."""
    period = {"valid_from": date(2020, 1, 1), "valid_until": date(2030, 1, 1), "covers_restricted": False}
    kind = {"number": "一", "product_kind": "pesticide", "activity": Activity.TRADE.value, **period}
    named = ("party_id", "credit_code", "name", "short_name", "region_code", "telephone", "is_demonstration")
    return {
        party_store.party: [{**{name: getattr(each, name) for name in named}, "registered_at": at} for each in shops],
        party_store.party_role: [{"party_id": each.party_id, "role": Role.OUTLET.value} for each in shops],
        party_store.licence: [{"party_id": each.party_id, **kind} for each in shops],
        people_store.inspector: [
            {
                "inspector_id": each.inspector_id,
                "agency_id": each.agency_id,
                "name": each.name,
                "certificate_number": each.certificate_number,
                "added_at": at,
            }
            for each in people
        ],
        people_store.inspector_interest: [
            {
                "inspector_id": people[number % INSPECTORS].inspector_id,
                "party_id": shops[number * 7 % OUTLETS].party_id,
                "reason": "亲属",
                "noted_at": at,
            }
            for number in range(CONFLICTS)
        ],
    }


def test_a_draw_of_all_ningxia(world: World) -> None:
    shops = outlets()
    people = [
        Inspector(world.agency.party_id, new_id(), f"检查员{number}", f"N-{number}") for number in range(INSPECTORS)
    ]

    def register(work: UnitOfWork) -> None:
        for table, rows in registered(shops, people, work.now).items():
            work.connection.execute(insert(table), rows)

    world.database.write(register)
    planning = Planning(world, shops=0, inspectors=0)
    strata = tuple(PlannedStratum(code, Role.OUTLET, 3 + at % 3) for at, code in enumerate(COUNTIES))
    plan = planning.plan(replace(TERMS, strata=strata, public_source="双色球 2026140 期开奖号码"))
    committed = planning.commit(plan)
    published = planning.publish(planning.draw(committed, "03 07 12 19 24 31 | 05"))
    with world.database.read() as connection:
        content = written(plans.published_document(connection, published.plan_number))
        visits = plans.list_visits(connection, published.plan_id)
    file = read(content)
    assert verify(file, commitment=committed.digest) == []
    known = {each.credit_code for each in shops}
    assert len(COUNTIES) == 22
    assert known <= {each["object_id"] for each in file["list"]["candidates"]}
    assert (len(file["list"]["inspectors"]), len(file["list"]["conflicts"])) == (INSPECTORS, CONFLICTS)
    assert len(file["result"]) == len(visits) == sum(each.size for each in strata)
    avoided = {(each["inspector_id"], each["object_id"]) for each in file["list"]["conflicts"]}
    drawn = {(one, each["object_id"]) for each in file["result"] for one in each["inspector_ids"]}
    assert not avoided & drawn
