"""/desk: a party's own pages. The first one; registering a batch and seeing it."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from ...trace.batches import service as batches
from ...trace.custody import service as custody
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Actor
from ..acting import acting_party
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..forms.batches import BatchForm
from ..instance import Instance
from . import batch_read, desk_read
from .desk_view import Flash
from .form_view import refusal_text
from .respond import page
from .sent_forms import Done, TheSent, carry_out, new_once

router = APIRouter(prefix="/desk")


@router.get("")
def show_desk(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """What is on its way to the party, what it has in its hands, and what it should look at first."""
    return desk_page(request, instance, actor, language)


@router.get("/batches/new")
def show_batch_form(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """The form for a new batch."""
    return _batch_form(request, instance, actor, language, {}, {}, None)


@router.post("/batches")
def register_batch(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
) -> Response:
    """Registers a batch and leads to its page; a refused form comes back with its text and the reasons."""
    values = dict(sent.values)
    fields = {("product_id" if name == "product" else name): value for name, value in values.items()}
    try:
        form = BatchForm.model_validate(fields).read()
        done = carry_out(
            instance, actor, sent, lambda work: Done(made=str(custody.register_batch(work, actor, form).batch_id))
        )
    except ValidationError as error:
        errors = {_field(str(fault["loc"][0])): text("page.batch_new.unreadable", language) for fault in error.errors()}
        return _batch_form(request, instance, actor, language, values, errors, 422)
    except SuiyuanError as error:
        errors = {_field(error.field or "batch_number"): refusal_text(error, language)}
        return _batch_form(request, instance, actor, language, values, errors, status_of(error))
    return RedirectResponse(f"/desk/batches/{done.made}", status_code=303)


@router.get("/batches/{batch_id}")
def show_batch(
    batch_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor
) -> Response:
    """One of the maker's own batches, with labels to look at."""
    with instance.database.read() as connection:
        batch = batches.require_batch(connection, batch_id)
        actor.require_self(batch.maker_id)
    return page(request, "desk/batch.html", view=batch_read.batch_view(instance, batch, language), flash=None)


def desk_page(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    flash: Flash | None = None,
    status: int = 200,
) -> Response:
    """The desk as it stands now, with what the last act did."""
    return page(
        request,
        "desk/home.html",
        status,
        here="/desk",
        view=desk_read.desk_view(instance, acting_party(actor), language),
        csrf=form_token(instance, request),
        once=new_once,
        flash=flash,
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
    return page(
        request,
        "desk/batch_new.html",
        status or 200,
        here="/desk/batches/new",
        form=batch_read.batch_form(instance, acting_party(actor), language, values, errors),
        csrf=form_token(instance, request),
        once=new_once,
        flash=None,
    )


def _field(name: str) -> str:
    return "product" if name == "product_id" else name
