"""What the page of one plan shows, and which forms it offers in the plan's state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from ...trace.enforcement.reports.model import COMPLAINTS_COUNT_FOR
from ...trace.enforcement.service import complaints_by_party
from ...trace.inspection.draw import CandidateList, require_list
from ...trace.inspection.plans import service as plans
from ...trace.inspection.plans.model import REVEALED, Inspector, Plan, PlanState, Visit
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.errors import NotAllowed, SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Actor, Role
from ...trace.parties.regions import region_name
from ..acting import acting_party
from ..instance import Instance
from .answer_view import Fact
from .desk_view import Choice
from .form_view import Field, Fields, FormView
from .plan_read import (
    Parties,
    instant_text,
    objects_of,
    parties_named,
    producers_of,
    redraws_table,
    strata_table,
    stratum_text,
)
from .rendering import day_text, number_text, word
from .table_view import TableSection

WHOLE_OBJECT = "object"
"""What the select of a redraw says where not one inspector but the object is to be replaced."""


@dataclass(frozen=True, slots=True)
class VisitCard:
    """An object drawn. `people` are its inspectors by name; `warning`: one of them must be redrawn; `done`: when it was
    visited."""

    name: str
    place: str
    people: tuple[str, ...]
    samples: str
    done: str
    warning: str
    visit: FormView | None
    redraw: FormView | None


@dataclass(frozen=True, slots=True)
class PlanView:
    """`is_own`: the reader may act on the plan; else it sees its own visits only. `trouble`: why the draft cannot be
    committed to as it stands. Forms are None where the plan's state does not offer them."""

    title: str
    state: str
    facts: tuple[Fact, ...]
    is_own: bool
    trouble: str
    digest: str
    edit: str
    public: str
    sections: tuple[TableSection, ...]
    commit: FormView | None
    draw: FormView | None
    publish: FormView | None
    cancel: FormView | None
    visits: tuple[VisitCard, ...]


def plan_view(instance: Instance, actor: Actor, plan_id: UUID, language: Language) -> PlanView:
    """The page of a plan for its organiser or the regulator; for an agency whose inspectors go, its own visits.

    Raises NotKnown `plan.unknown`; NotAllowed `access.*` for anybody else.
    """
    with instance.database.read() as connection:
        plan = plans.require_plan(connection, plan_id)
        visits = plans.list_visits(connection, plan_id)
        people = {each.inspector_id: each for each in plans.list_inspectors(connection)}
    is_own = actor.has_role(Role.REGULATOR) or acting_party(actor) == plan.organiser_id
    if not is_own:
        mine = {each.inspector_id for each in people.values() if each.agency_id == acting_party(actor)}
        visits = [each for each in visits if mine & set(each.inspector_ids)]
        if not visits:
            raise NotAllowed("access.other_party")
    listed, trouble = _listed(instance, plan, language) if is_own else (None, "")
    known = parties_named(
        instance,
        {each.party_id for each in visits} | {each.agency_id for each in people.values()} | {plan.organiser_id},
    )
    return PlanView(
        title=plan.terms.title,
        state=word(plan.state, language),
        facts=tuple(_facts(plan, known, language)),
        is_own=is_own,
        trouble=trouble,
        digest=plan.digest if is_own else "",
        edit=f"/desk/plans/{plan_id}/edit" if is_own and plan.state is PlanState.DRAFT else "",
        public=f"/draws/{plan.plan_number}" if plan.committed_at is not None else "",
        sections=tuple(_sections(instance, plan, listed, language)) if is_own else (),
        visits=tuple(_card(plan, each, known, people, is_own, language) for each in visits),
        **_forms(plan, is_own and not trouble, is_own, language),
    )


def form_at(view: PlanView, action: str) -> FormView | None:
    """The form of the page that is sent to `action`."""
    offered = [view.commit, view.draw, view.publish, view.cancel]
    offered += [form for card in view.visits for form in (card.visit, card.redraw)]
    return next((each for each in offered if each is not None and each.action == action), None)


def _listed(instance: Instance, plan: Plan, language: Language) -> tuple[CandidateList | None, str]:
    """The list as it is or would be, and why it cannot be drawn from."""
    with instance.database.read() as connection:
        if plan.committed_at is not None:
            return plans.list_of(connection, plan), ""
        if plan.state is PlanState.CANCELLED:
            return None, ""
        now = instance.database.clock.now()
        complaints = complaints_by_party(connection, now - COMPLAINTS_COUNT_FOR)
        listed = plans.prepare(connection, plan, day_in_china(now), complaints)
    try:
        return require_list(listed), ""
    except SuiyuanError as error:
        return listed, error.text(language)


