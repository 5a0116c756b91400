"""/desk/movements: what the party did, the newest first, and undoing a wrong scan."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.custody import service as custody
from ...trace.custody.model import Movement, MovementKind
from ...trace.custody.rules import RULES, UNDO_WITHIN
from ...trace.custody.service import Circumstances
from ...trace.kernel.clock import CHINA, day_in_china
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.limits import MAX_PAGE_ROWS
from ...trace.kernel.texts import Language, text
from ...trace.parties import service as parties
from ...trace.parties.model import Actor
from ...trace.store.database import UnitOfWork
from ..acting import acting_party
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from ..routes.movements import mark_of, place_of
from .acts import done_flash
from .desk_view import Flash
from .form_view import refusal_text
from .goods_read import amount_text, known_batches
from .rendering import day_text, word
from .respond import page
from .sent_forms import Done, TheSent, carry_out, new_once

router = APIRouter(prefix="/desk/movements")

SHOWN = 20
"""Movements on one page: a thumb's reach."""


@dataclass(frozen=True, slots=True)
class MovementRow:
    """`undo` is where the form to take it back is sent, empty where it cannot be; `state` names what became of it."""

    what: str
    goods: str
    amount: str
    when: str
    between: str
    reason: str
    state: str
    undo: str


@dataclass(frozen=True, slots=True)
class MovementsView:
    rows: tuple[MovementRow, ...]
    undo_days: int
    next: str = ""


@router.get("")
def show_movements(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, before: str = ""
) -> Response:
    """What the party did, the newest first; a wrong scan can be undone here for ten days."""
    return _show(request, instance, actor, language, before)


@router.post("/{batch_id}/{movement_id}/undo")
def undo(
    batch_id: UUID,
    movement_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Takes back a movement, with the reason; the list says what came of it."""
    party_id = acting_party(actor)

    def act(work: UnitOfWork) -> Done:
        done = custody.find_movement(work.connection, batch_id, movement_id)
        how = Circumstances(site_id=done.site_id if done else None, reason=sent.get("reason"))
        return Done.of([custody.undo(work, actor, party_id, batch_id, movement_id, how)])

    try:
        flash = done_flash("page.movements.undone", carry_out(instance, actor, sent, act), language)
    except SuiyuanError as error:
        refusal = Flash(refusal_text(error, language), is_error=True)
        return _show(request, instance, actor, language, "", refusal, status_of(error))
    return _show(request, instance, actor, language, "", Flash(flash.title))


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
        "desk/movements.html",
        status,
        here="/desk/movements",
        view=movements_view(instance, acting_party(actor), language, before),
        csrf=form_token(instance, request),
        once=new_once,
        flash=flash,
    )


def movements_view(instance: Instance, party_id: UUID, language: Language, before: str) -> MovementsView:
    """One page of a party's movements. Raises InvalidInput `page.mark`."""
    with instance.database.read() as connection:
        found = custody.list_movements(connection, party_id, place_of(before) if before else None)
        shown = found[:SHOWN]
        names = {
            party.party_id: party.short_name
            for party in parties.list_parties(connection, {end for each in shown for end in (each.from_id, each.to_id)})
        }
    goods = known_batches(instance, {each.batch_id for each in shown}, language)
    rows: list[MovementRow] = []
    for each in shown:
        known = goods[each.batch_id]
        moment = each.occurred_at.astimezone(CHINA)
        rows.append(
            MovementRow(
                what=word(each.kind, language),
                goods=known.title,
                amount=amount_text(each.units, known.batch.packing, language),
                when=f"{day_text(day_in_china(each.occurred_at), language)} {moment:%H:%M}",
                between=_between(each, party_id, names, language),
                reason=each.reason,
                state="undone" if each.undone_by_id else "undo" if each.kind is MovementKind.UNDO else "",
                undo=f"/desk/movements/{each.batch_id}/{each.movement_id}/undo"
                if is_undoable(instance, each, party_id)
                else "",
            )
        )
    is_more = len(found) > SHOWN or len(found) == MAX_PAGE_ROWS
    return MovementsView(tuple(rows), UNDO_WITHIN.days, f"?before={mark_of(shown[-1])}" if is_more else "")


def is_undoable(instance: Instance, movement: Movement, party_id: UUID) -> bool:
    """Whether the button is worth showing: the kind and the time allow it, and nobody has acted on the ends of any of
    its intervals since. The use case looks at all of it."""
    if movement.undone_by_id is not None or movement.party_id != party_id or not RULES[movement.kind].can_be_undone:
        return False
    if instance.database.clock.now() - (movement.recorded_at or movement.occurred_at) > UNDO_WITHIN:
        return False
    ends = {index for interval in movement.intervals for index in (interval.start, interval.stop - 1)}
    return all(
        custody.locate(instance.database, movement.batch_id, index, index + 1)[0].movement_id == movement.movement_id
        for index in ends
    )


def _between(movement: Movement, party_id: UUID, names: dict[UUID, str], language: Language) -> str:
    """The other party of a movement, and on which side of it; nothing where the goods stayed."""
    if movement.from_id == movement.to_id:
        return ""
    if movement.from_id == party_id:
        return text("page.movements.to", language, party=names[movement.to_id])
    return text("page.movements.from", language, party=names[movement.from_id])
