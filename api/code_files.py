"""Files of codes: CSV, plain text or XLSX, read line by line in constant memory (XLSX: one sheet at a time).

The column of a CSV or XLSX is the one headed `code` or 追溯码, else the first. UTF-8 only: a GBK file would turn into
other characters without anyone noticing. Blank lines are left out but counted.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from python_calamine import CalamineError, CalamineWorkbook

from ..trace.batches.code_lists import CodeFile
from ..trace.kernel.errors import InvalidInput
from ..trace.kernel.limits import MIB
from ..trace.kernel.normalise import half_width

CODE_HEADINGS = ("code", "追溯码", "单元识别代码")
MAX_LINE_CHARACTERS = 2_000
"""A longer line is no list of codes: perhaps a file without line breaks."""


def code_file(path: Path) -> CodeFile:
    """The file as something to import. Reads it once for its digest; the codes are read when asked for.

    Raises InvalidInput `file.missing`. `lines` raises `file.not_utf8`, `file.malformed`, `file.spreadsheet`.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise InvalidInput("file.missing", field=path.name, path=path.name) from None
    return CodeFile(path.name, digest, lambda: _codes(path))


def _codes(path: Path) -> Iterator[tuple[int, str]]:
    rows = _spreadsheet_rows(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _text_rows(path)
    column: int | None = None
    for number, row in rows:
        if not any(field.strip() for field in row):
            continue
        if column is None:
            column, is_heading = _column(row)
            if is_heading:
                continue
        code = half_width(row[column]).strip() if column < len(row) else ""
        yield number, code


def _column(row: Sequence[str]) -> tuple[int, bool]:
    """Where the codes are, and whether this first row is a heading."""
    headings = [field.strip().lower() for field in row]
    for heading in CODE_HEADINGS:
        if heading in headings:
            return headings.index(heading), True
    return 0, False


def _text_rows(path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="", buffering=MIB) as file:
            if path.suffix.lower() == ".csv":
                reader = csv.reader(_bounded(file, path), strict=True)
                for row in reader:
                    yield reader.line_num, row
            else:
                for number, line in enumerate(_bounded(file, path), start=1):
                    yield number, (line,)
    except UnicodeDecodeError:
        raise InvalidInput("file.not_utf8", field=path.name) from None
    except csv.Error as error:
        raise InvalidInput("file.malformed", field=path.name, reason=str(error)) from None


def _bounded(file: TextIO, path: Path) -> Iterator[str]:
    """The lines of a file, none read further than it may be long: a file without line breaks fills no memory."""
    number = 0
    while line := file.readline(MAX_LINE_CHARACTERS + 1):
        number += 1
        if len(line) > MAX_LINE_CHARACTERS:
            raise InvalidInput("file.malformed", field=path.name, reason=f"line {number} is too long")
        yield line


def _spreadsheet_rows(path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        for number, row in enumerate(sheet.iter_rows(), start=1):
            yield number, tuple(_cell(value, number, path) for value in row)
    except CalamineError:
        raise InvalidInput("file.spreadsheet", field=path.name) from None


def _cell(value: object, number: int, path: Path) -> str:
    """A cell as text. A long code kept as a number has lost its last digits, and is refused rather than guessed."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        if abs(value) >= 10**15:
            raise InvalidInput("file.malformed", field=path.name, reason=f"line {number}: a code kept as a number")
        return str(int(value)) if value == int(value) else str(value)
    return str(value)