def _facts(plan: Plan, known: Parties, language: Language) -> list[Fact]:
    terms = plan.terms
    mark = text("page.list_mark", language)
    period = text(
        "page.plan.period_text",
        language,
        first=day_text(terms.first_on, language),
        last=day_text(terms.last_on, language),
    )
    values = (
        ("number", plan.plan_number),
        ("organiser", known[plan.organiser_id].name),
        ("kinds", mark.join(word(each, language) for each in sorted(terms.kinds))),
        ("period", period),
        ("per_object", number_text(terms.inspectors_per_object)),
        ("public_source", terms.public_source or text("page.draws.no_public_source", language)),
        ("public_value", plan.public_value),
        ("committed", instant_text(plan.committed_at, language)),
        ("drawn", instant_text(plan.drawn_at, language)),
        ("published", instant_text(plan.published_at, language)),
        ("cancellation", plan.cancellation),
    )
    return [Fact(text(f"page.plan.{name}", language), (value,)) for name, value in values if value]


def _sections(instance: Instance, plan: Plan, listed: CandidateList | None, language: Language) -> list[TableSection]:
    if listed is None:
        return []
    known = parties_named(instance, producers_of(each.name for each in listed.strata))
    note = text(
        "page.plan.list_note",
        language,
        candidates=number_text(len(listed.candidates)),
        inspectors=number_text(len(listed.inspectors)),
        conflicts=number_text(len(listed.conflicts)),
    )
    sections = [TableSection(text("page.plan.strata", language), strata_table(listed, known, language), note)]
    if plan.state in REVEALED:
        with instance.database.read() as connection:
            drawn = plans.draw_of(connection, plan)
        if drawn.redraws:
            table = redraws_table(drawn, parties_named(instance, objects_of(drawn)), language)
            sections.append(TableSection(text("page.plan.redraws", language), table))
    return sections


def _forms(plan: Plan, may_commit: bool, is_own: bool, language: Language) -> dict[str, FormView | None]:
    def form(name: str, *fields: Field) -> FormView:
        group = f"page.plan.step.{name}"
        return FormView(
            action=f"/desk/plans/{plan.plan_id}/{name}",
            title=text(f"{group}.title", language),
            lead=text(f"{group}.lead", language),
            submit=text(f"{group}.submit", language),
            fields=fields,
            prefix=f"{name}-",
        )

    ask = Fields(language, {})
    value = (ask.text("public_value", required=True),) if plan.terms.public_source else ()
    is_open = plan.state in (PlanState.DRAFT, PlanState.COMMITTED)
    return {
        "commit": form("commit") if may_commit and plan.state is PlanState.DRAFT else None,
        "draw": form("draw", *value) if is_own and plan.state is PlanState.COMMITTED else None,
        "publish": form("publish") if is_own and plan.state is PlanState.DRAWN else None,
        "cancel": form("cancel", ask.note("reason", required=True)) if is_own and is_open else None,
    }


def _card(
    plan: Plan, visit: Visit, known: Parties, people: Mapping[UUID, Inspector], is_own: bool, language: Language
) -> VisitCard:
    party = known[visit.party_id]
    here = f"/desk/plans/{plan.plan_id}/objects/{party.credit_code}"
    is_open = visit.visited_on is None
    names = {each: people[each].name for each in visit.inspector_ids}
    aside = text("page.list_mark", language).join(names[each] for each in visit.stepping_aside)
    return VisitCard(
        name=party.name,
        place=f"{region_name(party.region_code, language)} · {stratum_text(visit.stratum, known, language)}"
        if not visit.stratum.startswith(party.region_code)
        else stratum_text(visit.stratum, known, language),
        people=tuple(f"{names[each]} · {known[people[each].agency_id].short_name}" for each in visit.inspector_ids),
        samples=text("page.plan.samples", language, count=number_text(visit.samples)) if visit.samples else "",
        done="" if visit.visited_on is None else day_text(visit.visited_on, language),
        warning=text("page.plan.steps_aside", language, who=aside) if aside else "",
        visit=_visit_form(here, visit, language) if is_open else None,
        redraw=_redraw_form(here, visit, names, language) if is_own and is_open and not visit.samples else None,
    )


def _visit_form(here: str, visit: Visit, language: Language) -> FormView:
    day = Field("visited_on", text("page.ask.visited_on", language), "date", is_required=True)
    return FormView(
        f"{here}/visit", "", "", text("page.plan.visit_submit", language), (day,), prefix=_prefix("v", visit)
    )


def _redraw_form(here: str, visit: Visit, names: Mapping[UUID, str], language: Language) -> FormView:
    ask = Fields(language, {})
    choices = [Choice(WHOLE_OBJECT, text("page.plan.whole_object", language))]
    choices += [Choice(str(each), names[each]) for each in visit.inspector_ids]
    fields = (ask.select("replaced", choices, required=True), ask.note("public_reason", required=True))
    submit = text("page.plan.redraw_submit", language)
    return FormView(f"{here}/redraw", "", "", submit, fields, prefix=_prefix("r", visit))


def _prefix(kind: str, visit: Visit) -> str:
    return f"{kind}{visit.party_id.hex[-8:]}-"
