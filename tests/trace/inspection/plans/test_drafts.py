"""Drafting, revising and cancelling plans, and every refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from suiyuan.trace.inspection.draw.lists import MAX_ROWS
from suiyuan.trace.inspection.plans import service as plans
from suiyuan.trace.inspection.plans.model import (
    Plan,
    PlannedExclusion,
    PlannedStratum,
    PlanState,
    require_terms,
)
from suiyuan.trace.inspection.plans.service import NewPlan
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.parties.model import Role

from .acts import COUNTY, TERMS, Planning

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World

SHOP = PlannedStratum(COUNTY, Role.OUTLET, 2)


@pytest.fixture
def planning(world: World) -> Planning:
    return Planning(world, shops=0, inspectors=0)


def test_a_draft_is_kept_as_it_was_given(world: World, planning: Planning) -> None:
    terms = replace(
        TERMS,
        title=" 秋季  农药抽检 ",
        strata=(SHOP, PlannedStratum("640000", Role.OUTLET, 1, f" {world.maker.credit_code.lower()}")),
        exclusions=(PlannedExclusion(world.outlet.credit_code, " 已 停业 "),),
        public_source="双色球 2026140 期",
        inspectors_per_object=3,
        agency_ids=frozenset({world.agency.party_id}),
    )
    plan = planning.plan(terms, number="ＮＸ-2026-秋")
    assert (plan.plan_number, plan.state, plan.organiser_id) == ("NX-2026-秋", PlanState.DRAFT, world.agency.party_id)
    assert plan.terms.title == "秋季 农药抽检"
    assert plan.terms.strata[1].producer == world.maker.credit_code
    assert plan.terms.exclusions[0].reason == "已 停业"
    assert (plan.digest, plan.committed_at) == ("", None)
    with world.database.read() as connection:
        assert plans.require_plan(connection, plan.plan_id) == plan
        assert plans.list_plans(connection, planning.actor) == [plan]
        assert plans.list_plans(connection, world.actor(world.regulator)) == [plan]
        assert plans.list_draws(connection) == []
    revised = planning.do(lambda work: plans.revise_plan(work, planning.actor, plan.plan_id, TERMS))
    with world.database.read() as connection:
        assert plans.require_plan(connection, plan.plan_id) == revised
    assert revised == replace(plan, terms=TERMS)
    assert planning.kinds_of_events(plan.plan_id) == ["plan.registered", "plan.revised"]


def test_a_cancelled_draft_is_nobodys_concern(world: World, planning: Planning, refuses: Refuses) -> None:
    plan = planning.plan()
    with refuses(InvalidInput, "text.missing", field="reason"):
        planning.do(lambda work: plans.cancel_plan(work, planning.actor, plan.plan_id, " "))
    cancelled = planning.do(lambda work: plans.cancel_plan(work, planning.actor, plan.plan_id, "重复"))
    assert (cancelled.state, cancelled.cancellation) == (PlanState.CANCELLED, "重复")
    with world.database.read() as connection:
        assert plans.require_plan(connection, plan.plan_id) == cancelled
        assert plans.list_draws(connection) == []
        with pytest.raises(NotKnown, match=r"plan\.unpublished"):
            plans.find_draw(connection, plan.plan_number)
    with refuses(Conflict, "plan.cancelled", field="plan_id"):
        planning.do(lambda work: plans.cancel_plan(work, planning.actor, plan.plan_id, "再次"))
    with refuses(Conflict, "plan.cancelled", field="plan_id"):
        planning.do(lambda work: plans.revise_plan(work, planning.actor, plan.plan_id, TERMS))


BAD_TERMS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no title": ({"title": " "}, "text.missing", "title"),
    "long title": ({"title": "长" * 151}, "text.malformed", "title"),
    "no kinds": ({"kinds": frozenset()}, "plan.no_kinds", "kinds"),
    "no strata": ({"strata": ()}, "plan.no_strata", "strata"),
    "reversed period": ({"last_on": date(2026, 1, 1)}, "plan.period", "last_on"),
    "one inspector": ({"inspectors_per_object": 1}, "draw.number", "inspectors_per_object"),
    "a delegation": ({"inspectors_per_object": 11}, "draw.number", "inspectors_per_object"),
    "negative size": (
        {"strata": (SHOP, replace(SHOP, role=Role.DISTRIBUTOR, size=-1))},
        "draw.number",
        "strata.1.size",
    ),
    "size of nothing": ({"strata": (replace(SHOP, size=0),)}, "draw.number", "strata.0.size"),
    "size of a million": ({"strata": (replace(SHOP, size=1_000_000),)}, "draw.number", "strata.0.size"),
    "same stratum": ({"strata": (SHOP, replace(SHOP, size=3))}, "draw.duplicate", "strata.1.region_code"),
    "unknown region": ({"strata": (replace(SHOP, region_code="640199"),)}, "region.unknown", "strata.0.region_code"),
    "no region": ({"strata": (replace(SHOP, region_code=""),)}, "region.unknown", "strata.0.region_code"),
    "regulators": ({"strata": (replace(SHOP, role=Role.REGULATOR),)}, "plan.role", "strata.0.role"),
    "bad producer": ({"strata": (replace(SHOP, producer="x"),)}, "party.credit_code", "strata.0.producer"),
    "bad exclusion": (
        {"exclusions": (PlannedExclusion("x", "停业"),)},
        "party.credit_code",
        "exclusions.0.credit_code",
    ),
    "long source": ({"public_source": "长" * 201}, "text.malformed", "public_source"),
}


def test_refused_terms(planning: Planning, refuses: Refuses) -> None:
    for changes, code, field in BAD_TERMS.values():
        with refuses(InvalidInput, code, field=field):
            planning.plan(replace(TERMS, **changes))


def test_refused_parties(world: World, planning: Planning, refuses: Refuses) -> None:
    def plan(changes: dict[str, Any], organiser: Any = None) -> Plan:
        return planning.plan(replace(TERMS, **changes), organiser=organiser)

    unknown = "91640100MA00009998"
    excluded = PlannedExclusion(world.outlet.credit_code, "停业")
    with refuses(InvalidInput, "draw.duplicate", field="exclusions.1.credit_code"):
        plan({"exclusions": (excluded, replace(excluded, reason="重复"))})
    with refuses(InvalidInput, "text.missing", field="exclusions.0.reason"):
        plan({"exclusions": (replace(excluded, reason=""),)})
    with refuses(InvalidInput, "party.credit_code", field="exclusions.0.credit_code"):
        plan({"exclusions": (replace(excluded, credit_code=unknown),)})
    with refuses(NotKnown, "plan.agency", field="agency_ids"):
        plan({"agency_ids": frozenset({uuid4()})})
    with refuses(NotKnown, "plan.agency", field="agency_ids"):
        plan({"agency_ids": frozenset({world.outlet.party_id})})
    with refuses(InvalidInput, "plan.agency_other", field="agency_ids"):
        plan({"agency_ids": frozenset({world.regulator.party_id})})
    with refuses(InvalidInput, "inspector.agency", field="organiser_id"):
        plan({}, world.outlet)


BAD_NUMBERS = ("", " ", "a/b", "a.json", "-1", "计划 1", "长" * 41, "a\x00", "../etc", "%2e")


def test_refused_numbers(planning: Planning, refuses: Refuses) -> None:
    for number in BAD_NUMBERS:
        with refuses(InvalidInput, "plan.number", field="plan_number"):
            planning.plan(number=number)


def test_a_number_is_used_once(planning: Planning, refuses: Refuses) -> None:
    planning.plan()
    with refuses(Conflict, "plan.duplicate", field="plan_number", plan_number="NX-2026-1"):
        planning.plan()


def test_whose_plan_it_is(world: World, planning: Planning, refuses: Refuses) -> None:
    plan = planning.plan(organiser=world.regulator)
    new = NewPlan("NX-2026-2", TERMS)
    for actor, code in (
        (world.actor(world.outlet), "access.role"),
        (planning.actor, "access.other_party"),
    ):
        with refuses(NotAllowed, code):
            planning.do(lambda work, actor=actor: plans.revise_plan(work, actor, plan.plan_id, TERMS))
        with refuses(NotAllowed, code):
            planning.do(lambda work, actor=actor: plans.cancel_plan(work, actor, plan.plan_id, "x"))
        with refuses(NotAllowed, code):
            planning.do(lambda work, actor=actor: plans.register_plan(work, actor, world.regulator.party_id, new))
        with refuses(NotAllowed, code), world.database.read() as connection:
            plans.require_own_plan(connection, actor, plan.plan_id)
    with world.database.read() as connection:
        assert plans.list_plans(connection, planning.actor) == []
    with refuses(NotKnown, "plan.unknown", field="plan_id"):
        planning.do(lambda work: plans.cancel_plan(work, planning.actor, uuid4(), "x"))


def test_a_list_of_strata_has_an_end() -> None:
    terms = replace(TERMS, strata=(SHOP,) * (MAX_ROWS + 1))
    with pytest.raises(InvalidInput) as refused:
        require_terms(terms)
    assert (refused.value.code, refused.value.field) == ("draw.rows", "strata")


def test_a_division_holds_what_lies_in_it() -> None:
    def holds(stratum: str, party: str) -> bool:
        return PlannedStratum(stratum, Role.OUTLET, 1).holds(party)

    assert holds("640122", "640122") and not holds("640122", "640121")
    assert holds("640100", "640122") and not holds("640100", "640221")
    assert holds("640000", "640221") and not holds("640000", "650100")
