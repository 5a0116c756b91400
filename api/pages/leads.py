"""/desk/leads: suspicions to be looked into, for regulators and inspection agencies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.enforcement import service
from ...trace.enforcement.model import Filter, Lead, LeadKind, LeadState
from ...trace.enforcement.reports.model import MAX_PUBLIC_ANSWER_CHARACTERS
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.limits import MAX_PAGE_ROWS
from ...trace.kernel.texts import Language, text
from ...trace.parties import service as parties
from ...trace.parties.model import Actor, Role
from ...trace.parties.regions import region_name
from ...trace.store.database import UnitOfWork
from ..acting import acting_party
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from ..routes.movements import place_of
from ..routes.notices import mark_of
from .answer_view import Fact
from .choices import ningxia_regions
from .desk_view import Choice, Flash
from .form_view import Field, Fields, FormView, refusal_text, refused
from .goods_read import known_batches
from .rendering import day_text, word
from .report_card import ReportCard, report_card
from .respond import page
from .sent_forms import Done, Sent, TheSent, carry_out, new_once
from .table_view import Column, Row, Table, cell

router = APIRouter(prefix="/desk/leads")

Word = TypeVar("Word", LeadKind, LeadState)


@dataclass(frozen=True, slots=True)
class LeadsView:
    """`wanted` holds what is chosen in each of the selects, by name."""

    regions: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    states: tuple[Choice, ...]
    wanted: Mapping[str, str]
    table: Table
    next: str = ""


@dataclass(frozen=True, slots=True)
class LeadView:
    number: str
    kind: str
    state: str
    is_closed: bool
    facts: tuple[Fact, ...]
    report: ReportCard | None
    forms: tuple[FormView, ...]


@router.get("")
def show_leads(
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    region: str = "",
    kind: str = "",
    state: str = "",
    before: str = "",
) -> Response:
    """Leads, the newest first; of one place, kind or state where chosen."""
    wanted = {"region": region, "kind": kind, "state": state}
    asked = Filter(region, _chosen(LeadKind, kind), _chosen(LeadState, state))
    with instance.database.read() as connection:
        found = service.list_leads(connection, actor, asked, place_of(before) if before else None)
    last = found[-1] if len(found) == MAX_PAGE_ROWS else None
    view = LeadsView(
        regions=ningxia_regions(language),
        kinds=tuple(Choice(each.value, word(each, language)) for each in LeadKind),
        states=tuple(Choice(each.value, word(each, language)) for each in LeadState),
        wanted=wanted,
        table=_table(found, language),
        next="?" + urlencode({**wanted, "before": mark_of(last.opened_at, last.lead_id)}) if last else "",
    )
    return page(request, "desk/leads.html", view=view, flash=None)


@router.get("/{lead_number}")
def show_lead(
    lead_number: str, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor
) -> Response:
    """One lead by its number, with what can be done about it."""
    return _show(request, instance, actor, language, lead_number)


@router.post("/{lead_number}/take-up")
def take_up(
    lead_number: str,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """The party begins to look into an open lead."""

    def act(work: UnitOfWork) -> Done:
        lead = service.require_lead_by_number(work.connection, actor, lead_number)
        service.take_up(work, actor, lead.lead_id, sent.get("note"))
        return Done()

    return _do(request, instance, actor, language, lead_number, sent, "take_up", act)


@router.post("/{lead_number}/close")
def close(
    lead_number: str,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Ends a lead, with the reason."""

    def act(work: UnitOfWork) -> Done:
        lead = service.require_lead_by_number(work.connection, actor, lead_number)
        service.close(work, actor, lead.lead_id, sent.get("reason"), sent.get("public_answer"))
        return Done()

    return _do(request, instance, actor, language, lead_number, sent, "close", act)


def _do(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    lead_number: str,
    sent: Sent,
    name: str,
    act: Callable[[UnitOfWork], Done],
) -> Response:
    try:
        carry_out(instance, actor, sent, act)
    except SuiyuanError as error:
        return _show(request, instance, actor, language, lead_number, refusal=(name, sent.values, error))
    done = "page.leads.taken_up_now" if name == "take_up" else "page.leads.closed_now"
    return _show(request, instance, actor, language, lead_number, Flash(text(done, language)))


def _show(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    lead_number: str,
    flash: Flash | None = None,
    refusal: tuple[str, Mapping[str, str], SuiyuanError] | None = None,
) -> Response:
    with instance.database.read() as connection:
        lead = service.require_lead_by_number(connection, actor, lead_number)
    forms = _forms(lead, actor, language, refusal)
    if refusal is not None and not any(each.has_errors for each in forms):
        flash = Flash(refusal_text(refusal[2], language), is_error=True)
    view = LeadView(
        number=lead.lead_number,
        kind=word(lead.kind, language),
        state=word(lead.state, language),
        is_closed=lead.state is LeadState.CLOSED,
        facts=tuple(_facts(instance, lead, language)),
        report=report_card(instance, actor, lead, language),
        forms=forms,
    )
    return page(
        request,
        "desk/lead.html",
        200 if refusal is None else status_of(refusal[2]),
        here=f"/desk/leads/{lead.lead_number}",
        view=view,
        csrf=form_token(instance, request),
        once=new_once,
        flash=flash,
    )


