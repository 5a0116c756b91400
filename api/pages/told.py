"""/desk/results: what makers and shops were told of spot checks of their goods, to object in time or, for the maker, to
say whether the goods are its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.inspection import service as inspection
from ...trace.inspection.model import UNDER_REVIEW, Finding, MakerResponse, SampleState
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Actor, Role
from ...trace.parties.regions import region_name
from ..acting import acting_party
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from .answer_view import FindingView
from .desk_view import Flash, Link
from .form_view import FormView, refusal_text
from .record_view import finding_view
from .rendering import day_text, number_text, word
from .respond import page
from .result_words import faults_text
from .sample_acts import ANSWER, OBJECTION, Act, Refusal, act_form, done_text
from .sample_doings import Doing
from .sample_read import Standing, read_standing
from .sample_words import DueView, due_view, limit_line, state_text
from .sent_forms import TheSent, carry_out, new_once

router = APIRouter(prefix="/desk/results")

CONCERNED_ROLES = frozenset({Role.MANUFACTURER, Role.DISTRIBUTOR, Role.OUTLET})
"""Whose goods are sampled: who makes them, and who has them."""


@dataclass(frozen=True, slots=True)
class ToldCard:
    """One sample. `verdict` and findings are those of the version decided last."""

    goods: str
    sample: str
    state: str
    verdict: str
    has_failed: bool
    faults: str
    findings: tuple[FindingView, ...]
    response: str
    withdrawn: str
    due: DueView | None
    forms: tuple[FormView, ...]
    details: str


@router.get("")
def show_results(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """Results that the party was told of, the last taken first."""
    return _show(request, instance, actor, language)


def open_results(instance: Instance, party_id: UUID, language: Language) -> tuple[Link, ...]:
    """The way to results that wait for a word of the party, where there are any."""
    with instance.database.read() as connection:
        found = inspection.count_concerning(connection, party_id)
    count = sum(each.samples for each in found if _open_acts(each.state, each.is_maker, each.maker_response))
    if not count:
        return ()
    label = text("page.told.warn", language, count=number_text(count))
    return (Link("/desk/results", label, text("page.told.look", language)),)


def _open_acts(state: SampleState, is_maker: bool, response: MakerResponse) -> list[Act]:
    """What the party may still say of a sample."""
    found: list[Act] = []
    if is_maker and state in UNDER_REVIEW and response is MakerResponse.NONE:
        found.append(ANSWER)
    if state is SampleState.NOTIFIED:
        found.append(OBJECTION)
    return found


def _show(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    flash: Flash | None = None,
    refusal: tuple[UUID, Refusal] | None = None,
) -> Response:
    party_id = acting_party(actor)
    with instance.database.read() as connection:
        found = inspection.list_concerning(connection, party_id)
    cards = [
        _card(
            read_standing(instance, actor, each.sample_id),
            language,
            refusal[1] if refusal is not None and refusal[0] == each.sample_id else None,
        )
        for each in found
    ]
    if refusal is not None and not any(form.has_errors for card in cards for form in card.forms):
        flash = Flash(refusal_text(refusal[1][2], language), is_error=True)
    return page(
        request,
        "desk/told.html",
        200 if refusal is None else status_of(refusal[1][2]),
        here="/desk/results",
        cards=cards,
        csrf=form_token(instance, request),
        once=new_once,
        flash=flash,
    )


def _card(standing: Standing, language: Language, refusal: Refusal | None) -> ToldCard:
    sample = standing.sample
    decided = next((each for each in reversed(sample.results) if each.decision is not None), None)
    decision = decided.decision if decided else None
    place = standing.name(sample.sampled_from_id) or standing.record.sheet.place
    withdrawn = ""
    if sample.state is SampleState.WITHDRAWN:
        reason = inspection.withdrawn_because(standing.record)
        withdrawn = text("page.told.withdrawn", language, reason=reason)
    return ToldCard(
        goods=f"{standing.product.name} {standing.batch.batch_number}",
        sample=text(
            "page.told.sample",
            language,
            number=sample.sample_number,
            day=day_text(sample.taken_on, language),
            place=" · ".join(filter(None, (region_name(sample.region_code, language), place))),
        ),
        state=state_text(sample.state, language),
        verdict=word(decision.verdict, language) if decision else "",
        has_failed=decided is not None and decided.failed,
        faults=faults_text(decision.fault_class, decision.violations, language) if decision else "",
        findings=tuple(_finding(each, language) for each in decided.findings) if decided else (),
        response="" if sample.maker_response is MakerResponse.NONE else word(sample.maker_response, language),
        withdrawn=withdrawn,
        due=due_view(standing.due, language) if sample.state is SampleState.NOTIFIED else None,
        forms=tuple(
            act_form(act, standing, language, is_told=True, refusal=refusal)
            for act in _open_acts(sample.state, standing.is_maker, sample.maker_response)
        ),
        details=f"/desk/samples/{sample.sample_id}",
    )


def _finding(each: Finding, language: Language) -> FindingView:
    return replace(finding_view(each, language), limit=limit_line(each, language))


def _register(act: Act) -> None:
    def send(
        sample_id: UUID,
        request: Request,
        instance: TheInstance,
        language: TheLanguage,
        actor: ThePageActor,
        sent: TheSent,
    ) -> Response:
        try:
            done = carry_out(instance, actor, sent, lambda work: act.use_case(work, Doing(actor, sample_id, sent)))
        except SuiyuanError as error:
            refusal = (sample_id, (act.name, sent.values, error))
            return _show(request, instance, actor, language, refusal=refusal)
        return _show(request, instance, actor, language, Flash(done_text(act, done, language, is_told=True)))

    send.__doc__ = f"{act.what} A refused form comes back with its text and the reasons at its fields."
    router.add_api_route(f"/{{sample_id}}/{act.name}", send, methods=["POST"])


for _act in (OBJECTION, ANSWER):
    _register(_act)
