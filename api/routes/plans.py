"""/api/v1/inspectors, plans, visits, draws: who inspects, what is planned, what was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from ...trace.enforcement.reports.model import COMPLAINTS_COUNT_FOR
from ...trace.enforcement.service import complaints_by_party
from ...trace.inspection.draw import require_list
from ...trace.inspection.plans import service
from ...trace.inspection.plans.model import AGENCY_ROLES, Inspector, Plan, PlanState, Visit
from ...trace.inspection.plans.service import PublicDraw
from ...trace.kernel.clock import day_in_china
from ...trace.parties.model import Role
from ...trace.store.database import UnitOfWork
from ..acting import acting_party
from ..deps import TheActor, TheInstance, party_asked_for
from ..forms.plans import (
    CancellationForm,
    DrawForm,
    InspectorForm,
    InterestForm,
    PlanForm,
    RedrawForm,
    TermsForm,
    VisitForm,
)
from ..writes import TheWrite

router = APIRouter(prefix="/api/v1", tags=["plans"])

AfterRedraws = Annotated[int | None, Query(description="The file as it was after so many redraws; the present one.")]


@dataclass(frozen=True, slots=True)
class StratumCount:
    """`candidates`: parties on the list; `available`: those of them that can be drawn."""

    stratum: str
    size: int
    candidates: int
    available: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """The list in numbers. `inspectors` in office of the agencies concerned; `conflicts` of theirs with candidates."""

    strata: list[StratumCount]
    inspectors: int
    conflicts: int


@router.post("/inspectors", status_code=201)
def add_inspector(form: InspectorForm, write: TheWrite) -> Inspector:
    """Adds an inspector of an agency: one's own, or any for the regulator."""
    agency_id = form.agency_id or acting_party(write.actor)
    return write.run(lambda work: service.add_inspector(work, write.actor, agency_id, form.read()))


@router.get("/inspectors")
def list_inspectors(instance: TheInstance, actor: TheActor, agency_id: UUID | None = None) -> list[Inspector]:
    """Inspectors of an agency with their interests, those who left too: one's own, or any for the regulator."""
    actor.require_role(*AGENCY_ROLES)
    party_id = party_asked_for(actor, agency_id)
    with instance.database.read() as connection:
        is_everybody = agency_id is None and actor.has_role(Role.REGULATOR)
        return service.list_inspectors(connection, None if is_everybody else [party_id])


@router.delete("/inspectors/{inspector_id}")
def remove_inspector(inspector_id: UUID, write: TheWrite) -> Inspector:
    """Takes an inspector out of office."""
    return write.run(lambda work: service.remove_inspector(work, write.actor, inspector_id))


@router.post("/inspectors/{inspector_id}/interests", status_code=201)
def note_interest(inspector_id: UUID, form: InterestForm, write: TheWrite) -> Inspector:
    """Notes that an inspector steps aside from a party."""
    return write.run(lambda work: service.note_interest(work, write.actor, inspector_id, form.credit_code, form.reason))


@router.delete("/inspectors/{inspector_id}/interests/{party_id}")
def end_interest(inspector_id: UUID, party_id: UUID, write: TheWrite) -> Inspector:
    """Ends an inspector's interest in a party."""
    return write.run(lambda work: service.end_interest(work, write.actor, inspector_id, party_id))


@router.post("/plans", status_code=201)
def register_plan(form: PlanForm, write: TheWrite) -> Plan:
    """Drafts a plan. An inspection agency's or the regulator's act."""
    organiser_id = form.organiser_id or acting_party(write.actor)
    return write.run(lambda work: service.register_plan(work, write.actor, organiser_id, form.read()))


@router.get("/plans")
def list_plans(instance: TheInstance, actor: TheActor) -> list[Plan]:
    """The caller's plans, all for the regulator, the newest first."""
    with instance.database.read() as connection:
        return service.list_plans(connection, actor)


@router.get("/plans/{plan_id}")
def get_plan(plan_id: UUID, instance: TheInstance, actor: TheActor) -> Plan:
    """One plan: one's own, or any for the regulator."""
    with instance.database.read() as connection:
        return service.require_own_plan(connection, actor, plan_id)


@router.post("/plans/{plan_id}/revision")
def revise_plan(plan_id: UUID, form: TermsForm, write: TheWrite) -> Plan:
    """Replaces the terms of a draft."""
    return write.run(lambda work: service.revise_plan(work, write.actor, plan_id, form.terms()))


