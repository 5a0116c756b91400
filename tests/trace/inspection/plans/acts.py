"""Plans for the tests: a small county with outlets and inspectors, and what an agency does with a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.inspection.model import Stage
from suiyuan.trace.inspection.plans import service as plans
from suiyuan.trace.inspection.plans.model import Inspector, Plan, PlannedStratum, PlanTerms, Visit
from suiyuan.trace.inspection.plans.service import NewInspector, NewPlan
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import OPERATOR, Activity, Actor, Party, Role
from suiyuan.trace.store.database import UnitOfWork

if TYPE_CHECKING:
    from tests.support.world import World

Result = TypeVar("Result")

COUNTY = "640303"
"""Where nobody of the small world lives."""

TERMS = PlanTerms(
    title="秋季农药抽检",
    kinds=frozenset({ProductKind.PESTICIDE}),
    stages=frozenset({Stage.TRADE}),
    first_on=date(2026, 11, 25),
    last_on=date(2026, 12, 31),
    strata=(PlannedStratum(COUNTY, Role.OUTLET, 2),),
)


class Planning:
    """The agency of the small world, with shops in one county and inspectors of its own."""

    def __init__(self, world: World, shops: int = 6, inspectors: int = 4) -> None:
        self.world = world
        self.actor = world.actor(world.agency)
        self.shops = [self.shop() for _ in range(shops)]
        self.inspectors = [self.inspector(f"检查员{number}", f"NX-{number}") for number in range(inspectors)]

    def shop(self, *roles: Role, region_code: str = COUNTY, activity: Activity = Activity.TRADE) -> Party:
        party = self.world.party(*(roles or (Role.OUTLET,)), region_code=region_code)
        self.do(lambda work: self.world.license(work, party, "pesticide", activity))
        return party

    def inspector(self, name: str = "王某", certificate: str = "NX-9", agency: Party | None = None) -> Inspector:
        agency_id = (agency or self.world.agency).party_id
        return self.do(lambda work: plans.add_inspector(work, OPERATOR, agency_id, NewInspector(name, certificate)))

    def do(self, act: Callable[[UnitOfWork], Result]) -> Result:
        return self.world.database.write(act)

    def interest(self, inspector: Inspector, party: Party) -> Inspector:
        return self.do(
            lambda work: plans.note_interest(work, OPERATOR, inspector.inspector_id, party.credit_code, "亲属开店")
        )

    def plan(self, terms: PlanTerms = TERMS, number: str = "NX-2026-1", organiser: Party | None = None) -> Plan:
        party_id = (organiser or self.world.agency).party_id
        return self.do(lambda work: plans.register_plan(work, OPERATOR, party_id, NewPlan(number, terms)))

    def commit(self, plan: Plan, actor: Actor | None = None) -> Plan:
        who = actor or self.actor
        return self.do(lambda work: plans.commit_plan(work, who, plan.plan_id, self.world.keyring))

    def draw(self, plan: Plan, public_value: str = "", actor: Actor | None = None) -> Plan:
        who = actor or self.actor
        return self.do(lambda work: plans.draw_plan(work, who, plan.plan_id, self.world.keyring, public_value))

    def publish(self, plan: Plan, actor: Actor | None = None) -> Plan:
        return self.do(lambda work: plans.publish_draw(work, actor or self.actor, plan.plan_id))

    def drawn(self, terms: PlanTerms = TERMS, number: str = "NX-2026-1") -> Plan:
        return self.draw(self.commit(self.plan(replace(terms, public_source=""), number)))

    def visits(self, plan: Plan) -> list[Visit]:
        with self.world.database.read() as connection:
            return plans.list_visits(connection, plan.plan_id)

    def first_visit(self, plan: Plan) -> tuple[Visit, str]:
        """The first object drawn, and its credit code."""
        visit = self.visits(plan)[0]
        return visit, next(each.credit_code for each in self.shops if each.party_id == visit.party_id)

    def kinds_of_events(self, subject_id: UUID) -> list[str]:
        with self.world.database.read() as connection:
            return [each.kind for each in ledger.list_events(connection, subject_id)]
