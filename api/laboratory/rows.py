"""The rows of a file as texts, whatever kind of file it is. A CSV is read here, an XLSX in workbook.py.

UTF-8 only: a GBK file would turn into other characters without anyone noticing. Commas only, as the standard of the
format has it (RFC 4180).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.limits import MIB
from .columns import SheetFormat
from .workbook import MAX_SHEET_ROWS, SheetRow, spreadsheet_rows

MAX_FILE_BYTES = 2 * MIB
"""Ten thousand items with their methods are about 1.5 MiB of CSV, and a quarter of that as XLSX."""

_OTHER_SEPARATORS = (";", "\t", "|")


def rows_of(content: bytes, form: SheetFormat) -> Sequence[SheetRow]:
    """The rows that are not blank, each with its number in the file; the first has the headings.

    Raises InvalidInput `laboratory.file_too_large`, `file.not_utf8`, `file.malformed`, `file.spreadsheet`,
    `file.empty`, `laboratory.separator`, `laboratory.too_many_rows`, `laboratory.inflated`,
    `laboratory.hidden_sheet`, `laboratory.several_sheets`, `laboratory.too_wide`; FileRefused for merged cells,
    formulas and numbers that are not what they look like.
    """
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInput("laboratory.file_too_large", field="file", maximum=MAX_FILE_BYTES)
    found = spreadsheet_rows(content) if form is SheetFormat.XLSX else _text_rows(content)
    if len(found) < 2:
        raise InvalidInput("file.empty", field="file")
    return found


def _text_rows(content: bytes) -> Sequence[SheetRow]:
    try:
        written = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("file.not_utf8", field="file") from None
    try:
        rows = _numbered(csv.reader(io.StringIO(written, newline=""), strict=True))
    except csv.Error as error:
        raise InvalidInput("file.malformed", field="file", reason=str(error)) from None
    if rows and len(rows[0].cells) == 1:
        separator = next((each for each in _OTHER_SEPARATORS if each in rows[0].cells[0]), None)
        if separator is not None:
            raise InvalidInput("laboratory.separator", field="file")
    return rows


def _numbered(rows: Iterable[Sequence[str]]) -> list[SheetRow]:
    """Counted by records, as a spreadsheet counts them: a line break within quotes begins no row."""
    found: list[SheetRow] = []
    for number, cells in enumerate(rows, start=1):
        if not any(cell.strip() for cell in cells):
            continue
        if number > MAX_SHEET_ROWS:
            raise InvalidInput("laboratory.too_many_rows", field="file", maximum=MAX_SHEET_ROWS - 1)
        found.append(SheetRow(number, tuple(cells)))
    return found
