"""/desk/receive and /desk/inbound: take in what comes, in one tap where it is right, or say what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.custody import service as custody
from ...trace.custody.model import Inbound, Movement
from ...trace.custody.service import Arrival, Circumstances, Goods
from ...trace.kernel.errors import Conflict, NotKnown, SuiyuanError
from ...trace.kernel.intervals import united, without
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Actor
from ...trace.store.database import UnitOfWork
from ..acting import acting_party
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from .acts import done_flash
from .choices import site_of
from .desk import desk_page
from .desk_view import Flash
from .form_view import FormView, offending, refusal_text, refused, without_lines
from .receive_forms import REST_ARRIVED, REST_MISSING, scan_form, shipment_form
from .rendering import number_text
from .respond import page
from .sent_forms import Done, Sent, TheSent, carry_out, new_once

router = APIRouter(prefix="/desk")


@router.get("/receive")
def show_receive(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """The form to receive by scanning, whatever shipments the goods belong to."""
    return _show(request, instance, scan_form(instance, actor, language, {}))


@router.post("/receive")
def receive(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
) -> Response:
    """Receives what is scanned, with what is damaged, missing or too much."""
    return _received(request, instance, actor, language, sent, None)


@router.get("/inbound/{batch_id}/{transfer_id}")
def show_shipment(
    batch_id: UUID,
    transfer_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
) -> Response:
    """One shipment of which something is wrong: what is damaged, missing or too much; or refuse it."""
    shipment = _find_inbound(instance, actor, batch_id, transfer_id)
    if shipment is None:
        raise NotKnown("transfer.unknown", field="transfer_id")
    return _show(request, instance, shipment_form(instance, actor, language, {}, shipment), shipment)


@router.post("/inbound/{batch_id}/{transfer_id}")
def receive_with_differences(
    batch_id: UUID,
    transfer_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Receives a shipment as it came; what does not match stays open until it is settled."""
    return _received(request, instance, actor, language, sent, (batch_id, transfer_id))


