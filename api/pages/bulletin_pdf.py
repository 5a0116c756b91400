"""A bulletin as PDF: the tables of its page, on paper."""

from __future__ import annotations

from ...labels.documents import Block, Facts, Heading, Paragraph, Table, render_document
from ...trace.inspection.publication.bulletin_model import Bulletin, Contents, Version
from ...trace.kernel.texts import Language, text
from .bulletin_view import facts_of, sections_of, summary_of
from .table_view import TableSection

DIGEST_SHOWN = 16
"""Hexadecimal digits of the digest at the foot of each page; the first page has all of them."""

WIDTHS = {6: (17.0, 16.0, 17.0, 20.0, 15.0, 15.0), 5: (20.0, 20.0, 20.0, 15.0, 25.0)}
"""Shares of the width by the number of columns, where content alone would not give readable ones."""


def bulletin_pdf(bulletin: Bulletin, version: Version, contents: Contents, publisher: str, language: Language) -> bytes:
    facts = facts_of(bulletin, version, publisher, language)
    blocks: list[Block] = [Facts(tuple((fact.label, fact.values[0]) for fact in facts))]
    if version.reason:
        heading = text("page.bulletins.version", language, version=version.version)
        blocks += [Heading(heading, 2), Paragraph(version.reason)]
    blocks += [Heading(text("page.bulletins.summary", language), 2), Paragraph(summary_of(contents, language))]
    for section in sections_of(contents, language):
        blocks += _section(section)
    footer = text(
        "page.bulletins.footer",
        language,
        number=bulletin.number,
        version=version.version,
        digest=version.digest[:DIGEST_SHOWN],
    )
    return render_document(version.title, blocks, footer=footer)


def _section(section: TableSection) -> list[Block]:
    blocks: list[Block] = [Heading(section.title, 2)]
    if section.note:
        blocks.append(Paragraph(section.note, is_small=True))
    table = section.table
    if not table.rows:
        return [*blocks, Paragraph(table.empty)]
    headings = tuple(column.label for column in table.columns)
    rows = tuple(tuple("\n".join(cell.lines) for cell in row.cells) for row in table.rows)
    widths = () if any(column.is_number for column in table.columns) else WIDTHS.get(len(headings), ())
    return [*blocks, Table(headings, rows, widths)]
