"""/bulletins for everybody; /desk/bulletins, where the regulator composes and publishes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from ...trace.catalog.model import ProductKind
from ...trace.inspection.publication import bulletins
from ...trace.inspection.publication.bulletin_model import Bulletin, Contents, Scope, Version
from ...trace.inspection.publication.bulletins import NewBulletin
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties import service as parties
from ...trace.parties.model import Actor, Role
from ...trace.store.database import UnitOfWork
from ..acting import acting_party
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..forms.bulletins import BulletinForm
from ..instance import Instance
from .bulletin_pdf import bulletin_pdf
from .bulletin_view import bulletin_link, bulletin_rows, bulletin_view, sections_of, summary_of
from .desk_view import Choice, Flash
from .form_view import refusal_text
from .rendering import word
from .respond import page
from .sent_forms import Done, Sent, TheSent, carry_out, new_once
from .table_view import TableSection

router = APIRouter()

VersionAsked = Annotated[int | None, Query(alias="version", ge=1, le=1_000_000)]
KIND_PREFIX = "kind_"
"""A box of the form for each kind of goods is named by it and the kind."""


@dataclass(frozen=True, slots=True)
class ComposeView:
    """The form of a new bulletin as it was filled in, with the reasons at its fields; `preview`: what it would say."""

    values: Mapping[str, str]
    errors: Mapping[str, str]
    kinds: tuple[Choice, ...]
    summary: str = ""
    preview: tuple[TableSection, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnBulletin:
    """A published bulletin on the desk. `values`, `errors`: of the form by which it is published again."""

    number: str
    title: str
    link: str
    version: str
    action: str
    prefix: str
    values: Mapping[str, str]
    errors: Mapping[str, str]


@router.get("/bulletins")
def show_bulletins(request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """Bulletins of spot checks, those of the latest period first."""
    with instance.database.read() as connection:
        found = bulletins.list_bulletins(connection)
    return page(request, "bulletins/list.html", table=bulletin_rows(found, language))


@router.get("/bulletins/{number}.pdf")
def show_pdf(number: str, instance: TheInstance, language: TheLanguage, version: VersionAsked = None) -> Response:
    """A bulletin as PDF, in its last version or in the one asked for."""
    bulletin, asked, contents, publisher = _read(instance, number, version)
    headers = {
        "Content-Disposition": f'inline; filename="bulletin-{bulletin.bulletin_id}-{asked.version}.pdf"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    content = bulletin_pdf(bulletin, asked, contents, publisher, language)
    return Response(content, media_type="application/pdf", headers=headers)


@router.get("/bulletins/{number}")
def show_bulletin(
    number: str, request: Request, instance: TheInstance, language: TheLanguage, version: VersionAsked = None
) -> Response:
    """A bulletin with its tables, and the list of its versions with the reason of each change."""
    bulletin, asked, contents, publisher = _read(instance, number, version)
    return page(request, "bulletins/bulletin.html", view=bulletin_view(bulletin, asked, contents, publisher, language))


@router.get("/desk/bulletins")
def show_desk(
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    done: str = "",
) -> Response:
    """The regulator's form for a new bulletin, and the published ones, each to be published again."""
    actor.require_role(Role.REGULATOR)
    flash = _done_flash(instance, done, language) if done else None
    return _desk(request, instance, actor, language, _compose_view({}, {}, language), flash=flash)


@router.post("/desk/bulletins")
def publish(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
) -> Response:
    """Publishes a bulletin, or with `preview` shows what it would say; a refused form comes back with its text."""
    actor.require_role(Role.REGULATOR)
    view = _compose_view(sent.values, {}, language)
    try:
        form = _form(sent)
        if sent.get("preview"):
            return _desk(request, instance, actor, language, _previewed(instance, view, form, language))
        done = carry_out(instance, actor, sent, lambda work: _published(work, actor, form))
    except ValidationError as error:
        unreadable = text("page.compose.unreadable", language)
        errors = {str(fault["loc"][0]): unreadable for fault in error.errors()}
        return _desk(request, instance, actor, language, replace(view, errors=errors), 422)
    except SuiyuanError as error:
        errors = {error.field or "": refusal_text(error, language)}
        return _desk(request, instance, actor, language, replace(view, errors=errors), status_of(error))
    return RedirectResponse(f"/desk/bulletins?done={done.made}", status_code=303)


