"""An XLSX as rows of text, or a refusal by cell of what cannot be taken for what it shows.

Only one sheet may be filled and none hidden, since nobody should have to guess which results were meant. Merged cells
and formulas are refused: of the first it is not certain which items a value belongs to, of the second the stored value
may be older than its formula. Numbers are floats in the file; the shortest decimal spelling of each is taken, so that
5.1 stays 5.1. A number with more than fifteen digits was computed and shows others than it has. A cell shown in per
cent stores a hundredth of what it shows.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from python_calamine import CalamineError, CalamineWorkbook

from ...trace.kernel.errors import InvalidInput
from .archive import COMMON_PARTS, WORKBOOK, Parts, SheetPart, inflated, sheets_of
from .faults import FileRefused
from .sheet_scan import CellTrouble, SheetScan, percent_styles, scan

MAX_SHEET_ROWS = 10_001
"""Ten thousand items and their heading: fifty samples of two hundred items, or a province's campaign in one file."""

MAX_SHEET_COLUMNS = 64
"""Four times what the form has: further out lies only what was dropped there by mistake."""

MAX_EXACT_DIGITS = 15
"""What a spreadsheet keeps of a number that is typed in (IEEE 754 double precision)."""

PACKAGE_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    f'Target="{WORKBOOK}"/></Relationships>'
)
"""By which a package is known for a spreadsheet. Source: ECMA-376 part 2, 9.3."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not blank. `number` counts from 1, as spreadsheets do, blank rows included."""

    number: int
    cells: tuple[str, ...]


def spreadsheet_rows(content: bytes) -> Sequence[SheetRow]:
    """The rows of the one filled sheet. Raises what `rows_of` lists."""
    parts = inflated(content)
    sheet, found = _only_filled(parts)
    if found.last_row > MAX_SHEET_ROWS:
        raise InvalidInput("laboratory.too_many_rows", field="file", maximum=MAX_SHEET_ROWS - 1)
    if found.last_column > MAX_SHEET_COLUMNS:
        raise InvalidInput("laboratory.too_wide", field="file", maximum=MAX_SHEET_COLUMNS)
    rows, troubles = _texts(_values(parts, sheet))
    troubles = [*found.troubles, *troubles]
    if troubles:
        headings = rows[0].cells if rows else ()
        raise FileRefused(each.fault(headings) for each in troubles)
    return rows


def _only_filled(parts: Parts) -> tuple[SheetPart, SheetScan]:
    sheets = sheets_of(parts)
    hidden = next((each for each in sheets if each.is_hidden), None)
    if hidden is not None:
        raise InvalidInput("laboratory.hidden_sheet", field="file", sheet=hidden.name)
    in_percent = percent_styles(parts)
    scanned = [(each, scan(parts[each.part], in_percent)) for each in sheets]
    filled = [(each, found) for each, found in scanned if found.last_row]
    if len(filled) > 1:
        names = ", ".join(each.name for each, _ in filled)
        raise InvalidInput("laboratory.several_sheets", field="file", sheets=names)
    if not filled:
        raise InvalidInput("file.empty", field="file")
    return filled[0]


def _values(parts: Parts, sheet: SheetPart) -> list[list[object]]:
    """Read from the parts that were looked through, and from no others."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("_rels/.rels", PACKAGE_RELATIONS)
        for path in (*COMMON_PARTS, sheet.part):
            if path in parts:
                archive.writestr(path, parts[path])
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue()))
        return [list(row) for row in book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)]
    except CalamineError:
        raise InvalidInput("file.spreadsheet", field="file") from None


def _texts(values: list[list[object]]) -> tuple[list[SheetRow], list[CellTrouble]]:
    rows: list[SheetRow] = []
    troubles: list[CellTrouble] = []
    for number, line in enumerate(values, start=1):
        cells: list[str] = []
        for position, value in enumerate(line):
            try:
                cells.append(_text(value))
            except InvalidInput as error:
                cells.append("")
                troubles.append(CellTrouble(number, position, error))
        if any(cell.strip() for cell in cells):
            rows.append(SheetRow(number, tuple(cells)))
    return rows, troubles


def _text(value: object) -> str:
    """Raises InvalidInput `laboratory.digits`."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float | int):
        return _number(float(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: float) -> str:
    exact = Decimal(repr(value))
    if abs(value) >= 10**MAX_EXACT_DIGITS or len(exact.normalize().as_tuple().digits) > MAX_EXACT_DIGITS:
        raise InvalidInput("laboratory.digits")
    return f"{int(value)}" if exact == int(exact) else f"{exact:f}"
