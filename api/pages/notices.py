"""/desk/notices: what the party was told, unread first, each to be marked as read."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.kernel.clock import CHINA, day_in_china
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties import notices
from ...trace.parties.model import Actor, Notice, NoticeKind
from ...trace.store.database import UnitOfWork
from ..acting import acting_party
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from ..routes.movements import place_of
from ..routes.notice_document import notice_text
from ..routes.notices import mark_of
from .desk_view import Flash, Link
from .form_view import refusal_text
from .rendering import day_text, number_text
from .respond import page
from .sent_forms import Done, TheSent, carry_out, new_once

router = APIRouter(prefix="/desk/notices")

SHOWN = 20
"""Notices read on one page; unread ones are all shown."""

GRAVE = frozenset({NoticeKind.BATCH_STOPPED, NoticeKind.SUSPECTED_COUNTERFEIT})
"""Something is to be done at once."""


@dataclass(frozen=True, slots=True)
class NoticeCard:
    """`mark` is where the form that marks it as read is sent, empty where it was read; `link` leads on."""

    title: str
    lines: tuple[str, ...]
    when: str
    is_grave: bool
    mark: str
    read: str
    link: Link | None


@dataclass(frozen=True, slots=True)
class NoticesView:
    unread: tuple[NoticeCard, ...]
    read: tuple[NoticeCard, ...]
    next: str = ""


@router.get("")
def show_notices(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, before: str = ""
) -> Response:
    """What the party was told: what it has not read first, then the rest, the newest first."""
    return _show(request, instance, actor, language, before)


@router.post("/{notice_id}/read")
def mark_read(
    notice_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Notes that the party has read a notice."""

    def act(work: UnitOfWork) -> Done:
        notices.mark_read(work, actor, acting_party(actor), notice_id)
        return Done()

    try:
        carry_out(instance, actor, sent, act)
    except SuiyuanError as error:
        refusal = Flash(refusal_text(error, language), is_error=True)
        return _show(request, instance, actor, language, "", refusal, status_of(error))
    return _show(request, instance, actor, language, "", Flash(text("page.notices.marked", language)))


def unread_link(instance: Instance, party_id: UUID, language: Language) -> list[Link]:
    """What the desk's first page says of unread notices: one line, or nothing where there are none."""
    with instance.database.read() as connection:
        count = notices.count_unread(connection, party_id)
    if not count:
        return []
    label = text("page.notices.warn", language, count=number_text(count))
    return [Link("/desk/notices", label, text("page.notices.warn_look", language))]


def _show(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    before: str,
    flash: Flash | None = None,
    status: int = 200,
) -> Response:
    return page(
        request,
        "desk/notices.html",
        status,
        here="/desk/notices",
        view=notices_view(instance, actor, language, before),
        csrf=form_token(instance, request),
        once=new_once,
        flash=flash,
    )


def notices_view(instance: Instance, actor: Actor, language: Language, before: str) -> NoticesView:
    """One page of a party's notices. Raises InvalidInput `page.mark`."""
    party_id = acting_party(actor)
    place = place_of(before) if before else None
    with instance.database.read() as connection:
        unread = [] if before else notices.list_notices(connection, party_id, is_unread=True)
        read = notices.list_notices(connection, party_id, place, is_unread=False)
    shown = read[:SHOWN]
    return NoticesView(
        unread=tuple(_card(each, language) for each in unread),
        read=tuple(_card(each, language) for each in shown),
        next=f"?before={mark_of(shown[-1].created_at, shown[-1].notice_id)}" if len(read) > SHOWN else "",
    )


def _card(notice: Notice, language: Language) -> NoticeCard:
    said = notice_text(notice, language)
    moment = notice.created_at.astimezone(CHINA)
    read = (
        text("page.notices.read_at", language, day=day_text(day_in_china(notice.read_at), language))
        if notice.read_at is not None
        else ""
    )
    return NoticeCard(
        title=said.title,
        lines=said.lines,
        when=f"{day_text(moment.date(), language)} {moment:%H:%M}",
        is_grave=notice.kind in GRAVE,
        mark="" if notice.read_at else f"/desk/notices/{notice.notice_id}/read",
        read=read,
        link=_link(notice, language),
    )


def _link(notice: Notice, language: Language) -> Link | None:
    """Where something can be done about it: of a lead, its page."""
    if notice.kind is not NoticeKind.LEAD_OPENED:
        return None
    number = orjson.loads(notice.facts)["lead_number"]
    return Link(f"/desk/leads/{number}", text("page.notices.warn_look", language))
