"""/draws: commitments and published draws, for anybody."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.inspection.draw import written
from ...trace.inspection.plans import service as plans
from ...trace.inspection.plans.model import PlanState
from ...trace.inspection.plans.service import PublicDraw
from ...trace.kernel.texts import Language, text
from ...trace.parties.service import party_id_of
from ..deps import TheInstance, TheLanguage
from ..instance import Instance
from ..routes.plans import AfterRedraws
from .answer_view import Fact
from .plan_read import (
    exclusions_table,
    instant_text,
    objects_of,
    parties_named,
    producers_of,
    redraws_table,
    result_table,
    strata_table,
)
from .rendering import word
from .respond import page
from .table_view import Column, Row, Table, TablePage, TableSection, cell

router = APIRouter(prefix="/draws")


@dataclass(frozen=True, slots=True)
class DrawView:
    """`file`: where the published file is, "" before; `file_name`: what a browser saves it as; `digest`: of the
    commitment."""

    title: str
    state: str
    facts: tuple[Fact, ...]
    digest: str
    file: str
    file_name: str
    sections: tuple[TableSection, ...]


@router.get("")
def show_draws(request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """Every commitment and draw, the newest first; cancelled ones too."""
    with instance.database.read() as connection:
        found = plans.list_draws(connection)
    rows = tuple(
        Row(
            (
                cell(each.title, each.plan_number, link=f"/draws/{each.plan_number}"),
                cell(each.organiser),
                cell(word(each.state, language), each.cancellation),
                cell(instant_text(each.committed_at, language)),
                cell(each.digest),
            )
        )
        for each in found
    )
    names = ("title", "organiser", "state", "committed", "digest")
    table = Table(
        tuple(Column(text(f"page.draws.{name}", language)) for name in names), rows, text("page.draws.empty", language)
    )
    heading, lead = text("page.draws.heading", language), text("page.draws.lead", language)
    return page(request, "desk/tables.html", view=TablePage(heading, lead, (TableSection("", table),), back="/"))


@router.get("/{plan_number}.json")
def get_file(plan_number: str, instance: TheInstance, redraws: AfterRedraws = None) -> Response:
    """The file of a published draw as it is, or as it was after so many redraws: `suiyuan draw verify FILE`."""
    with instance.database.read() as connection:
        document = plans.published_document(connection, plan_number, redraws)
    return Response(written(document), media_type="application/json")


@router.get("/{plan_number}")
def show_draw(plan_number: str, request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """One draw: its commitment, how to verify it, and once it is published who was drawn and redrawn."""
    with instance.database.read() as connection:
        found = plans.find_draw(connection, plan_number)
    return page(request, "draw.html", view=_view(instance, found, language))


def _view(instance: Instance, found: PublicDraw, language: Language) -> DrawView:
    return DrawView(
        title=found.title,
        state=word(found.state, language),
        facts=tuple(_facts(found, language)),
        digest=found.digest,
        file=found.file,
        file_name=f"{found.plan_number}.json",
        sections=_sections(instance, found.plan_number, language) if found.state is PlanState.PUBLISHED else (),
    )


def _facts(found: PublicDraw, language: Language) -> list[Fact]:
    values = (
        ("number", found.plan_number),
        ("organiser", found.organiser),
        ("committed", instant_text(found.committed_at, language)),
        ("public_source", found.public_source or text("page.draws.no_public_source", language)),
        ("public_value", found.public_value),
        ("drawn", instant_text(found.drawn_at, language)),
        ("published", instant_text(found.published_at, language)),
        ("cancelled", instant_text(found.cancelled_at, language)),
        ("cancellation", found.cancellation),
        ("list_sha256", found.list_sha256),
        ("secret_sha256", found.secret_sha256),
    )
    return [Fact(text(f"page.draws.{name}", language), (value,)) for name, value in values if value]


def _sections(instance: Instance, plan_number: str, language: Language) -> tuple[TableSection, ...]:
    with instance.database.read() as connection:
        drawn = plans.draw_of(connection, plans.require_published(connection, plan_number))
    listed = drawn.listed
    wanted = objects_of(drawn) | producers_of(each.name for each in listed.strata)
    known = parties_named(instance, wanted | {party_id_of(each.object_id) for each in listed.exclusions})
    return (
        TableSection(text("page.plan.result", language), result_table(drawn, known, language)),
        TableSection(text("page.plan.redraws", language), redraws_table(drawn, known, language)),
        TableSection(text("page.plan.strata", language), strata_table(listed, known, language)),
        TableSection(text("page.plan.exclusions", language), exclusions_table(listed, known, language)),
    )
