"""Ledgers as files for spreadsheets: CSV of one kind of goods, XLSX with a sheet for each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, BinaryIO

from ..trace.kernel.errors import InvalidInput
from ..trace.kernel.texts import text
from .ledger_tables import Cell, Ledger, LedgerTable
from .pages.rendering import word

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins so for a formula. Source: OWASP, CSV Injection."""


class LedgerFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        return {
            LedgerFormat.CSV: "text/csv; charset=utf-8",
            LedgerFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }[self]


def write_ledger(ledger: Ledger, form: LedgerFormat, file: BinaryIO) -> None:
    """Writes a ledger. A CSV has one table: raises InvalidInput `ledger.kind_needed` where there are several kinds."""
    if form is LedgerFormat.XLSX:
        _write_xlsx(ledger, file)
    else:
        _write_csv(ledger, file)


def file_name(ledger: Ledger, form: LedgerFormat) -> str:
    return f"{ledger.side.value}-{ledger.party.credit_code}-{ledger.first}-{ledger.last}.{form.value}"


def _write_csv(ledger: Ledger, file: BinaryIO) -> None:
    """UTF-8 with a byte-order mark, without which a spreadsheet in China reads it as GBK."""
    if len(ledger.tables) > 1:
        kinds = ", ".join(table.kind.value for table in ledger.tables)
        raise InvalidInput("ledger.kind_needed", field="kind", kinds=kinds)
    wrapper = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(wrapper)
    for table in ledger.tables:
        writer.writerow([column.heading for column in table.columns])
        writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    writer.writerows([[_plain(cell) for cell in row] for row in _notes(ledger)])
    wrapper.detach()


def _plain(cell: Cell) -> str | int:
    """A cell of a CSV file. Texts that would be read as a formula get an apostrophe in front; numbers are numbers."""
    if isinstance(cell, int):
        return cell
    value = str(cell)
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def _write_xlsx(ledger: Ledger, file: BinaryIO) -> None:
    from openpyxl import Workbook  # a tenth of a second that no other command should wait for

    book = Workbook(write_only=True)
    for table in ledger.tables:
        sheet = book.create_sheet(word(table.kind, ledger.language))
        for row in _with_heading(table):
            sheet.append([_written(sheet, cell) for cell in row])
    notes = book.create_sheet(word(ledger.side, ledger.language))
    for row in _notes(ledger):
        notes.append([_written(notes, cell) for cell in row])
    book.save(file)


def _with_heading(table: LedgerTable) -> Iterator[Iterable[Cell]]:
    yield [column.heading for column in table.columns]
    yield from table.rows


def _written(sheet: Any, cell: Cell) -> object:
    """A cell of a workbook. A text is a text, whatever it begins with."""
    if not isinstance(cell, str):
        return cell
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    written = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", cell))
    written.data_type = "s"
    return written


def _notes(ledger: Ledger) -> list[list[Cell]]:
    """Whose ledger it is, of which days, and which rules name its columns."""
    language = ledger.language
    owner = text("ledger.file.owner", language, party=ledger.party.name, credit_code=ledger.party.credit_code)
    period = text("ledger.file.period", language, first=ledger.first, last=ledger.last)
    rules: list[list[Cell]] = [
        [word(table.kind, language), text("ledger.file.source", language, source=source)]
        for table in ledger.tables
        for source in table.sources
    ]
    return [[word(ledger.side, language), owner, period], *(rules or [[text("ledger.file.empty", language)]])]
