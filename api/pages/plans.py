"""/desk/plans: plans of spot checks, from the draft to the published draw, and what is to be visited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from ...trace.enforcement.reports.model import COMPLAINTS_COUNT_FOR
from ...trace.enforcement.service import complaints_by_party
from ...trace.inspection.plans import service as plans
from ...trace.inspection.plans.model import AGENCY_ROLES, Plan, Visit
from ...trace.inspection.plans.service import NewPlan
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties import service as parties
from ...trace.parties.model import Actor, Party
from ...trace.store.database import UnitOfWork
from ..acting import acting_party
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from .desk_view import Flash
from .form_view import FormView, refusal_text, refused
from .plan_forms import PlanFormView, Sources, day_sent, plan_form, read_terms, refused_plan, values_of
from .plan_read import plan_table, visit_table
from .plan_view import WHOLE_OBJECT, PlanView, form_at, plan_view
from .respond import page
from .sent_forms import Done, Sent, TheSent, carry_out, new_once
from .table_view import TablePage, TableSection

router = APIRouter(prefix="/desk/plans")

Act = Callable[[UnitOfWork], object]


@router.get("")
def show_plans(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """The party's plans, all for the regulator, and what its inspectors have to visit."""
    actor.require_role(*AGENCY_ROLES)
    with instance.database.read() as connection:
        found = plans.list_plans(connection, actor)
        visits = [each for each in plans.list_visits_of(connection, acting_party(actor)) if each.visited_on is None]
        named = {each.plan_id: plans.require_plan(connection, each.plan_id) for each in visits}
    sections = (
        TableSection(text("page.plans.to_visit", language), visit_table(instance, visits, named, language)),
        TableSection(text("page.plans.all", language), plan_table(found, language)),
    )
    choices = (
        ("/desk/plans/new", text("page.plan_new.title", language)),
        ("/desk/inspectors", text("page.inspectors.title", language)),
    )
    view = TablePage(text("page.plans.title", language), text("page.plans.lead", language), sections, choices=choices)
    return page(request, "desk/tables.html", view=view)


