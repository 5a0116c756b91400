"""/desk/inspectors: who inspects for an agency, and from whom they step aside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.inspection.plans import service as plans
from ...trace.inspection.plans.model import AGENCY_ROLES, Inspector
from ...trace.inspection.plans.service import NewInspector
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Actor, Role
from ...trace.store.database import UnitOfWork
from ..acting import acting_party
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from .desk_view import Flash
from .form_view import Fields, FormView, refusal_text, refused
from .plan_read import Parties, parties_named
from .rendering import day_text
from .respond import page
from .sent_forms import Done, Sent, TheSent, carry_out, new_once

HERE = "/desk/inspectors"

router = APIRouter(prefix=HERE)


@dataclass(frozen=True, slots=True)
class InterestRow:
    """A party to step aside from; `end` is where the form to end it is sent."""

    party: str
    reason: str
    end: str
    end_text: str


@dataclass(frozen=True, slots=True)
class InspectorCard:
    """`left`: since when out of office, "" while in it; `note` is None then."""

    name: str
    certificate: str
    agency: str
    left: str
    interests: tuple[InterestRow, ...]
    note: FormView | None
    leave: str


@dataclass(frozen=True, slots=True)
class InspectorsView:
    cards: tuple[InspectorCard, ...]
    add: FormView


@router.get("")
def show_inspectors(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """An agency's inspectors, all for the regulator."""
    actor.require_role(*AGENCY_ROLES)
    return _show(request, instance, _view(instance, actor, language))


@router.post("")
def add_inspector(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
) -> Response:
    """Adds an inspector of the party's own."""
    new = NewInspector(sent.get("name"), sent.get("certificate_number"))
    agency_id = acting_party(actor)
    return _done(
        request, instance, actor, language, sent, HERE, "added", lambda w: plans.add_inspector(w, actor, agency_id, new)
    )


@router.post("/{inspector_id}/interests")
def note_interest(
    inspector_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Notes that an inspector steps aside from a party."""
    code, reason = sent.get("credit_code"), sent.get("private_reason")
    form = f"{HERE}/{inspector_id}/interests"
    return _done(
        request,
        instance,
        actor,
        language,
        sent,
        form,
        "noted",
        lambda work: plans.note_interest(work, actor, inspector_id, code, reason),
    )


@router.post("/{inspector_id}/interests/{party_id}/end")
def end_interest(
    inspector_id: UUID,
    party_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Ends an inspector's interest in a party."""
    return _done(
        request,
        instance,
        actor,
        language,
        sent,
        "",
        "ended",
        lambda work: plans.end_interest(work, actor, inspector_id, party_id),
    )


@router.post("/{inspector_id}/leave")
def remove_inspector(
    inspector_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Takes an inspector out of office."""
    return _done(
        request, instance, actor, language, sent, "", "gone", lambda w: plans.remove_inspector(w, actor, inspector_id)
    )


def _done(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    sent: Sent,
    form: str,
    what: str,
    act: Callable[[UnitOfWork], object],
) -> Response:
    """The page after an act; a refused form (its address is `form`) stands in it with the reason."""

    def once(work: UnitOfWork) -> Done:
        act(work)
        return Done()

    actor.require_role(*AGENCY_ROLES)
    try:
        carry_out(instance, actor, sent, once)
    except SuiyuanError as error:
        view, flash = _with_refusal(_view(instance, actor, language), form, sent, error, language)
        return _show(request, instance, view, flash, status_of(error))
    return _show(request, instance, _view(instance, actor, language), Flash(text(f"page.inspectors.{what}", language)))


def _with_refusal(
    view: InspectorsView, form: str, sent: Sent, error: SuiyuanError, language: Language
) -> tuple[InspectorsView, Flash | None]:
    found = next(
        (each for each in (view.add, *(card.note for card in view.cards)) if each and each.action == form), None
    )
    if found is None:
        return view, Flash(refusal_text(error, language), is_error=True)
    typed = replace(found, fields=tuple(replace(each, value=sent.get(each.name)) for each in found.fields))
    again = refused(typed, error, language, field={"reason": "private_reason"}.get(error.field or ""))
    cards = tuple(replace(card, note=again if card.note is found else card.note) for card in view.cards)
    return replace(view, add=again if found is view.add else view.add, cards=cards), None


def _show(
    request: Request, instance: Instance, view: InspectorsView, flash: Flash | None = None, status: int = 200
) -> Response:
    csrf = form_token(instance, request)
    return page(request, "desk/inspectors.html", status, here=HERE, view=view, csrf=csrf, once=new_once, flash=flash)


def _view(instance: Instance, actor: Actor, language: Language) -> InspectorsView:
    own = acting_party(actor)
    with instance.database.read() as connection:
        found = plans.list_inspectors(connection, None if actor.has_role(Role.REGULATOR) else [own])
    wanted = {each.agency_id for each in found} | {noted.party_id for each in found for noted in each.interests}
    known = parties_named(instance, wanted)
    ordered = sorted(found, key=lambda each: each.left_at is not None)
    ask = Fields(language, {})
    add = FormView(
        action=HERE,
        title=text("page.inspectors.add", language),
        lead="",
        submit=text("page.inspectors.add", language),
        fields=(ask.text("name", required=True), ask.text("certificate_number", required=True)),
        prefix="add-",
    )
    return InspectorsView(tuple(_card(each, known, language) for each in ordered), add)


def _card(person: Inspector, known: Parties, language: Language) -> InspectorCard:
    here = f"{HERE}/{person.inspector_id}"
    ask = Fields(language, {})
    note = FormView(
        action=f"{here}/interests",
        title="",
        lead="",
        submit=text("page.inspectors.note", language),
        fields=(ask.text("credit_code", required=True), ask.note("private_reason", required=True)),
        prefix=f"i{person.inspector_id.hex[-8:]}-",
    )
    left = person.left_at
    return InspectorCard(
        name=person.name,
        certificate=person.certificate_number,
        agency=known[person.agency_id].name,
        left="" if left is None else text("page.inspectors.left", language, day=day_text(day_in_china(left), language)),
        interests=tuple(
            InterestRow(
                party=known[each.party_id].name,
                reason=each.reason,
                end=f"{here}/interests/{each.party_id}/end",
                end_text=text("page.inspectors.end", language, party=known[each.party_id].short_name),
            )
            for each in person.interests
            if each.ended_at is None
        ),
        note=note if left is None else None,
        leave=f"{here}/leave" if left is None else "",
    )
