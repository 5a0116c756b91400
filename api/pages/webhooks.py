"""/desk/webhooks: where the party's notices are sent too, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.kernel.clock import CHINA, day_in_china
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties import notices, webhooks
from ...trace.parties.model import Actor, Delivery, DeliveryState, Notice, Webhook
from ...trace.store.database import UnitOfWork
from ..acting import acting_party
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from ..routes.notice_document import notice_text
from ..webhook_signing import secret_of
from .desk_view import Flash
from .form_view import Fields, FormView, refusal_text, refused
from .rendering import day_text, number_text, word
from .respond import page
from .sent_forms import Done, TheSent, carry_out, new_once
from .table_view import Column, Row, Table, cell

router = APIRouter(prefix="/desk/webhooks")

SHOWN = 50
"""Deliveries on the page; the API lists more."""


@dataclass(frozen=True, slots=True)
class WebhookCard:
    """`remove` is where the form that ends it is sent."""

    address: str
    since: str
    remove: str


@dataclass(frozen=True, slots=True)
class WebhooksView:
    cards: tuple[WebhookCard, ...]
    form: FormView
    deliveries: Table


@router.get("")
def show_webhooks(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """Where the party's notices are sent too, and what came of the latest."""
    return _show(request, instance, actor, language)


@router.post("")
def register_webhook(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
) -> Response:
    """Registers an address; the page shows the secret that signs what is sent there, this once."""
    party_id = acting_party(actor)
    may_be_local = instance.settings.webhook_may_be_local

    def act(work: UnitOfWork) -> Done:
        made = webhooks.register(work, actor, party_id, sent.get("address"), may_be_local=may_be_local)
        return Done(made=str(made.webhook_id))

    try:
        done = carry_out(instance, actor, sent, act)
    except SuiyuanError as error:
        return _show(request, instance, actor, language, status_of(error), refusal=(sent.values, error))
    secret = secret_of(instance.keyring, UUID(done.made))
    return _show(request, instance, actor, language, flash=Flash(text("page.webhooks.registered", language), (secret,)))


@router.post("/{webhook_id}/remove")
def remove_webhook(
    webhook_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Ends a webhook at once."""

    def act(work: UnitOfWork) -> Done:
        webhooks.remove(work, actor, acting_party(actor), webhook_id)
        return Done()

    try:
        carry_out(instance, actor, sent, act)
    except SuiyuanError as error:
        flash = Flash(refusal_text(error, language), is_error=True)
        return _show(request, instance, actor, language, status_of(error), flash=flash)
    return _show(request, instance, actor, language, flash=Flash(text("page.webhooks.removed", language)))


def _show(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    status: int = 200,
    *,
    flash: Flash | None = None,
    refusal: tuple[Mapping[str, str], SuiyuanError] | None = None,
) -> Response:
    party_id = acting_party(actor)
    with instance.database.read() as connection:
        hooks = webhooks.list_webhooks(connection, party_id)
        sent = webhooks.list_deliveries(connection, party_id)[:SHOWN]
        told = {each.notice_id: notices.require_notice(connection, party_id, each.notice_id) for each in sent}
        addresses = {
            webhook_id: webhooks.require_webhook(connection, party_id, webhook_id).address
            for webhook_id in {each.webhook_id for each in sent}
        }
    form = _form(language, {})
    if refusal is not None:
        form = refused(_form(language, refusal[0]), refusal[1], language)
    view = WebhooksView(tuple(_card(each, language) for each in hooks), form, _table(sent, told, addresses, language))
    return page(
        request,
        "desk/webhooks.html",
        status,
        here="/desk/webhooks",
        view=view,
        csrf=form_token(instance, request),
        once=new_once,
        flash=flash,
    )


def _form(language: Language, values: Mapping[str, str]) -> FormView:
    return FormView(
        action="/desk/webhooks",
        title="",
        lead="",
        submit=text("page.webhooks.add", language),
        fields=(Fields(language, values).text("address", required=True),),
    )


def _card(hook: Webhook, language: Language) -> WebhookCard:
    day = day_text(day_in_china(hook.created_at), language)
    return WebhookCard(
        hook.address, text("page.webhooks.since", language, day=day), f"/desk/webhooks/{hook.webhook_id}/remove"
    )


def _table(
    sent: Sequence[Delivery],
    told: Mapping[UUID, Notice],
    addresses: Mapping[UUID, str],
    language: Language,
) -> Table:
    names = ("when", "what", "where", "state")
    return Table(
        tuple(Column(text(f"page.webhooks.column_{name}", language)) for name in names),
        tuple(_row(each, told[each.notice_id], addresses[each.webhook_id], language) for each in sent),
        text("page.webhooks.deliveries_empty", language),
    )


def _row(each: Delivery, notice: Notice, address: str, language: Language) -> Row:
    moment = each.created_at.astimezone(CHINA)
    has_failed = each.state is DeliveryState.FAILED
    details = [text("page.webhooks.attempts", language, count=number_text(each.attempts))] if each.attempts > 1 else []
    if each.trouble is not None:
        details.append(word(each.trouble, language))
    if each.status is not None:
        details.append(text("page.webhooks.status", language, status=each.status))
    state = word(each.state, language)
    return Row(
        (
            cell(f"{day_text(moment.date(), language)} {moment:%H:%M}"),
            cell(notice_text(notice, language).title),
            cell(urlsplit(address).netloc),
            cell("" if has_failed else state, *details, badge=state if has_failed else ""),
        ),
        is_bad=has_failed,
    )