@router.post("/inbound/{batch_id}/{transfer_id}/receipt")
def receive_all(
    batch_id: UUID,
    transfer_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Receives all that is still on its way in one shipment."""

    def act(work: UnitOfWork) -> list[Movement]:
        return custody.receive_transfer(work, actor, acting_party(actor), batch_id, transfer_id)

    return _of_whole(request, instance, actor, language, sent, "page.act.receive.done", act)


@router.post("/inbound/{batch_id}/{transfer_id}/refusal")
def refuse(
    batch_id: UUID,
    transfer_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Declines all that is still on its way in one shipment: it is the sender's again."""
    how = Circumstances(reason=sent.get("reason"))

    def act(work: UnitOfWork) -> list[Movement]:
        return custody.refuse_transfer(work, actor, acting_party(actor), batch_id, transfer_id, how)

    return _of_whole(request, instance, actor, language, sent, "page.refuse.done", act)


def _of_whole(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    sent: Sent,
    key: str,
    act: Callable[[UnitOfWork], list[Movement]],
) -> Response:
    """An act on a whole shipment, and the desk with what came of it."""
    try:
        done = carry_out(instance, actor, sent, lambda work: Done.of(act(work)))
    except SuiyuanError as error:
        flash = Flash(refusal_text(error, language), is_error=True)
        return desk_page(request, instance, actor, language, flash, status_of(error))
    return desk_page(request, instance, actor, language, done_flash(key, done, language))


def _received(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    sent: Sent,
    which: tuple[UUID, UUID] | None,
) -> Response:
    """`which`: batch and shipment, None for goods of whatever shipments."""
    if sent.get("drop"):
        return _again(request, instance, actor, language, which, without_lines(sent, "codes", sent.lines("bad")))
    try:
        done = _carried_out(instance, actor, sent, which)
    except SuiyuanError as error:
        return _again(request, instance, actor, language, which, dict(sent.values), error, sent)
    flash = done_flash("page.act.receive.done", done, language)
    if done.open_points:
        note = text("page.receive.open_points", language, count=number_text(done.open_points))
        flash = replace(flash, lines=(note,))
    return desk_page(request, instance, actor, language, flash)


def _again(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    which: tuple[UUID, UUID] | None,
    values: dict[str, str],
    error: SuiyuanError | None = None,
    sent: Sent | None = None,
) -> Response:
    """The form as it was sent, with what is wrong; the desk, where the shipment has been received meanwhile."""
    status = 200 if error is None else status_of(error)
    shipment = None
    if which is None:
        view = scan_form(instance, actor, language, values)
    else:
        shipment = _find_inbound(instance, actor, *which)
        if shipment is None:
            flash = None if error is None else Flash(refusal_text(error, language), is_error=True)
            return desk_page(request, instance, actor, language, flash, status)
        view = shipment_form(instance, actor, language, values, shipment)
    if error is not None and sent is not None:
        view = _with_refusal(instance, view, error, language, sent)
    return _show(request, instance, view, shipment, status)


def _with_refusal(instance: Instance, view: FormView, error: SuiyuanError, language: Language, sent: Sent) -> FormView:
    """Codes in the way are marked at the field in which they were scanned."""
    if error.field == "codes":
        for name in ("codes", "damaged"):
            offenders = offending(instance, error, sent.lines(name))
            if offenders:
                return refused(view, error, language, offenders, name)
    return refused(view, error, language)


def _carried_out(instance: Instance, actor: Actor, sent: Sent, which: tuple[UUID, UUID] | None) -> Done:
    party_id = acting_party(actor)
    codes, damaged_codes, rest = sent.lines("codes"), sent.lines("damaged"), sent.get("rest")
    is_rest_here = which is not None and rest == REST_ARRIVED
    damaged = custody.goods_of_codes(instance.database, instance.resolver, damaged_codes) if damaged_codes else []
    goods: list[Goods] = []
    if codes or not (damaged or is_rest_here):
        goods = custody.goods_of_codes(instance.database, instance.resolver, codes)
    how = Circumstances(site_id=site_of(sent, "site"))
    arrival = Arrival(
        damaged=tuple(damaged),
        is_complete=rest == REST_MISSING,
        with_surplus=bool(sent.get("with_surplus")),
        note=sent.get("note"),
    )

    def act(work: UnitOfWork) -> Done:
        arrived = list(goods)
        if is_rest_here and which is not None:
            arrived.append(_all_but(_required(custody.inbound(work.connection, party_id), which), damaged))
        before = len(custody.list_discrepancies(work.connection, party_id))
        moved = custody.receive(work, actor, party_id, arrived, how, arrival)
        return Done.of(moved, max(0, len(custody.list_discrepancies(work.connection, party_id)) - before))

    return carry_out(instance, actor, sent, act)


def _all_but(shipment: Inbound, damaged: Sequence[Goods]) -> Goods:
    taken = [interval for part in damaged if part.batch_id == shipment.batch_id for interval in part.intervals]
    left = united(piece for interval in shipment.intervals for piece in without(interval, taken))
    return Goods(shipment.batch_id, left)


def _required(found: Sequence[Inbound], which: tuple[UUID, UUID]) -> Inbound:
    """Raises Conflict `custody.received_before`."""
    for each in found:
        if (each.batch_id, each.transfer_id) == which:
            return each
    raise Conflict("custody.received_before", field="transfer_id")


def _find_inbound(instance: Instance, actor: Actor, batch_id: UUID, transfer_id: UUID) -> Inbound | None:
    with instance.database.read() as connection:
        found = custody.inbound(connection, acting_party(actor))
    return next((each for each in found if (each.batch_id, each.transfer_id) == (batch_id, transfer_id)), None)


def _show(
    request: Request, instance: Instance, view: FormView, shipment: Inbound | None = None, status: int = 200
) -> Response:
    refusal = "" if shipment is None else f"{view.action}/refusal"
    return page(
        request,
        "desk/receive.html",
        status,
        here=view.action,
        view=view,
        refusal=refusal,
        csrf=form_token(instance, request),
        once=new_once,
        flash=None,
    )