@router.get("/plans/{plan_id}/candidates")
def count_candidates(plan_id: UUID, instance: TheInstance, actor: TheActor) -> Candidates:
    """How many can be drawn of each stratum: by today's list, or by the one committed to. Refused as the commitment
    would be."""
    with instance.database.read() as connection:
        plan = service.require_own_plan(connection, actor, plan_id)
        if plan.committed_at is not None:
            listed = service.list_of(connection, plan)
        else:
            now = instance.database.clock.now()
            complaints = complaints_by_party(connection, now - COMPLAINTS_COUNT_FOR)
            listed = require_list(service.prepare(connection, plan, day_in_china(now), complaints))
    weights = listed.weights_by_stratum()
    counts = {each.name: 0 for each in listed.strata}
    for each in listed.candidates:
        counts[each.stratum] += 1
    strata = [StratumCount(each.name, each.size, counts[each.name], len(weights[each.name])) for each in listed.strata]
    return Candidates(strata, len(listed.inspectors), len(listed.conflicts))


@router.post("/plans/{plan_id}/commitment", status_code=201)
def commit_plan(plan_id: UUID, instance: TheInstance, write: TheWrite) -> Plan:
    """Fixes the candidate list and a secret. Publish the `digest` now, before anybody knows the public value."""

    def act(work: UnitOfWork) -> Plan:
        complaints = complaints_by_party(work.connection, work.now - COMPLAINTS_COUNT_FOR)
        return service.commit_plan(work, write.actor, plan_id, instance.keyring, complaints)

    return write.run(act)


@router.post("/plans/{plan_id}/draw", status_code=201)
def draw_plan(plan_id: UUID, form: DrawForm, instance: TheInstance, write: TheWrite) -> Plan:
    """Draws objects and inspectors."""
    return write.run(lambda work: service.draw_plan(work, write.actor, plan_id, instance.keyring, form.public_value))


@router.get("/plans/{plan_id}/draw")
def get_draw(plan_id: UUID, instance: TheInstance, actor: TheActor) -> dict[str, Any]:
    """The draw as its file will have it, before the publication too."""
    with instance.database.read() as connection:
        return service.own_document(connection, actor, plan_id)


@router.post("/plans/{plan_id}/redraws", status_code=201)
def redraw(plan_id: UUID, form: RedrawForm, write: TheWrite) -> Visit:
    """Replaces an object, or one of its inspectors; the answer is what is to be visited instead. Every redraw stands
    in the file with its reason."""
    inspector_id = form.inspector_id
    if inspector_id is None:
        return write.run(lambda work: service.redraw_object(work, write.actor, plan_id, form.credit_code, form.reason))
    return write.run(
        lambda work: service.redraw_inspector(work, write.actor, plan_id, form.credit_code, inspector_id, form.reason)
    )


@router.post("/plans/{plan_id}/publication", status_code=201)
def publish_draw(plan_id: UUID, write: TheWrite) -> Plan:
    """Gives the draw's file to anybody."""
    return write.run(lambda work: service.publish_draw(work, write.actor, plan_id))


@router.post("/plans/{plan_id}/cancellation", status_code=201)
def cancel_plan(plan_id: UUID, form: CancellationForm, write: TheWrite) -> Plan:
    """Gives a plan up before its draw. One that was committed to stays in the public list."""
    return write.run(lambda work: service.cancel_plan(work, write.actor, plan_id, form.reason))


@router.post("/plans/{plan_id}/visits", status_code=201)
def record_visit(plan_id: UUID, form: VisitForm, write: TheWrite) -> Visit:
    """Notes that an object was visited."""
    return write.run(lambda work: service.record_visit(work, write.actor, plan_id, form.credit_code, form.visited_on))


@router.get("/plans/{plan_id}/visits")
def list_visits(plan_id: UUID, instance: TheInstance, actor: TheActor) -> list[Visit]:
    """What is to be visited under a plan, and what was."""
    with instance.database.read() as connection:
        service.require_own_plan(connection, actor, plan_id)
        return service.list_visits(connection, plan_id)


@router.get("/visits")
def list_own_visits(instance: TheInstance, actor: TheActor) -> list[Visit]:
    """What the caller's inspectors have to visit, under whosever plan, and what they visited."""
    actor.require_role(*AGENCY_ROLES)
    with instance.database.read() as connection:
        return service.list_visits_of(connection, acting_party(actor))


@router.get("/draws")
def list_draws(instance: TheInstance, state: PlanState | None = None) -> list[PublicDraw]:
    """Draws and commitments, the newest first; cancelled ones too."""
    with instance.database.read() as connection:
        found = service.list_draws(connection)
    return [each for each in found if state is None or each.state is state]


@router.get("/draws/{plan_number}")
def get_published_draw(plan_number: str, instance: TheInstance, redraws: AfterRedraws = None) -> dict[str, Any]:
    """The file of a published draw: `suiyuan draw verify` re-runs it from this alone."""
    with instance.database.read() as connection:
        return service.published_document(connection, plan_number, redraws)
