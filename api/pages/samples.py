"""/desk/samples: spot checks of an agency, or all for the regulator; one sample with all that is on file, and what the
present state allows."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.inspection import service as inspection
from ...trace.inspection.model import SampleState
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.limits import MAX_PAGE_ROWS
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Actor, Role
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from ..routes.samples import mark_of, place_of
from .desk_view import Flash
from .form_view import refusal_text
from .laboratory_view import laboratories
from .respond import page
from .sample_acts import ACTS, Act, Refusal, act_views, done_text
from .sample_doings import Doing
from .sample_list import list_view
from .sample_read import Standing, read_standing
from .sample_view import ActView, sample_view
from .sent_forms import TheSent, carry_out, new_once

router = APIRouter(prefix="/desk/samples")

LISTING_ROLES = (Role.INSPECTION_AGENCY, Role.REGULATOR)


@router.get("")
def list_samples(
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    state: str = "",
    before: str = "",
) -> Response:
    """Samples, the last taken first; of one state where chosen."""
    actor.require_role(*LISTING_ROLES)
    wanted = next((each for each in SampleState if each.value == state), None)
    with instance.database.read() as connection:
        states = [wanted] if wanted else []
        found = inspection.list_samples(connection, actor, states, place_of(before) if before else None)
    last = found[-1] if len(found) == MAX_PAGE_ROWS else None
    older = "?" + urlencode({"state": state, "before": mark_of(last)}) if last else ""
    return page(request, "desk/samples.html", view=list_view(instance, found, wanted, older, language), flash=None)


@router.get("/{sample_id}")
def show_sample(
    sample_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor
) -> Response:
    """All that is on file of a sample, with what may be done."""
    return show_sample_page(request, instance, actor, language, sample_id)


def show_sample_page(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    sample_id: UUID,
    *,
    flash: Flash | None = None,
    refusal: Refusal | None = None,
) -> Response:
    """The page as it stands now, with what the last act did. Raises NotKnown `sample.unknown`; NotAllowed
    `access.other_party`."""
    standing = read_standing(instance, actor, sample_id)
    acts = act_views(standing, language, laboratories(instance) if standing.acts else (), refusal)
    if refusal is not None and not any(each.form and each.form.has_errors for each in acts):
        flash = Flash(refusal_text(refusal[2], language), is_error=True)
    return page(
        request,
        "desk/sample.html",
        200 if refusal is None else status_of(refusal[2]),
        here=f"/desk/samples/{sample_id}",
        view=sample_view(standing, language, [*_reports(standing, language), *acts]),
        csrf=form_token(instance, request),
        once=new_once,
        flash=flash,
    )


def _reports(standing: Standing, language: Language) -> list[ActView]:
    """Where results are entered and corrected: a page of its own each."""
    if not standing.acts:
        return []
    here = f"/desk/samples/{standing.sample.sample_id}"
    found: list[ActView] = []
    if standing.state is SampleState.RECEIVED:
        found.append(ActView(None, True, f"{here}/report", text("page.sample_report.report_link", language)))
    if standing.state is SampleState.RETEST and not standing.has_retest:
        found.append(ActView(None, True, f"{here}/report", text("page.sample_report.retest_link", language)))
    if standing.sample.current is not None and standing.state is not SampleState.WITHDRAWN:
        found.append(ActView(None, False, f"{here}/correction", text("page.sample_report.correct_link", language)))
    return found


def _register(act: Act) -> None:
    def send(
        sample_id: UUID,
        request: Request,
        instance: TheInstance,
        language: TheLanguage,
        actor: ThePageActor,
        sent: TheSent,
    ) -> Response:
        read_standing(instance, actor, sample_id)
        try:
            done = carry_out(instance, actor, sent, lambda work: act.use_case(work, Doing(actor, sample_id, sent)))
        except SuiyuanError as error:
            refusal = (act.name, sent.values, error)
            return show_sample_page(request, instance, actor, language, sample_id, refusal=refusal)
        flash = Flash(done_text(act, done, language))
        return show_sample_page(request, instance, actor, language, sample_id, flash=flash)

    send.__doc__ = f"{act.what} A refused form comes back with its text and the reasons at its fields."
    router.add_api_route(f"/{{sample_id}}/{act.name}", send, methods=["POST"])


for _act in ACTS:
    _register(_act)
