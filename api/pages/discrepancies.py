"""/desk/discrepancies: what did not arrive as it was shipped, and settling it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.custody import service as custody
from ...trace.custody.model import Discrepancy, Outcome
from ...trace.custody.service.discrepancies import BY_SENDER, SETTLEMENTS
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.errors import InvalidInput, SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties import service as parties
from ...trace.parties.model import Actor
from ...trace.store.database import UnitOfWork
from ..acting import acting_party
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from .desk_view import Choice, Flash
from .form_view import Fields, FormView, refusal_text, refused
from .goods_read import amount_text, known_batches
from .rendering import day_text, word
from .respond import page
from .sent_forms import Done, TheSent, carry_out, new_once

router = APIRouter(prefix="/desk/discrepancies")


@dataclass(frozen=True, slots=True)
class DiscrepancyCard:
    """`kind` picks the mark; `what` says it; `form` settles it, None where it is settled or waits for the other."""

    kind: str
    what: str
    goods: str
    between: str
    opened: str
    note: str
    waiting: str
    settled: str
    settlement_note: str
    form: FormView | None


@dataclass(frozen=True, slots=True)
class DiscrepanciesView:
    cards: tuple[DiscrepancyCard, ...]
    is_open: bool


@router.get("")
def show_discrepancies(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, state: str = "open"
) -> Response:
    """What did not arrive as it was shipped: open, or settled with `state=settled`."""
    return _show(request, instance, actor, language, is_open=state != "settled")


@router.post("/{batch_id}/{discrepancy_id}")
def settle(
    batch_id: UUID,
    discrepancy_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Settles a discrepancy, with a note; the goods move accordingly."""
    party_id = acting_party(actor)

    def act(work: UnitOfWork) -> Done:
        outcome = _outcome(sent.get("outcome"))
        found = custody.settle(work, actor, party_id, batch_id, discrepancy_id, outcome, sent.get("note"))
        return Done(found.units, 1)

    try:
        carry_out(instance, actor, sent, act)
    except SuiyuanError as error:
        return _show(request, instance, actor, language, status_of(error), refusal=(discrepancy_id, sent.values, error))
    return _show(request, instance, actor, language, flash=Flash(text("page.discrepancies.settled_now", language)))


def _outcome(value: str) -> Outcome:
    try:
        return Outcome(value)
    except ValueError:
        raise InvalidInput("text.missing", field="outcome") from None


def _show(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    status: int = 200,
    *,
    is_open: bool = True,
    flash: Flash | None = None,
    refusal: tuple[UUID, Mapping[str, str], SuiyuanError] | None = None,
) -> Response:
    party_id = acting_party(actor)
    with instance.database.read() as connection:
        found = custody.list_discrepancies(connection, party_id, is_open=is_open)
        ends = {end for each in found for end in (each.from_id, each.to_id)}
        names = {party.party_id: party.short_name for party in parties.list_parties(connection, ends)}
    if refusal is not None and not any(
        each.discrepancy_id == refusal[0] and _form(each, party_id, language, {}) for each in found
    ):
        flash = Flash(refusal_text(refusal[2], language), is_error=True)
    goods = known_batches(instance, {each.batch_id for each in found}, language)
    cards: list[DiscrepancyCard] = []
    for each in found:
        known = goods[each.batch_id]
        form = _form(each, party_id, language, {})
        if form is not None and refusal is not None and refusal[0] == each.discrepancy_id:
            again = _form(each, party_id, language, refusal[1])
            form = refused(again or form, refusal[2], language)
        cards.append(
            DiscrepancyCard(
                kind=each.kind.value,
                what=f"{word(each.kind, language)} {amount_text(each.units, known.batch.packing, language)}",
                goods=known.title,
                between=text(
                    "page.discrepancies.between", language, sender=names[each.from_id], receiver=names[each.to_id]
                ),
                opened=day_text(day_in_china(each.opened_at), language),
                note=each.note,
                waiting=text("page.discrepancies.waiting", language, party=names[each.from_id])
                if each.settled_at is None and form is None
                else "",
                settled=_settled(each, names, language),
                settlement_note=each.settlement_note,
                form=form,
            )
        )
    return page(
        request,
        "desk/discrepancies.html",
        status,
        here="/desk/discrepancies" if is_open else "/desk/discrepancies?state=settled",
        view=DiscrepanciesView(tuple(cards), is_open),
        csrf=form_token(instance, request),
        once=new_once,
        flash=flash,
    )


def _form(found: Discrepancy, party_id: UUID, language: Language, values: Mapping[str, str]) -> FormView | None:
    """What this party may settle it as; None where only the other may, or nothing is left to settle."""
    if found.settled_at is not None:
        return None
    offered = [
        outcome
        for outcome in Outcome
        if outcome in SETTLEMENTS[found.kind] and (outcome not in BY_SENDER or party_id == found.from_id)
    ]
    if not offered:
        return None
    ask = Fields(language, values)
    choices = [Choice(outcome.value, word(outcome, language)) for outcome in offered]
    return FormView(
        action=f"/desk/discrepancies/{found.batch_id}/{found.discrepancy_id}",
        title="",
        lead="",
        submit=text("page.discrepancies.submit", language),
        fields=(ask.select("outcome", choices, required=True), ask.note("note", required=True)),
        prefix=f"d{found.discrepancy_id.hex[-8:]}-",
    )


def _settled(found: Discrepancy, names: Mapping[UUID, str], language: Language) -> str:
    if found.outcome is None or found.settled_at is None:
        return ""
    day = day_text(day_in_china(found.settled_at), language)
    by = names.get(found.settled_by_id, "") if found.settled_by_id else ""
    return text("page.discrepancies.settled_as", language, outcome=word(found.outcome, language), by=by, day=day)
