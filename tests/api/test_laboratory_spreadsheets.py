"""What is no file of results: texts, and spreadsheets that show what they do not hold, hide or inflate."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from openpyxl import Workbook

from suiyuan.api.laboratory.archive import MAX_INFLATED_BYTES
from suiyuan.api.laboratory.columns import SheetFormat
from suiyuan.api.laboratory.reading import read_results
from suiyuan.api.laboratory.rows import MAX_FILE_BYTES
from suiyuan.api.laboratory.workbook import MAX_SHEET_COLUMNS, MAX_SHEET_ROWS

from .laboratory_sheets import book_of, csv_of, headings, refusal, refused_places, refused_whole, row, saved

CSV, XLSX = SheetFormat.CSV, SheetFormat.XLSX


def test_texts_that_are_no_table() -> None:
    assert refused_whole("抽样单号,报告编号\n一,二\n".encode("gbk")) == "file.not_utf8"
    assert refused_whole(csv_of(row()).decode().encode("utf-16")) == "file.not_utf8"
    for separator in (";", "\t", "|"):
        content = csv_of(row()).replace(b",", separator.encode())
        assert refused_whole(content) == "laboratory.separator"
    assert refused_whole(b'a,"b\n') == "file.malformed"
    for empty in (b"", b"\n\n", csv_of()):
        assert refused_whole(empty) == "file.empty"
    assert refused_whole(b"," * (MAX_FILE_BYTES + 1)) == "laboratory.file_too_large"
    assert refused_whole(b"a\n" * (MAX_SHEET_ROWS + 1)) == "laboratory.too_many_rows"
    assert len(read_results(csv_of() + b"S,R\n" * (MAX_SHEET_ROWS - 1), CSV).samples["S"]) == MAX_SHEET_ROWS - 1


def spoilt(change: Callable[[Workbook], None]) -> bytes:
    book = book_of(row(), row(item="二"))
    change(book)
    return saved(book)


def merged_and_computed(book: Workbook) -> None:
    sheet = book.worksheets[0]
    sheet["J3"] = "=J2*1.02"
    sheet["G2"], sheet["O2"] = 0.05, 1 / 3
    sheet["G2"].number_format = "0.0%"
    sheet["A3"] = 20260000000000001
    sheet["N2"] = "#DIV/0!"
    sheet.merge_cells("C2:C3")


def test_cells_of_a_spreadsheet_that_are_not_what_they_show() -> None:
    error = refusal(spoilt(merged_and_computed), XLSX)
    assert refused_places(error) == {
        "C2": "laboratory.merged",
        "G2": "laboratory.percent_format",
        "N2": "laboratory.error_value",
        "O2": "laboratory.digits",
        "A3": "laboratory.digits",
        "J3": "laboratory.formula",
    }
    assert "C2:C3" in error.faults[0].cause.text("en")
    assert {each.field for each in error.faults} <= set(headings())


def test_sheets_beside_the_one() -> None:
    def hide(book: Workbook) -> None:
        book.create_sheet("旧").sheet_state = "hidden"

    def fill(book: Workbook) -> None:
        book.create_sheet("二")["C3"] = "x"

    def leave_empty(book: Workbook) -> None:
        book.create_sheet("空")

    def empty(book: Workbook) -> None:
        book.worksheets[0].delete_rows(1, 3)

    assert refused_whole(spoilt(hide), XLSX) == "laboratory.hidden_sheet"
    assert refused_whole(spoilt(fill), XLSX) == "laboratory.several_sheets"
    assert refused_whole(spoilt(empty), XLSX) == "file.empty"
    assert read_results(spoilt(leave_empty), XLSX).faults == ()


def test_a_spreadsheet_out_of_bounds() -> None:
    def far_down(book: Workbook) -> None:
        book.worksheets[0].cell(MAX_SHEET_ROWS + 1, 1, "x")

    def far_right(book: Workbook) -> None:
        book.worksheets[0].cell(2, MAX_SHEET_COLUMNS + 1, "x")

    def at_the_end_of_all(book: Workbook) -> None:
        book.worksheets[0]["XFD1048576"] = " "

    assert refused_whole(spoilt(far_down), XLSX) == "laboratory.too_many_rows"
    assert refused_whole(spoilt(far_right), XLSX) == "laboratory.too_wide"
    assert refused_whole(spoilt(at_the_end_of_all), XLSX) == "laboratory.too_many_rows"


def repacked(content: bytes, changes: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The same package with other parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", method) as new:
        for name in dict.fromkeys([*old.namelist(), *changes]):
            new.writestr(name, changes.get(name) or old.read(name))
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
BOMB = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
BAD_PLACES = ("A1048577000", "a1", "1", "", "AAAA1")


def test_packages_that_are_no_spreadsheet() -> None:
    good = saved(book_of(row()))
    assert refused_whole(b"PK\x03\x04nonsense", XLSX) == "file.spreadsheet"
    assert refused_whole(csv_of(row()), XLSX) == "file.spreadsheet"
    assert refused_whole(good[: len(good) // 2], XLSX) == "file.spreadsheet"
    assert refused_whole(repacked(good, {SHEET: BOMB}), XLSX) == "file.spreadsheet"
    assert refused_whole(repacked(good, {SHEET: b"<worksheet>"}), XLSX) == "file.spreadsheet"
    assert refused_whole(repacked(good, {"xl/_rels/workbook.xml.rels": b"<Relationships/>"}), XLSX) == "file.empty"
    assert refused_whole(repacked(good, {}, zipfile.ZIP_BZIP2), XLSX) == "file.spreadsheet"
    for place in BAD_PLACES:
        sheet = f"<worksheet><sheetData><row><c r='{place}'><v>1</v></c></row></sheetData></worksheet>".encode()
        assert refused_whole(repacked(good, {SHEET: sheet}), XLSX) == "file.spreadsheet", place


def test_a_spreadsheet_that_inflates_without_end() -> None:
    good = saved(book_of(row()))
    bomb = repacked(good, {SHEET: b"<worksheet>" + b" " * MAX_INFLATED_BYTES + b"</worksheet>"})
    assert len(bomb) < 100_000
    assert refused_whole(bomb, XLSX) == "laboratory.inflated"
    # One that states less than it holds is cut off there, and no spreadsheet any more.
    size = (MAX_INFLATED_BYTES + len(b"<worksheet></worksheet>")).to_bytes(4, "little")
    liar = bomb.replace(size, (100).to_bytes(4, "little"))
    assert liar != bomb
    assert refused_whole(liar, XLSX) == "file.spreadsheet"


def test_cells_without_a_place_are_counted() -> None:
    """ECMA-376 part 1, 18.3.1.4 and 18.3.1.73: the place of a cell and of a row may be left out."""
    plain = "".join(f"<c t='inlineStr'><is><t>{cell}</t></is></c>" for cell in headings())
    formula = "<c/><c><f>1+1</f><v>2</v></c>"
    rows = f"<row>{plain}</row><row r='3'>{formula}</row>"
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f"<worksheet xmlns='{space}'><sheetData>{rows}</sheetData></worksheet>"
    error = refusal(repacked(saved(book_of(row())), {SHEET: sheet.encode()}), XLSX)
    assert refused_places(error) == {"B3": "laboratory.formula"}