@router.get("/new")
def show_plan_form(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """The form for a new plan."""
    actor.require_role(*AGENCY_ROLES)
    return _show_form(request, instance, plan_form(instance, _organiser(instance, actor), language, {}))


@router.post("/new")
def register_plan(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
) -> Response:
    """Drafts a plan and leads to its page; a refused form comes back with what was typed and the reason."""
    actor.require_role(*AGENCY_ROLES)
    sources: Sources = {}
    try:
        new = NewPlan(sent.get("plan_number"), read_terms(sent, sources))
        organiser_id = acting_party(actor)
        done = carry_out(
            instance,
            actor,
            sent,
            lambda work: Done(made=str(plans.register_plan(work, actor, organiser_id, new).plan_id)),
        )
    except SuiyuanError as error:
        view = plan_form(instance, _organiser(instance, actor), language, sent.values)
        return _show_form(request, instance, refused_plan(view, error, sources, language), status_of(error))
    return RedirectResponse(f"/desk/plans/{done.made}", status_code=303)


@router.get("/{plan_id}/edit")
def show_revision(
    plan_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor
) -> Response:
    """The form of a draft."""
    plan = _own(instance, actor, plan_id)
    organiser = _organiser_of(instance, plan)
    return _show_form(request, instance, plan_form(instance, organiser, language, values_of(plan, organiser), plan))


@router.post("/{plan_id}/edit")
def revise_plan(
    plan_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
) -> Response:
    """Changes a draft and leads back to its page."""
    plan = _own(instance, actor, plan_id)
    sources: Sources = {}
    try:
        terms = read_terms(sent, sources)
        _carry_out(instance, actor, sent, lambda work: plans.revise_plan(work, actor, plan_id, terms))
    except SuiyuanError as error:
        view = plan_form(instance, _organiser_of(instance, plan), language, sent.values, plan)
        return _show_form(request, instance, refused_plan(view, error, sources, language), status_of(error))
    return RedirectResponse(f"/desk/plans/{plan_id}", status_code=303)


@router.get("/{plan_id}")
def show_plan(
    plan_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor
) -> Response:
    """A plan: its candidates in numbers, its commitment, its draw, and what is to be visited."""
    return _show(request, instance, plan_view(instance, actor, plan_id, language), f"/desk/plans/{plan_id}")


@router.post("/{plan_id}/commit")
def commit_plan(
    plan_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
) -> Response:
    """Fixes the candidate list and a secret."""
    keyring = instance.keyring

    def act(work: UnitOfWork) -> Plan:
        complaints = complaints_by_party(work.connection, work.now - COMPLAINTS_COUNT_FOR)
        return plans.commit_plan(work, actor, plan_id, keyring, complaints)

    return _done(request, instance, actor, language, sent, plan_id, "commit", act)


@router.post("/{plan_id}/draw")
def draw_plan(
    plan_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
) -> Response:
    """Draws objects and inspectors."""
    keyring, value = instance.keyring, sent.get("public_value")

    def act(work: UnitOfWork) -> Plan:
        return plans.draw_plan(work, actor, plan_id, keyring, value)

    return _done(request, instance, actor, language, sent, plan_id, "draw", act)


@router.post("/{plan_id}/publish")
def publish_draw(
    plan_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
) -> Response:
    """Gives the draw's file to anybody."""

    def act(work: UnitOfWork) -> Plan:
        return plans.publish_draw(work, actor, plan_id)

    return _done(request, instance, actor, language, sent, plan_id, "publish", act)


@router.post("/{plan_id}/cancel")
def cancel_plan(
    plan_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
) -> Response:
    """Gives the plan up, with the reason."""
    reason = sent.get("reason")

    def act(work: UnitOfWork) -> Plan:
        return plans.cancel_plan(work, actor, plan_id, reason)

    return _done(request, instance, actor, language, sent, plan_id, "cancel", act)


@router.post("/{plan_id}/objects/{credit_code}/redraw")
def redraw(
    plan_id: UUID,
    credit_code: str,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Replaces an object or one of its inspectors, with the reason."""

    def act(work: UnitOfWork) -> Visit:
        reason = sent.get("public_reason")
        if sent.get("replaced") == WHOLE_OBJECT:
            return plans.redraw_object(work, actor, plan_id, credit_code, reason)
        inspector_id = sent.identifier("replaced", "replaced")
        return plans.redraw_inspector(work, actor, plan_id, credit_code, inspector_id, reason)

    return _done(request, instance, actor, language, sent, plan_id, f"objects/{credit_code}/redraw", act)


@router.post("/{plan_id}/objects/{credit_code}/visit")
def record_visit(
    plan_id: UUID,
    credit_code: str,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Notes that an object was visited."""

    def act(work: UnitOfWork) -> Visit:
        return plans.record_visit(work, actor, plan_id, credit_code, day_sent(sent, "visited_on"))

    return _done(request, instance, actor, language, sent, plan_id, f"objects/{credit_code}/visit", act)


def _done(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    sent: Sent,
    plan_id: UUID,
    form: str,
    act: Act,
) -> Response:
    """The plan's page after an act; a refused form stands in it with the reason."""
    here = f"/desk/plans/{plan_id}"
    try:
        _carry_out(instance, actor, sent, act)
    except SuiyuanError as error:
        view = plan_view(instance, actor, plan_id, language)
        view, flash = _with_refusal(view, f"{here}/{form}", sent, error, language)
        return _show(request, instance, view, here, flash, status_of(error))
    flash = Flash(text(f"page.plan.done.{form.rpartition('/')[2]}", language))
    return _show(request, instance, plan_view(instance, actor, plan_id, language), here, flash)


def _with_refusal(
    view: PlanView, action: str, sent: Sent, error: SuiyuanError, language: Language
) -> tuple[PlanView, Flash | None]:
    """The page with the refused form as it was typed, or with the reason above where it has the form no more."""
    found = form_at(view, action)
    if found is None or not found.fields:
        return view, Flash(refusal_text(error, language), is_error=True)
    typed = replace(found, fields=tuple(replace(each, value=sent.get(each.name)) for each in found.fields))
    names = {"reason": "public_reason"} if action.endswith("/redraw") else {}
    again = refused(typed, error, language, field=names.get(error.field or ""))

    def swap(form: FormView | None) -> FormView | None:
        return again if form is found else form

    visits = tuple(replace(each, visit=swap(each.visit), redraw=swap(each.redraw)) for each in view.visits)
    return replace(view, draw=swap(view.draw), cancel=swap(view.cancel), visits=visits), None


def _carry_out(instance: Instance, actor: Actor, sent: Sent, act: Act) -> None:
    def once(work: UnitOfWork) -> Done:
        act(work)
        return Done()

    carry_out(instance, actor, sent, once)


def _show(
    request: Request, instance: Instance, view: PlanView, here: str, flash: Flash | None = None, status: int = 200
) -> Response:
    csrf = form_token(instance, request)
    return page(request, "desk/plan.html", status, here=here, view=view, csrf=csrf, once=new_once, flash=flash)


def _show_form(request: Request, instance: Instance, view: PlanFormView, status: int = 200) -> Response:
    csrf = form_token(instance, request)
    return page(request, "desk/plan_new.html", status, here=view.form.action, view=view, csrf=csrf, once=new_once)


def _own(instance: Instance, actor: Actor, plan_id: UUID) -> Plan:
    with instance.database.read() as connection:
        return plans.require_own_plan(connection, actor, plan_id)


def _organiser(instance: Instance, actor: Actor) -> Party:
    with instance.database.read() as connection:
        return parties.require_party(connection, acting_party(actor))


def _organiser_of(instance: Instance, plan: Plan) -> Party:
    with instance.database.read() as connection:
        return parties.require_party(connection, plan.organiser_id)
