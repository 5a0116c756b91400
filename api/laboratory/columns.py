"""The columns of a file of laboratory results, and the empty file to fill in.

Each column has two headings, a Chinese and an English one, and no other. What their cells may hold: docs/laboratory.md.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_uppercase

from ...trace.kernel.texts import LANGUAGES, Language, text


class SheetFormat(StrEnum):
    """What a file of results may be. Values are the ends of its name."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        return {
            SheetFormat.CSV: "text/csv",
            SheetFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }[self]


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """`name` is what refusals call it, and its English heading. A column that is not required may be left out."""

    name: str
    is_required: bool = True

    def heading(self, language: Language) -> str:
        return self.name if language == "en" else text(f"laboratory.column.{self.name}", language)


COLUMNS = (
    SheetColumn("sample_number"),
    SheetColumn("report_number"),
    SheetColumn("reported_on"),
    SheetColumn("laboratory", is_required=False),
    SheetColumn("item"),
    SheetColumn("kind"),
    SheetColumn("declared"),
    SheetColumn("declared_unit"),
    SheetColumn("requirement"),
    SheetColumn("measured"),
    SheetColumn("unit"),
    SheetColumn("observation"),
    SheetColumn("method"),
    SheetColumn("detection_limit"),
    SheetColumn("uncertainty"),
    SheetColumn("outcome", is_required=False),
)


def columns_by_heading() -> Mapping[str, SheetColumn]:
    return {column.heading(language): column for column in COLUMNS for language in LANGUAGES}


def letters(position: int) -> str:
    """The name of the column at `position`, counted from 0, as spreadsheets call it: A … Z, AA …"""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, len(ascii_uppercase))
        name = ascii_uppercase[rest] + name
    return name


def empty_sheet(form: SheetFormat, language: Language) -> bytes:
    """A file with the headings only. In the XLSX all cells are text, so that 5.10 keeps its zero."""
    headings = [column.heading(language) for column in COLUMNS]
    return _empty_xlsx(headings) if form is SheetFormat.XLSX else _empty_csv(headings)


def _empty_csv(headings: list[str]) -> bytes:
    """With a byte-order mark, without which a spreadsheet in China reads it as GBK."""
    file = io.StringIO(newline="")
    csv.writer(file).writerow(headings)
    return file.getvalue().encode("utf-8-sig")


def _empty_xlsx(headings: list[str]) -> bytes:
    from openpyxl import Workbook  # a tenth of a second that no command should wait for

    book = Workbook()
    sheet = book.worksheets[0]
    for number, heading in enumerate(headings, start=1):
        sheet.cell(1, number, heading).number_format = "@"
        dimension = sheet.column_dimensions[letters(number - 1)]
        dimension.number_format = "@"
        dimension.width = 16
    sheet.freeze_panes = "A2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
