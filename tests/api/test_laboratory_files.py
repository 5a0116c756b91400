"""Files of laboratory results, read without a database: what is taken, and what is refused by cell."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from suiyuan.api.laboratory.columns import COLUMNS, SheetFormat, empty_sheet, letters
from suiyuan.api.laboratory.faults import MAX_FAULTS_SHOWN, FileRefused
from suiyuan.api.laboratory.reading import read_results
from suiyuan.api.laboratory.words import find_word, unit_at_end
from suiyuan.trace.inspection.items import ItemKind, Observation
from suiyuan.trace.inspection.model import NO_LIMIT, Finding, Limit, LimitKind, Outcome
from suiyuan.trace.kernel.limits import MAX_FINDINGS_PER_SAMPLE
from suiyuan.trace.kernel.texts import LANGUAGES
from suiyuan.trace.kernel.units import Unit

from .laboratory_sheets import ITEM, book_of, csv_of, headings, only_finding, places, refusal, refused_whole, row, saved

CSV, XLSX = SheetFormat.CSV, SheetFormat.XLSX


# ---------------------------------------------------------------------------------------------- what is taken


WHOLE = {
    "laboratory": "某所",
    "method": "GB/T 20686",
    "detection_limit": "0.01",
    "uncertainty": "0.20",
    "outcome": "合格",
    "observation": "实测",
}


@pytest.mark.parametrize("form", list(SheetFormat))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_is_a_finding_with_its_digits(form: SheetFormat, language: str) -> None:
    heading = headings("zh" if language == "zh" else "en")
    rows = [row(**WHOLE), row(**WHOLE, sample_number="NX-2026-2")]
    content = csv_of(*rows, heading=heading) if form is CSV else saved(book_of(*rows, heading=heading))
    file = read_results(content, form)
    assert file.faults == ()
    assert list(file.samples) == ["NX-2026-1", "NX-2026-2"]
    (line,) = file.samples["NX-2026-1"]
    assert (line.row, line.report_number, line.reported_on, line.laboratory) == (2, "JY-1", date(2026, 11, 24), "某所")
    assert line.finding == Finding(
        item="主成分",
        requirement="5.0±0.5",
        limit=Limit(LimitKind.BETWEEN, Decimal("4.5"), Decimal("5.5")),
        measured=Decimal("5.10"),
        unit=Unit.PERCENT,
        outcome=Outcome.PASSED,
        kind=ItemKind.ACTIVE_CONTENT,
        observation=Observation.MEASURED,
        declared=Decimal("5.0"),
        declared_unit=Unit.PERCENT,
        method="GB/T 20686",
        detection_limit=Decimal("0.01"),
        uncertainty=Decimal("0.20"),
    )
    assert line.finding is not None
    assert str(line.finding.measured) == "5.10"
    assert str(line.finding.uncertainty) == "0.20"


def test_numbers_and_days_of_a_spreadsheet() -> None:
    """Numbers by their shortest spelling, days as days."""
    day = datetime.combine(date(2026, 11, 20), time())
    file = read_results(saved(book_of(row(measured=5.1, declared=5, reported_on=day, sample_number=20260001))), XLSX)
    assert file.faults == ()
    ((number, (line,)),) = file.samples.items()
    assert (number, line.reported_on) == ("20260001", date(2026, 11, 20))
    assert line.finding is not None
    assert (str(line.finding.measured), str(line.finding.declared)) == ("5.1", "5")
    small = only_finding(saved(book_of(row(measured=0.00001, requirement="", declared="", declared_unit=""))), XLSX)
    assert f"{small.measured:f}" == "0.00001"


@pytest.mark.parametrize(
    ("cells", "observation", "text"),
    [
        ({"observation": "未检出"}, Observation.NOT_DETECTED, "未检出"),
        ({"observation": "Not Detected"}, Observation.NOT_DETECTED, "未检出"),
        ({"observation": "not_detected"}, Observation.NOT_DETECTED, "未检出"),
        ({"observation": "检出"}, Observation.DETECTED, "检出"),
        ({"observation": "符合", "requirement": "应为无色澄明液体"}, Observation.COMPLIES, "符合"),
        ({"observation": "不符合"}, Observation.DOES_NOT_COMPLY, "不符合"),
    ],
)
def test_a_result_in_words(cells: dict[str, str], observation: Observation, text: str) -> None:
    found = only_finding(csv_of(row(**{"measured": "", "unit": "", **cells})))
    assert (found.observation, found.measured, found.measured_text) == (observation, None, text)
    if "requirement" in cells:
        assert (found.limit, found.requirement) == (NO_LIMIT, cells["requirement"])


@pytest.mark.parametrize(
    ("requirement", "limit", "declared"),
    [
        ("10.0±1.0 %", Limit(LimitKind.BETWEEN, Decimal("9.0"), Decimal("11.0")), "10.0"),
        ("≥18%", Limit(LimitKind.AT_LEAST, lower=Decimal(18)), None),
        ("不高于 0.5", Limit(LimitKind.AT_MOST, upper=Decimal("0.5")), None),
        ("4.5–7.0", Limit(LimitKind.BETWEEN, Decimal("4.5"), Decimal("7.0")), None),
        ("62", NO_LIMIT, "62"),
        ("62 %", NO_LIMIT, "62"),
        ("", NO_LIMIT, None),
    ],
)
def test_a_requirement(requirement: str, limit: Limit, declared: str | None) -> None:
    found = only_finding(csv_of(row(requirement=requirement, declared="", declared_unit="")))
    assert found.limit == limit
    assert found.declared == (None if declared is None else Decimal(declared))
    assert found.declared_unit is (Unit.NONE if declared is None else Unit.PERCENT)


def test_per_cent_of_the_label_goes_with_a_declared_weight() -> None:
    cells = {"declared": "200", "declared_unit": "克/升", "measured": "85", "unit": "% of label", "requirement": ""}
    found = only_finding(csv_of(row(**cells)))
    assert (found.unit, found.declared_unit) == (Unit.PERCENT_OF_LABEL, Unit.GRAM_PER_LITRE)
    assert only_finding(csv_of(row(**{**cells, "measured": "105"}))).measured == Decimal(105)


def test_a_byte_order_mark_blank_rows_line_breaks_and_columns_that_may_be_left_out() -> None:
    heading = [name for name in headings("zh") if name not in ("检验机构", "单项判定")]
    cells = {column.heading("zh"): ITEM.get(column.name, "") for column in COLUMNS}
    content = csv_of([], [cells[name] for name in heading], heading=heading)
    assert only_finding(b"\xef\xbb\xbf" + content).measured == Decimal("5.10")
    file = read_results(csv_of(row(method="甲\n乙"), ["", " "], row(item="二", measured="x")), CSV)
    assert places(file.faults) == {"J4": "laboratory.no_value"}
    assert file.samples["NX-2026-1"][0].row == 2


def test_every_kind_is_read_by_its_code_and_its_words() -> None:
    for kind in ItemKind:
        assert find_word(ItemKind, kind.value) is kind
    assert find_word(ItemKind, "　有效成分含量 ") is ItemKind.ACTIVE_CONTENT
    assert find_word(ItemKind, "MOISTURE") is ItemKind.SEED_MOISTURE
    assert find_word(ItemKind, "") is None
    assert find_word(Unit, "克/升") is Unit.GRAM_PER_LITRE
    assert find_word(Unit, "％") is Unit.PERCENT
    assert unit_at_end("≥18 g/L") == ("≥18", Unit.GRAM_PER_LITRE)
    assert unit_at_end("90-110 % of label") == ("90-110", Unit.PERCENT_OF_LABEL)
    assert unit_at_end("不得检出") == ("不得检出", None)


def test_the_document_names_every_column_and_its_row_can_be_read() -> None:
    document = (Path(__file__).parents[2] / "docs" / "laboratory.md").read_text("utf-8")
    told = re.findall(r"^\| `(\w+)` \| (\S+) \|", document, re.MULTILINE)
    assert told == [(column.heading("en"), column.heading("zh")) for column in COLUMNS]
    example = document.split("```text\n")[1].split("```")[0]
    found = only_finding(csv_of() + example.encode())
    assert (str(found.measured), found.outcome, found.method) == ("5.10", Outcome.PASSED, "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_is_empty_and_keeps_zeros(language: str) -> None:
    spoken = "zh" if language == "zh" else "en"
    written = empty_sheet(CSV, spoken)
    assert written.startswith(b"\xef\xbb\xbf")
    assert written.decode("utf-8-sig").strip().split(",") == headings(spoken)
    book = load_workbook(io.BytesIO(empty_sheet(XLSX, spoken)))
    (sheet,) = book.worksheets
    assert [cell.value for cell in sheet[1]] == headings(spoken)
    assert {sheet.column_dimensions[letters(number)].number_format for number in range(len(COLUMNS))} == {"@"}
    for form in SheetFormat:
        assert refused_whole(empty_sheet(form, spoken), form) == "file.empty"
    sheet.append(row(measured="5.10"))
    assert str(only_finding(saved(book), XLSX).measured) == "5.10"


# ---------------------------------------------------------------------------------------------- faults by cell


FAULTY: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "comma decimal": ({"measured": "5,1"}, {"J2": "number.malformed"}),
    "full-width comma": ({"measured": "5，1"}, {"J2": "number.malformed"}),
    "a word for a number": ({"measured": "未检出"}, {"J2": "laboratory.no_value"}),
    "below a limit": ({"measured": "<0.01"}, {"J2": "laboratory.no_value"}),
    "exponent": ({"uncertainty": "1e-3"}, {"O2": "number.malformed"}),
    "without unit": ({"unit": ""}, {"K2": "finding.unit"}),
    "over a hundred": ({"measured": "100.1"}, {"J2": "finding.measured"}),
    "declared over a hundred": ({"declared": "101", "requirement": ""}, {"G2": "finding.declared"}),
    "declared nothing": ({"declared": "0", "requirement": ""}, {"G2": "finding.declared"}),
    "acid without end": ({"measured": "15", "unit": "pH", "declared": "", "declared_unit": "", "requirement": ""},
                         {"J2": "finding.measured"}),
    "negative": ({"measured": "-1"}, {"J2": "laboratory.negative"}),
    "negative limit": ({"detection_limit": "-0.1"}, {"N2": "laboratory.negative"}),
    "other unit than declared": ({"unit": "g/L"}, {"K2": "finding.unit_mismatch"}),
    "other unit than required": ({"requirement": "≥18 g/L", "declared": "", "declared_unit": ""},
                                 {"K2": "finding.unit_mismatch"}),
    "unknown unit": ({"unit": "ppm"}, {"K2": "laboratory.unit"}),
    "unknown unit declared": ({"declared_unit": "ppm"}, {"H2": "laboratory.unit"}),
    "declared without unit": ({"declared_unit": "", "unit": "% of label", "requirement": ""},
                              {"H2": "laboratory.declared_unit"}),
    "unit without declared": ({"declared": "", "requirement": ""}, {"G2": "laboratory.declared_unit_alone"}),
    "declared twice": ({"requirement": "6.0"}, {"G2": "laboratory.declared_twice"}),
    "unknown kind": ({"kind": "含量"}, {"F2": "laboratory.word"}),
    "no kind": ({"kind": ""}, {"F2": "text.missing"}),
    "unknown result": ({"observation": "阴性"}, {"L2": "laboratory.word"}),
    "unknown outcome": ({"outcome": "优"}, {"P2": "laboratory.word"}),
    "no result": ({"measured": ""}, {"J2": "laboratory.no_result"}),
    "a value beside a word": ({"observation": "未检出"}, {"L2": "finding.observation"}),
    "measured without value": ({"measured": "", "observation": "实测"}, {"L2": "finding.observation"}),
    "unreadable requirement": ({"requirement": "适量"}, {"I2": "laboratory.requirement"}),
    "day in another form": ({"reported_on": "2026/11/24"}, {"C2": "laboratory.day"}),
    "no such day": ({"reported_on": "2026-02-30"}, {"C2": "laboratory.day"}),
    "a day of long ago": ({"reported_on": "1026-11-24"}, {"C2": "laboratory.day"}),
    "no day": ({"reported_on": ""}, {"C2": "text.missing"}),
    "no sample": ({"sample_number": " "}, {"A2": "text.missing"}),
    "no report": ({"report_number": ""}, {"B2": "text.missing"}),
    "no item": ({"item": ""}, {"E2": "text.missing"}),
    "a long item": ({"item": "长" * 201}, {"E2": "text.malformed"}),
    "a control character": ({"method": "a\x00b"}, {"M2": "text.malformed"}),
    "two at once": ({"measured": "5,1", "unit": "ppm"}, {"J2": "number.malformed", "K2": "laboratory.unit"}),
}  # fmt: skip


@pytest.mark.parametrize("name", list(FAULTY))
def test_a_faulty_cell_is_named(name: str) -> None:
    cells, expected = FAULTY[name]
    file = read_results(csv_of(row(**cells)), CSV)
    assert places(file.faults) == expected
    assert all(fault.field == COLUMNS[ord(fault.column) - ord("A")].name for fault in file.faults)
    assert all(fault.cause.text(language) for fault in file.faults for language in LANGUAGES)
    assert all(line.finding is None for lines in file.samples.values() for line in lines) or name in (
        "day in another form", "no such day", "a day of long ago", "no day", "no report",
    )  # fmt: skip


def test_what_rows_of_one_sample_say_differently() -> None:
    rows = [
        row(),
        row(item="二", report_number="JY-2"),
        row(item="三", reported_on="2026-11-23", laboratory="甲所"),
        row(item="四", laboratory="乙所"),
        row(item=" 主成分 "),
        row(sample_number="NX-2026-2", report_number="JY-9"),
    ]
    file = read_results(csv_of(*rows), CSV)
    assert places(file.faults) == {
        "B3": "laboratory.mixed",
        "C4": "laboratory.mixed",
        "D5": "laboratory.mixed",
        "E6": "laboratory.item_twice",
    }
    many = [row(item=f"项{number}") for number in range(MAX_FINDINGS_PER_SAMPLE + 1)]
    assert places(read_results(csv_of(*many), CSV).faults) == {f"A{MAX_FINDINGS_PER_SAMPLE + 2}": "finding.count"}
    assert read_results(csv_of(*many[:-1]), CSV).faults == ()


def test_headings_are_refused_by_name() -> None:
    heading = headings()
    heading[4], heading[10], heading[9] = "Item", "measured", "实测值"
    error = refusal(csv_of(row(), heading=heading))
    assert [(each.place, each.field, each.cause.code) for each in error.faults] == [
        ("1", "item", "laboratory.column_missing"),
        ("1", "unit", "laboratory.column_missing"),
        ("E1", "Item", "laboratory.column_unknown"),
        ("K1", "measured", "laboratory.column_twice"),
    ]
    assert "J" in error.faults[-1].cause.text("en")
    file = read_results(csv_of([*row(), "x"]), CSV)
    assert places(file.faults) == {"Q2": "laboratory.beyond"}


def test_a_hundred_faults_are_told_and_all_are_counted() -> None:
    rows = [row(sample_number=f"S{number}", measured="5,1") for number in range(150)]
    file = read_results(csv_of(*rows), CSV)
    error = FileRefused(reversed(file.faults))
    assert (error.count, len(error.faults)) == (150, MAX_FAULTS_SHOWN)
    assert [each.row for each in error.faults] == list(range(2, 102))
    for language in LANGUAGES:
        assert "J2" in error.text(language)
        assert "150" in error.text(language)
