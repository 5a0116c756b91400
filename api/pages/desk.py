"""/desk: a party's own pages. Receive, ship, see what one holds; register a batch and see its labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from ...trace.batches import service as batches
from ...trace.custody import service as custody
from ...trace.custody.model import Movement
from ...trace.kernel.errors import InvalidInput, SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Actor
from ..auth import form_token, require_form_token
from ..deps import TheInstance, TheLanguage, ThePageActor, acting_party
from ..errors import status_of
from ..forms.batches import BatchForm
from ..instance import Instance
from . import desk_read
from .desk_view import Flash
from .respond import page

router = APIRouter(prefix="/desk")

Text = Annotated[str, Form()]


@router.get("")
def show_desk(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    return _desk(request, instance, actor, language)


@router.post("/receive")
def receive(
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    codes: Text = "",
    csrf: Text = "",
) -> Response:
    """Receives what the scanned codes stand for; the desk says what came of it."""
    require_form_token(instance, request, csrf)
    party_id = acting_party(actor)
    try:
        goods = custody.goods_of_codes(instance.database, instance.resolver, _scanned(codes))
        done = instance.database.write(lambda work: custody.receive(work, actor, party_id, goods))
    except SuiyuanError as error:
        return _desk(request, instance, actor, language, error, receive_codes=codes)
    return _desk(request, instance, actor, language, _done("page.desk.received", done, language))


@router.post("/ship")
def ship(
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    receiver: Text = "",
    codes: Text = "",
    csrf: Text = "",
) -> Response:
    """Ships what the scanned codes stand for; the desk says what came of it."""
    require_form_token(instance, request, csrf)
    party_id = acting_party(actor)
    try:
        to_id = _identifier(receiver, "to_id")
        goods = custody.goods_of_codes(instance.database, instance.resolver, _scanned(codes))
        done = instance.database.write(lambda work: custody.ship(work, actor, party_id, to_id, goods))
    except SuiyuanError as error:
        return _desk(request, instance, actor, language, error, ship_codes=codes, ship_receiver=receiver)
    return _desk(request, instance, actor, language, _done("page.desk.shipped", done, language))


@router.get("/batches/new")
def show_batch_form(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    return _batch_form(request, instance, actor, language, {}, {}, None)


@router.post("/batches")
async def register_batch(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor
) -> Response:
    """Registers a batch and leads to its page; a refused form comes back with its text and the reasons."""
    sent = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    require_form_token(instance, request, sent.pop("csrf", ""))
    fields = {("product_id" if name == "product" else name): value for name, value in sent.items()}
    try:
        form = BatchForm.model_validate(fields)
        batch = instance.database.write(lambda work: custody.register_batch(work, actor, form.read()))
    except ValidationError as error:
        errors = {_field(str(fault["loc"][0])): text("page.batch_new.unreadable", language) for fault in error.errors()}
        return _batch_form(request, instance, actor, language, sent, errors, 422)
    except SuiyuanError as error:
        errors = {_field(error.field or "batch_number"): error.text(language)}
        return _batch_form(request, instance, actor, language, sent, errors, status_of(error))
    return RedirectResponse(f"/desk/batches/{batch.batch_id}", status_code=303)


@router.get("/batches/{batch_id}")
def show_batch(
    batch_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor
) -> Response:
    """One of the maker's own batches, with labels to look at."""
    with instance.database.read() as connection:
        batch = batches.require_batch(connection, batch_id)
        actor.require_self(batch.maker_id)
    return page(request, "desk/batch.html", view=desk_read.batch_view(instance, batch, language), flash=None)


def _desk(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    outcome: SuiyuanError | Flash | None = None,
    **kept: str,
) -> Response:
    """The desk as it stands now, with what the last act did. `kept` gives a refused form its text back."""
    flash = _refused(outcome, language) if isinstance(outcome, SuiyuanError) else outcome
    status = status_of(outcome) if isinstance(outcome, SuiyuanError) else 200
    view = desk_read.desk_view(instance, acting_party(actor), language, **kept)
    return page(
        request, "desk/home.html", status, here="/desk", view=view, csrf=form_token(instance, request), flash=flash
    )


def _batch_form(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    values: dict[str, str],
    errors: dict[str, str],
    status: int | None,
) -> Response:
    form = desk_read.batch_form(instance, acting_party(actor), language, values, errors)
    csrf = form_token(instance, request)
    return page(
        request, "desk/batch_new.html", status or 200, here="/desk/batches/new", form=form, csrf=csrf, flash=None
    )


def _scanned(codes: str) -> list[str]:
    """One code a line, as hand scanners end each with a line break."""
    return [line.strip() for line in codes.splitlines() if line.strip()]


def _refused(error: SuiyuanError, language: Language) -> Flash:
    offenders = error.evidence.get("codes")
    lines = tuple(str(each) for each in offenders) if isinstance(offenders, list) else ()
    return Flash(error.text(language), lines, is_error=True)


def _done(key: str, movements: Sequence[Movement], language: Language) -> Flash:
    units = sum(movement.units for movement in movements)
    return Flash(text(key, language, units=f"{units:,}", batches=len({m.batch_id for m in movements})))


def _identifier(value: str, field: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise InvalidInput("text.missing", field=field) from None


def _field(name: str) -> str:
    return "product" if name == "product_id" else name