@router.post("/desk/bulletins/{number}/versions")
def revise(
    number: str, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
) -> Response:
    """Publishes a bulletin again, with the reason; a refused form comes back with its text."""
    actor.require_role(Role.REGULATOR)

    def act(work: UnitOfWork) -> Done:
        made = bulletins.revise_bulletin(work, actor, number, sent.get("reason"), sent.get("title"))
        return Done(made=made.bulletin_id.hex)

    try:
        done = carry_out(instance, actor, sent, act)
    except SuiyuanError as error:
        refused = (number, sent.values, {error.field or "reason": refusal_text(error, language)})
        view = _compose_view({}, {}, language)
        return _desk(request, instance, actor, language, view, status_of(error), refused=refused)
    return RedirectResponse(f"/desk/bulletins?done={done.made}", status_code=303)


def _read(instance: Instance, number: str, version: int | None) -> tuple[Bulletin, Version, Contents, str]:
    with instance.database.read() as connection:
        bulletin, asked = bulletins.require_version(connection, number, version)
        contents = bulletins.read_contents(connection, bulletin, asked)
        publisher = parties.require_party(connection, bulletin.publisher_id)
    return bulletin, asked, contents, publisher.name


def _form(sent: Sent) -> BulletinForm:
    """Raises ValidationError."""
    kinds = [kind for kind in ProductKind if sent.get(f"{KIND_PREFIX}{kind.value}")]
    names = ("number", "title", "first_on", "last_on")
    fields: dict[str, Any] = {name: sent.get(name) for name in names}
    return BulletinForm.model_validate({**fields, "kinds": kinds, "plan_numbers": sent.lines("plan_numbers")})


def _scope(work: UnitOfWork, form: BulletinForm) -> Scope:
    return bulletins.scope_of(work.connection, form.first_on, form.last_on, form.kinds, form.plan_numbers)


def _published(work: UnitOfWork, actor: Actor, form: BulletinForm) -> Done:
    new = NewBulletin(form.number, form.title, acting_party(actor), _scope(work, form))
    return Done(made=bulletins.publish_bulletin(work, actor, new).bulletin_id.hex)


def _previewed(instance: Instance, view: ComposeView, form: BulletinForm, language: Language) -> ComposeView:
    with instance.database.read() as connection:
        scope = bulletins.scope_of(connection, form.first_on, form.last_on, form.kinds, form.plan_numbers)
        contents = bulletins.compose_bulletin(connection, scope)
    return replace(view, summary=summary_of(contents, language), preview=sections_of(contents, language))


def _compose_view(values: Mapping[str, str], errors: Mapping[str, str], language: Language) -> ComposeView:
    kinds = tuple(Choice(f"{KIND_PREFIX}{kind.value}", word(kind, language)) for kind in ProductKind)
    return ComposeView(values, errors, kinds)


def _done_flash(instance: Instance, made: str, language: Language) -> Flash | None:
    with instance.database.read() as connection:
        found = next((each for each in bulletins.list_bulletins(connection) if each.bulletin_id.hex == made), None)
    if found is None:
        return None
    title = text("page.compose.done", language, number=found.number, version=found.current.version)
    return Flash(title, link=bulletin_link(found.number), link_text=text("page.compose.see", language))


def _desk(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    view: ComposeView,
    status: int = 200,
    *,
    flash: Flash | None = None,
    refused: tuple[str, Mapping[str, str], Mapping[str, str]] | None = None,
) -> Response:
    """`refused`: number, values and reasons of the bulletin that was not published again."""
    with instance.database.read() as connection:
        found = [each for each in bulletins.list_bulletins(connection) if each.publisher_id == acting_party(actor)]
    own = tuple(
        OwnBulletin(
            number=each.number,
            title=each.current.title,
            link=bulletin_link(each.number),
            version=text("page.bulletins.version", language, version=each.current.version),
            action=f"/desk{bulletin_link(each.number)}/versions",
            prefix=f"b{place}-",
            values=refused[1] if refused and refused[0] == each.number else {},
            errors=refused[2] if refused and refused[0] == each.number else {},
        )
        for place, each in enumerate(found)
    )
    return page(
        request,
        "bulletins/desk.html",
        status,
        here="/desk/bulletins",
        view=view,
        own=own,
        csrf=form_token(instance, request),
        once=new_once,
        flash=flash,
    )
