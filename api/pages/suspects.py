"""/desk/suspects: codes whose looks do not fit one pack, for regulators, who dismiss or confirm them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.kernel.clock import day_in_china
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.limits import MAX_PAGE_ROWS
from ...trace.kernel.texts import Language, text
from ...trace.parties import service as parties
from ...trace.parties.model import Actor
from ...trace.parties.regions import region_name
from ...trace.store.database import UnitOfWork
from ...trace.verification.scans import CodeKey
from ...trace.verification.service import suspects
from ...trace.verification.service.suspects import SuspectFile
from ...trace.verification.signals.model import Suspicion
from ...trace.verification.suspects import Suspect, SuspectState
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from ..routes.movements import place_of
from ..routes.notices import mark_of
from ..routes.suspects import key_of
from .answer_parts import Fact
from .choices import ningxia_regions
from .desk_view import Choice, Flash
from .form_view import Fields, FormView, refusal_text, refused
from .goods_read import known_batches
from .rendering import day_text, number_text, word
from .respond import page
from .sent_forms import Done, Sent, TheSent, carry_out, new_once
from .suspect_view import (
    SuspectsView,
    SuspectView,
    chance_text,
    experience_section,
    history_section,
    list_table,
    signal_views,
)

router = APIRouter(prefix="/desk/suspects")

Refusal = tuple[str, Mapping[str, str], SuiyuanError]


@router.get("")
def show_suspects(
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    region: str = "",
    state: str = SuspectState.OPEN.value,
    before: str = "",
) -> Response:
    """Suspect codes, those changed last first; open ones unless others are chosen."""
    chosen = next((each for each in SuspectState if each.value == state), None)
    with instance.database.read() as connection:
        found = suspects.list_suspects(connection, actor, chosen, region, place_of(before) if before else None)
        codes = suspects.codes_of(connection, instance.keyring, found)
        known = suspects.experience(connection, actor)
    goods = known_batches(instance, {each.batch_id for each in found}, language)
    wanted = {"region": region, "state": chosen.value if chosen else ""}
    last = found[-1] if len(found) == MAX_PAGE_ROWS else None
    view = SuspectsView(
        regions=ningxia_regions(language),
        states=tuple(Choice(each.value, word(each, language)) for each in SuspectState),
        wanted=wanted,
        table=list_table(found, codes, {key: each.title for key, each in goods.items()}, language),
        experience=experience_section(known, language),
        next="?" + urlencode({**wanted, "before": mark_of(last.updated_at, last.suspect_id)}) if last else "",
    )
    return page(request, "desk/suspects.html", view=view)


@router.get("/{code}")
def show_suspect(
    code: str, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor
) -> Response:
    """One suspect code: what was seen, the looks it rests on, and what can be decided."""
    return _show(request, instance, actor, language, code)


@router.post("/{code}/dismiss")
def dismiss(
    code: str,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """The looks are explained."""

    def act(work: UnitOfWork, key: CodeKey) -> str:
        suspects.dismiss(work, actor, key, sent.get("reason"))
        return text("page.suspects.dismissed_now", language)

    return _do(request, instance, actor, language, code, sent, "dismiss", act)


@router.post("/{code}/confirm")
def confirm(
    code: str,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """The code is on more packs than one: a lead is opened."""

    def act(work: UnitOfWork, key: CodeKey) -> str:
        _, lead = suspects.confirm(work, actor, key, sent.get("reason"))
        return text("page.suspects.confirmed_now", language, number=lead.lead_number)

    return _do(request, instance, actor, language, code, sent, "confirm", act)


def _do(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    code: str,
    sent: Sent,
    name: str,
    act: Callable[[UnitOfWork, CodeKey], str],
) -> Response:
    key, told = key_of(instance, code), ""

    def run(work: UnitOfWork) -> Done:
        nonlocal told
        told = act(work, key)
        return Done()

    try:
        carry_out(instance, actor, sent, run)
    except SuiyuanError as error:
        return _show(request, instance, actor, language, code, refusal=(name, sent.values, error))
    return _show(request, instance, actor, language, code, Flash(told) if told else None)


def _show(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    code: str,
    flash: Flash | None = None,
    refusal: Refusal | None = None,
) -> Response:
    with instance.database.read() as connection:
        file = suspects.require_suspect(connection, actor, key_of(instance, code))
        ends = {each.site_id for each in file.looks if each.site_id} | {file.suspect.decided_by_id}
        names = {each.party_id: each.name for each in parties.list_parties(connection, {each for each in ends if each})}
    found = file.suspect
    forms = _forms(found, code, language, refusal)
    if refusal is not None and not any(each.has_errors for each in forms):
        flash = Flash(refusal_text(refusal[2], language), is_error=True)
    decided_by = names.get(found.decided_by_id, "") if found.decided_by_id else ""
    view = SuspectView(
        code=code,
        state=word(found.state, language),
        suspicion=word(found.suspicion, language),
        is_decided=found.state is not SuspectState.OPEN,
        facts=tuple(_facts(instance, file, decided_by, language)),
        signals=signal_views(found, file.looks, language),
        history=history_section(file.looks, names, language),
        forms=forms,
    )
    return page(
        request,
        "desk/suspect.html",
        200 if refusal is None else status_of(refusal[2]),
        here=f"/desk/suspects/{code}",
        view=view,
        csrf=form_token(instance, request),
        once=new_once,
        flash=flash,
    )


def _forms(found: Suspect, code: str, language: Language, refusal: Refusal | None) -> tuple[FormView, ...]:
    if found.state is not SuspectState.OPEN:
        return ()
    forms: list[FormView] = []
    for name in ("dismiss", "confirm"):
        is_refused = refusal is not None and refusal[0] == name
        ask = Fields(language, refusal[1] if refusal is not None and is_refused else {})
        form = FormView(
            action=f"/desk/suspects/{code}/{name}",
            title=text(f"page.suspects.{name}", language),
            lead=text(f"page.suspects.{name}_lead", language),
            submit=text(f"page.suspects.{name}", language),
            fields=(ask.note("reason", required=True),),
            prefix=f"{name}-",
        )
        forms.append(refused(form, refusal[2], language) if refusal is not None and is_refused else form)
    return tuple(forms)


def _facts(instance: Instance, file: SuspectFile, decided_by: str, language: Language) -> Iterable[Fact]:
    found = file.suspect

    def fact(name: str, *values: str) -> Iterable[Fact]:
        shown = tuple(value for value in values if value)
        return [Fact(text(f"page.suspects.{name}", language), shown)] if shown else []

    yield from fact("goods", known_batches(instance, [found.batch_id], language)[found.batch_id].title)
    yield from fact("region", region_name(found.region_code, language))
    yield from fact("chance", chance_text(found.copied_odds, language))
    yield from fact("looks", number_text(found.looks))
    public = "public_suspect" if found.suspicion is Suspicion.SUSPECT else "public_nothing"
    yield from fact("public", text(f"page.suspects.{public}", language))
    if found.decided_at is not None:
        day = day_text(day_in_china(found.decided_at), language)
        yield from fact("decided", text("page.leads.by_on", language, party=decided_by, day=day))
    yield from fact("reason", found.reason)
    yield from fact("lead_number", found.lead_number)
