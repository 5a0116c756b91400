"""What the pages and the PDF of bulletins show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from ...trace.inspection.publication.bulletin_model import Bulletin, Contents, Line, Version
from ...trace.inspection.publication.model import Counts
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.texts import Language, text
from ...trace.parties.regions import region_name
from .answer_view import Fact
from .rendering import day_text, number_text, word
from .result_view import ChartView, chart_views, counts_table, labelled
from .result_words import failure_text, faults_text, rate_text, result_link, violation_text
from .table_view import Cell, Column, Row, Table, TableSection, cell


@dataclass(frozen=True, slots=True)
class VersionLink:
    """One version in the list of changes."""

    title: str
    link: str
    note: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class BulletinView:
    """`outdated`: the sentence that says that a later version is in force, "" of the last one."""

    number: str
    title: str
    link: str
    outdated: str
    facts: tuple[Fact, ...]
    summary: str
    charts: tuple[ChartView, ...]
    sections: tuple[TableSection, ...]
    versions: tuple[VersionLink, ...]
    pdf: str


def bulletin_link(number: str) -> str:
    return f"/bulletins/{quote(number)}"


def bulletin_view(
    bulletin: Bulletin, version: Version, contents: Contents, publisher: str, language: Language
) -> BulletinView:
    link = bulletin_link(bulletin.number)
    current = bulletin.current.version
    is_current = version.version == current
    return BulletinView(
        number=bulletin.number,
        title=version.title,
        link=link,
        outdated="" if is_current else text("page.bulletins.outdated", language, version=current),
        facts=facts_of(bulletin, version, publisher, language),
        summary=summary_of(contents, language),
        charts=chart_views(contents.tables, language, "bulletin"),
        sections=sections_of(contents, language),
        versions=tuple(_version_link(each, link, each == version, language) for each in reversed(bulletin.versions)),
        pdf=f"{link}.pdf" if is_current else f"{link}.pdf?version={version.version}",
    )


def facts_of(bulletin: Bulletin, version: Version, publisher: str, language: Language) -> tuple[Fact, ...]:
    mark = text("page.list_mark", language)
    scope = bulletin.scope
    kinds = mark.join(word(kind, language) for kind in scope.kinds) or text("page.results.all", language)
    facts = {
        "number": bulletin.number,
        "publisher": publisher,
        "period": period_text(scope.first, scope.last, language),
        "kinds": kinds,
        "published_on": day_text(day_in_china(version.published_at), language),
        "digest": version.digest,
    }
    return tuple(Fact(text(f"page.bulletins.{name}", language), (value,)) for name, value in facts.items())


def period_text(first: date, last: date, language: Language) -> str:
    return text("page.bulletins.days", language, first=day_text(first, language), last=day_text(last, language))


def summary_of(contents: Contents, language: Language) -> str:
    total = contents.tables.total
    counts = {name: number_text(getattr(total, name)) for name in ("samples", "passed", "failed", "denied")}
    return text("page.bulletins.summary_text", language, **counts, rate=rate_text(total, language))


def sections_of(contents: Contents, language: Language) -> tuple[TableSection, ...]:
    """The tables in the order in which ministries print them."""
    counted = labelled(contents.tables, language)
    tables = [_counted(name, counted[name], language) for name in ("kind", "stage", "region")]
    return (
        *tables,
        _by_violation(contents, language),
        _named("failing", contents.failing, language),
        _named("denied", contents.denied, language, text("page.bulletins.denied_note", language)),
        _refusals(contents, language),
    )


def bulletin_rows(bulletins: Iterable[Bulletin], language: Language) -> Table:
    """The list of bulletins."""
    names = ("number", "name", "period", "published_on")
    rows = tuple(
        Row(
            (
                cell(each.number, link=bulletin_link(each.number)),
                cell(each.current.title),
                cell(period_text(each.scope.first, each.scope.last, language)),
                cell(
                    day_text(day_in_china(each.current.published_at), language),
                    text("page.bulletins.version", language, version=each.current.version),
                ),
            )
        )
        for each in bulletins
    )
    columns = tuple(Column(text(f"page.bulletins.{name}", language)) for name in names)
    return Table(columns, rows, text("page.bulletins.empty", language))


def _counted(name: str, counts: Mapping[str, Counts], language: Language) -> TableSection:
    table = counts_table(text(f"page.results.{name}", language), counts.items(), language)
    return TableSection(text(f"page.bulletins.by_{name}", language), table)


def _by_violation(contents: Contents, language: Language) -> TableSection:
    columns = (
        Column(text("page.bulletins.violation", language)),
        Column(text("page.results.samples", language), is_number=True),
    )
    rows = tuple(
        Row((cell(violation_text(code, language)), cell(number_text(count))))
        for code, count in contents.by_violation.items()
    )
    return TableSection(text("page.bulletins.by_violation", language), _table(columns, rows, language))


def _named(name: str, lines: Iterable[Line], language: Language, note: str = "") -> TableSection:
    names = ("product_name", "maker_name", "outlet", "failures", "fault_class", "number")
    columns = tuple(Column(text(f"page.results.{each}", language)) for each in names)
    rows = tuple(Row(tuple(_cells(line, language))) for line in lines)
    return TableSection(text(f"page.bulletins.{name}", language), _table(columns, rows, language), note if rows else "")


def _cells(line: Line, language: Language) -> Iterable[Cell]:
    failures = [failure_text(each, language) for each in line.failures]
    yield cell(line.product_name, line.registration_number, line.batch_number)
    yield cell(line.maker_name)
    yield cell(line.outlet_name, region_name(line.region_code, language), day_text(line.taken_on, language))
    yield cell(*(failures or [""]))
    yield cell(faults_text(line.fault_class, line.violations, language))
    yield cell(line.sample_number, line.laboratory, line.report_number, link=result_link(line.sample_number))


def _refusals(contents: Contents, language: Language) -> TableSection:
    names = ("number", "product_name", "outlet", "region", "refused_to_sign")
    columns = tuple(Column(text(f"page.results.{each}", language)) for each in names)
    rows = tuple(
        Row(
            (
                cell(each.sample_number, link=result_link(each.sample_number)),
                cell(each.product_name),
                cell(each.outlet_name),
                cell(region_name(each.region_code, language)),
                cell(each.reason),
            )
        )
        for each in contents.refusals
    )
    return TableSection(text("page.bulletins.refusals", language), _table(columns, rows, language))


def _table(columns: tuple[Column, ...], rows: tuple[Row, ...], language: Language) -> Table:
    return Table(columns, rows, text("page.bulletins.nobody", language))


def _version_link(version: Version, link: str, is_shown: bool, language: Language) -> VersionLink:
    day = day_text(day_in_china(version.published_at), language)
    reason = version.reason or text("page.bulletins.first_version", language)
    return VersionLink(
        title=text("page.bulletins.version", language, version=version.version),
        link=f"{link}?version={version.version}",
        note=f"{day} · {reason}",
        is_shown=is_shown,
    )
