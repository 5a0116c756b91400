"""What a buyer reported, on the page of its lead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from ...trace.enforcement.model import Lead, LeadKind
from ...trace.enforcement.reports import service
from ...trace.enforcement.reports.model import ReadReport
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Actor
from ...trace.parties.regions import region_name
from ..instance import Instance
from .answer_view import Fact
from .rendering import word


@dataclass(frozen=True, slots=True)
class ReportCard:
    """`words` line by line as typed; `photos` are addresses of pictures; `answer` the address of the code's answer,
    "" where nothing was scanned."""

    facts: tuple[Fact, ...]
    words: tuple[str, ...]
    photos: tuple[str, ...]
    answer: str


def report_card(instance: Instance, actor: Actor, lead: Lead, language: Language) -> ReportCard | None:
    """None where the lead is not of a buyer."""
    if lead.kind is not LeadKind.CONSUMER_REPORT:
        return None
    with instance.database.read() as connection:
        found = service.read_report(connection, actor, instance.keyring, lead.lead_id)
    if found is None:
        return None
    report = found.report
    return ReportCard(
        facts=tuple(_facts(found, language)),
        words=tuple(report.words.splitlines()),
        photos=tuple(f"/desk/leads/{lead.lead_number}/photos/{number}" for number in range(1, report.photos + 1)),
        answer=f"/c?{urlencode({'text': report.code or report.code_text})}" if report.code_text else "",
    )


def _facts(found: ReadReport, language: Language) -> Iterable[Fact]:
    report = found.report

    def fact(name: str, *values: str) -> Iterable[Fact]:
        shown = tuple(value for value in values if value)
        return [Fact(text(f"page.reports.fact_{name}", language), shown)] if shown else []

    yield from fact("troubles", *(word(each, language) for each in report.troubles))
    yield from fact("code", *(report.code_text or text("page.reports.no_code", language)).splitlines())
    yield from fact("region", region_name(report.region_code, language) if report.region_code else "")
    if report.position is not None:
        place = f"{report.position.latitude_degrees}, {report.position.longitude_degrees}"
        yield from fact("position", text("page.reports.about", language, place=place))
    if report.has_telephone:
        yield from fact("telephone", found.telephone or text("page.reports.regulators_only", language))
    yield from fact("reference", found.reference)
    yield from fact("public_answer", report.public_answer)