def _forms(
    lead: Lead,
    actor: Actor,
    language: Language,
    refusal: tuple[str, Mapping[str, str], SuiyuanError] | None,
) -> tuple[FormView, ...]:
    """What this actor can do about a lead as it stands: take it up, close it."""
    offered: list[tuple[str, str, bool]] = []
    if lead.state is LeadState.OPEN:
        offered.append(("take_up", "note", False))
    has_it = actor.has_role(Role.REGULATOR) or lead.taken_up_by_id == acting_party(actor)
    if lead.state is not LeadState.CLOSED and has_it:
        offered.append(("close", "reason", True))
    forms: list[FormView] = []
    for name, asked, is_required in offered:
        is_refused = refusal is not None and refusal[0] == name
        ask = Fields(language, refusal[1] if refusal is not None and is_refused else {})
        form = FormView(
            action=f"/desk/leads/{lead.lead_number}/{name.replace('_', '-')}",
            title=text(f"page.leads.{name}", language),
            lead=text(f"page.leads.{name}_lead", language),
            submit=text(f"page.leads.{name}", language),
            fields=(ask.note(asked, required=is_required), *_answer_field(lead, name, ask)),
            prefix=f"{name}-",
        )
        forms.append(refused(form, refusal[2], language) if refusal is not None and is_refused else form)
    return tuple(forms)


def _answer_field(lead: Lead, name: str, ask: Fields) -> tuple[Field, ...]:
    """What a buyer is told, where one waits for it."""
    if name != "close" or lead.kind is not LeadKind.CONSUMER_REPORT:
        return ()
    return (replace(ask.note("public_answer"), maximum=MAX_PUBLIC_ANSWER_CHARACTERS),)


def _facts(instance: Instance, lead: Lead, language: Language) -> Iterable[Fact]:
    ends = (lead.maker_id, lead.outlet_id, lead.taken_up_by_id, lead.closed_by_id)
    with instance.database.read() as connection:
        found = parties.list_parties(connection, {each for each in ends if each is not None})
    names = {each.party_id: each.name for each in found}

    def fact(name: str, *values: str) -> Iterable[Fact]:
        shown = tuple(value for value in values if value)
        return [Fact(text(f"page.leads.{name}", language), shown)] if shown else []

    def by(party_id: UUID | None, at: str) -> str:
        return text("page.leads.by_on", language, party=names.get(party_id, "") if party_id else "", day=at)

    yield from fact("summary", lead.summary)
    yield from fact("region", region_name(lead.region_code, language))
    yield from fact("opened", day_text(day_in_china(lead.opened_at), language))
    if lead.batch_id is not None:
        yield from fact("goods", known_batches(instance, [lead.batch_id], language)[lead.batch_id].title)
    yield from fact("maker", names.get(lead.maker_id, "") if lead.maker_id else "")
    # Who is concerned was sampled, or has or sold what a buyer reports.
    outlet = "seller" if lead.kind is LeadKind.CONSUMER_REPORT else "outlet"
    yield from fact(outlet, names.get(lead.outlet_id, "") if lead.outlet_id else "")
    if lead.taken_up_at is not None:
        yield from fact("taken_up_by", by(lead.taken_up_by_id, day_text(day_in_china(lead.taken_up_at), language)))
    if lead.closed_at is not None:
        yield from fact("closed_by", by(lead.closed_by_id, day_text(day_in_china(lead.closed_at), language)))
    yield from fact("reason", lead.reason)


def _table(found: Iterable[Lead], language: Language) -> Table:
    rows = tuple(
        Row(
            (
                cell(each.lead_number, link=f"/desk/leads/{each.lead_number}", is_tight=True),
                cell(word(each.kind, language)),
                cell(each.summary),
                cell(region_name(each.region_code, language)),
                cell(day_text(day_in_china(each.opened_at), language)),
                cell(word(each.state, language)),
            )
        )
        for each in found
    )
    names = ("number", "kind", "summary", "region", "opened", "state")
    columns = tuple(Column(text(f"page.leads.{name}", language)) for name in names)
    return Table(columns, rows, text("page.leads.empty", language))


def _chosen(words: type[Word], value: str) -> Word | None:
    """The word chosen in a select; what is none of them asks for all."""
    return next((each for each in words if each.value == value), None)
