"""/desk/sheets: the sample sheet on a phone, with signal or without.

/desk/sheets/new         the form; a script keeps what is typed and sends it when there is a signal
/desk/sheets/shell       the same form saying nothing of anybody: what the worker keeps for when there is none
/desk/sheets/worker.js   the worker, here since it may only answer for addresses below its own
/desk/sheets/session     whose session this is, with a fresh form token
/desk/sheets/duplicates  the warnings beforehand, where there is a signal
POST /desk/sheets        a sheet, as a form or, from the script, as JSON; each carried out once (sent_forms.py)
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from ...trace.inspection.model import Acknowledgement
from ...trace.kernel.clock import CHINA
from ...trace.kernel.errors import InvalidInput, SuiyuanError
from ...trace.kernel.ids import new_id
from ...trace.kernel.texts import Language, text
from ...trace.parties import service as parties
from ...trace.parties.model import Actor, Party, Role
from ..acting import acting_party
from ..auth import form_token, require_form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import form_problem, problem_of, status_of
from ..forms.samples import DuplicateForm, SheetForm
from ..instance import Instance
from ..routes.sheets import sheet_file
from ..sheets import duplicates_of, record_sheet, sample_of, skew_of
from ..writes import Write
from .desk_view import Flash
from .form_view import refusal_text
from .respond import page
from .sent_forms import KEY_PREFIX, new_once
from .sheet_said import SheetAnswer, answer_of, duplicate_text
from .sheet_sent import JSON, LISTS, SentSheet, TheSentSheet
from .sheet_view import SheetView, sheet_view, with_trouble

router = APIRouter(prefix="/desk")

SHEET_ROLES = (Role.INSPECTION_AGENCY, Role.REGULATOR)
WORKER = Path(__file__).resolve().parents[1] / "static" / "sheet" / "worker.js"
_FRESH = {"Cache-Control": "no-store"}


@router.get("/sheets/new")
def show_sheet(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """The form to fill in."""
    return _show(request, instance, _empty(instance, actor, language))


@router.get("/sheets/shell")
def show_shell(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """The form without a word of who asks for it, and without a token."""
    actor.require_role(*SHEET_ROLES)
    view = sheet_view(language, {}, _laboratories(instance))
    return page(request, "sheets/new.html", here="/desk/sheets/new", view=view, csrf="", once=str, flash=None)


@router.get("/sheets/session")
def show_session(request: Request, instance: TheInstance, actor: ThePageActor) -> Response:
    """Whose session this is, and the token its forms carry now."""
    body = {"owner": str(acting_party(actor)), "csrf": form_token(instance, request)}
    return Response(orjson.dumps(body), media_type=JSON, headers=_FRESH)


@router.get("/sheets/worker.js")
def show_worker() -> Response:
    """The worker that keeps the page at hand. Asked for anew each time, as browsers do with workers anyway."""
    return Response(_worker(), media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@cache
def _worker() -> bytes:
    return WORKER.read_bytes()


@router.get("/samples/{sample_id}/sheet.pdf")
def show_sheet_file(sample_id: UUID, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """The printed sheet of a sample, in four copies."""
    return sheet_file(instance, actor, sample_id, language)


@router.post("/sheets/duplicates")
def show_duplicates(form: DuplicateForm, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """For the script: warnings of a sample about to be taken, or what is wrong with the codes. Changes nothing."""
    try:
        found = duplicates_of(instance, actor, form)
    except SuiyuanError as error:
        return problem_of(error, language)
    lines = [duplicate_text(each, language) for each in found]
    return Response(orjson.dumps({"lines": lines}), media_type=JSON, headers=_FRESH)


@router.post("/sheets")
def record(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSentSheet
) -> Response:
    """Takes and seals the sample of a sheet. A refused one comes back with the reasons at its fields."""
    try:
        require_form_token(instance, request, sent.csrf)
        answer = answer_of(instance, _recorded(instance, actor, sent), language)
    except ValidationError as error:
        return _unreadable(request, instance, actor, language, sent, error)
    except SuiyuanError as error:
        return _refused(request, instance, actor, language, sent, error)
    if sent.is_json:
        return Response(orjson.dumps(answer), 201, media_type=JSON, headers=_FRESH)
    again = {name: value for name, value in sent.values.items() if name.startswith("inspectors.")}
    return _show(request, instance, _empty(instance, actor, language, again), flash=_flash(answer, language))


def _recorded(instance: Instance, actor: Actor, sent: SentSheet) -> UUID:
    """The sample of a sheet, taken now or, where this very sheet arrived before, then.

    Raises InvalidInput `custody.no_codes`, `sheet_page.unsigned`, `idempotency.reused`; ValidationError; and what
    `sample_of` and `record_sheet` raise.
    """
    key = None if sent.once is None else KEY_PREFIX + sent.once
    write = Write(instance.database, actor, key, _digest(instance, sent), 201)
    kept = write.kept()
    if kept is not None:
        return UUID(kept.body)
    form = SheetForm.model_validate(sent.document)
    if not form.codes:
        raise InvalidInput("custody.no_codes", field="codes")
    if form.acknowledgement is Acknowledgement.SIGNED and not (form.signature or sent.is_on_paper):
        raise InvalidInput("sheet_page.unsigned", field="on_paper")
    new = sample_of(instance, actor, form, skew_of(instance, form))
    done = write.once(lambda work: record_sheet(work, actor, new, form).sample.sample_id, str)
    return done if isinstance(done, UUID) else UUID(done.body)


def _digest(instance: Instance, sent: SentSheet) -> str:
    """Tells two sheets under one name apart. The clock at the sending is no part of a sheet: it differs each time."""
    document = {name: value for name, value in sent.document.items() if name != "sent_at"}
    message = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return hmac.new(instance.keyring.derive("page form"), b"/desk/sheets " + message, "sha256").hexdigest()


def _unreadable(
    request: Request, instance: Instance, actor: Actor, language: Language, sent: SentSheet, error: ValidationError
) -> Response:
    if sent.is_json:
        return form_problem(error.errors(), language)
    paths = (".".join(map(str, fault["loc"])) for fault in error.errors())
    faults = dict.fromkeys(paths, text("page.sheet.unreadable", language))
    return _again(request, instance, actor, language, sent, faults, 422)


def _refused(
    request: Request, instance: Instance, actor: Actor, language: Language, sent: SentSheet, error: SuiyuanError
) -> Response:
    if sent.is_json:
        return problem_of(error, language)
    faults = {error.field or "": refusal_text(error, language)}
    return _again(request, instance, actor, language, sent, faults, status_of(error))


def _again(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    sent: SentSheet,
    faults: Mapping[str, str],
    status: int,
) -> Response:
    """The form with what was sent in it, its rows numbered as the refusal counts them."""
    plain = {name: value for name, value in sent.values.items() if name.partition(".")[0] not in LISTS}
    rows = {
        f"{name}.{number}.{part}": str(value)
        for name in LISTS
        for number, row in enumerate(sent.document[name])
        for part, value in row.items()
    }
    view = sheet_view(
        language,
        {**plain, **rows},
        _laboratories(instance),
        owner=str(acting_party(actor)),
        region=_region(instance, actor),
        is_answered=True,
    )
    return _show(request, instance, with_trouble(view, faults), status)


def _empty(instance: Instance, actor: Actor, language: Language, values: Mapping[str, str] | None = None) -> SheetView:
    """A sheet not begun, with its number and the time now."""
    actor.require_role(*SHEET_ROLES)
    region = _region(instance, actor)
    now = instance.database.clock.now().astimezone(CHINA)
    given = {
        "sample_number": f"{region}-{now:%Y%m%d-%H%M}-{new_id().hex[-4:].upper()}",
        "taken_at": f"{now:%Y-%m-%dT%H:%M}",
        **(values or {}),
    }
    return sheet_view(language, given, _laboratories(instance), owner=str(acting_party(actor)), region=region)


def _show(
    request: Request, instance: Instance, view: SheetView, status: int = 200, flash: Flash | None = None
) -> Response:
    return page(
        request,
        "sheets/new.html",
        status,
        here="/desk/sheets/new",
        view=view,
        csrf=form_token(instance, request),
        once=new_once,
        flash=flash,
    )


def _flash(answer: SheetAnswer, language: Language) -> Flash:
    done, *warnings = answer.lines
    return Flash(done, tuple(warnings), link=answer.page, link_text=text("page.sheet.to_page", language))


def _region(instance: Instance, actor: Actor) -> str:
    with instance.database.read() as connection:
        return parties.require_party(connection, acting_party(actor)).region_code


def _laboratories(instance: Instance) -> list[Party]:
    with instance.database.read() as connection:
        return parties.list_parties_with_role(connection, Role.LABORATORY)
