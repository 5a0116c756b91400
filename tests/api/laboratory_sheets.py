"""Files of laboratory results as tests write them, rows by column, as CSV or XLSX; and how they read them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import pytest
from openpyxl import Workbook

from suiyuan.api.laboratory.columns import COLUMNS, SheetFormat
from suiyuan.api.laboratory.faults import Fault, FileRefused
from suiyuan.api.laboratory.reading import read_results
from suiyuan.trace.inspection.model import Finding
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.kernel.texts import LANGUAGES, Language

Row = Sequence[object]

ITEM = {
    "sample_number": "NX-2026-1",
    "report_number": "JY-1",
    "reported_on": "2026-11-24",
    "item": "主成分",
    "kind": "active_content",
    "declared": "5.0",
    "declared_unit": "%",
    "requirement": "5.0±0.5",
    "measured": "5.10",
    "unit": "%",
}
"""One row that is right in every cell, of a product that declares 5.0 % of its 主成分."""


def headings(language: Language = "en") -> list[str]:
    return [column.heading(language) for column in COLUMNS]


def row(**cells: object) -> list[object]:
    """A row that is right, but for what is said otherwise."""
    given = {**ITEM, **cells}
    return [given.get(column.name, "") for column in COLUMNS]


def csv_of(*rows: Row, heading: Sequence[str] | None = None) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([heading or headings(), *rows])
    return file.getvalue().encode()


def book_of(*rows: Row, heading: Sequence[str] | None = None) -> Workbook:
    book = Workbook()
    for each in [heading or headings(), *rows]:
        book.worksheets[0].append(list(each))
    return book


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def places(faults: Iterable[Fault]) -> dict[str, str]:
    """The code of each fault by its cell: {"J7": "number.malformed"}."""
    return {each.place: each.cause.code for each in faults}


def refused_places(error: FileRefused) -> dict[str, str]:
    return places(error.faults)


def only_finding(content: bytes, form: SheetFormat = SheetFormat.CSV) -> Finding:
    file = read_results(content, form)
    assert file.faults == ()
    ((line,),) = file.samples.values()
    assert line.finding is not None
    return line.finding


def refusal(content: bytes, form: SheetFormat = SheetFormat.CSV) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read_results(content, form)
    return caught.value


def refused_whole(content: bytes, form: SheetFormat = SheetFormat.CSV) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_results(content, form)
    assert type(caught.value) is InvalidInput
    assert caught.value.field == "file"
    assert all(caught.value.text(language) for language in LANGUAGES)
    return caught.value.code
