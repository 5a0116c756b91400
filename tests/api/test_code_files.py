"""Files of codes as they come: CSV, text and XLSX, whole, cut off, in other encodings, and too large to hold."""

from __future__ import annotations

import hashlib
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suiyuan.api.code_files import MAX_LINE_CHARACTERS, code_file
from suiyuan.trace.batches import code_lists
from suiyuan.trace.codes.model import Level
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.kernel.limits import MIB

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World

ONE, TWO, THREE = (f"20261001{7 * number:05d}{number:011d}" for number in (1, 2, 3))
NS = "http://schemas.openxmlformats.org"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

Cell = str | float | bool | None


@pytest.fixture
def engine_name() -> str:
    """What is tested here does not touch the engine."""
    return "sqlite"


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, bytes | str], Path]:
    def write(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


Written = Callable[[str, bytes | str], Path]


def read(path: Path) -> list[tuple[int, str]]:
    return list(code_file(path).lines())


def refused(path: Path) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read(path)
    assert caught.value.field == path.name
    assert caught.value.text("zh")
    assert caught.value.text("en")
    return caught.value


def cell_xml(column: int, number: int, value: Cell) -> str:
    place = f'r="{chr(ord("A") + column)}{number}"'
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c {place} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c {place} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f"<c {place}><v>{value!r}</v></c>"


def xlsx(path: Path, rows: dict[int, Sequence[Cell]], *, cut: int = 0) -> Path:
    """The smallest workbook that is one: a sheet with `rows` by number from 1. `cut`: bytes its sheet lacks."""
    body = "".join(
        f'<row r="{number}">' + "".join(cell_xml(column, number, value) for column, value in enumerate(row)) + "</row>"
        for number, row in rows.items()
    )
    sheet = f'<worksheet xmlns="{NS}/spreadsheetml/2006/main"><sheetData>{body}</sheetData></worksheet>'
    relation = f"{NS}/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{NS}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET_TYPE}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{NS}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{NS}/spreadsheetml/2006/main" xmlns:r="{relation}">'
        '<sheets><sheet name="codes" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{NS}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet[: len(sheet) - cut],
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    return path


# ---------------------------------------------------------------------------------------------- text and CSV


FILES: dict[str, tuple[str, str | bytes, list[tuple[int, str]]]] = {
    "text": ("a.txt", f"{ONE}\n{TWO}\n", [(1, ONE), (2, TWO)]),
    "no last line end": ("a.txt", f"{ONE}\n{TWO}", [(1, ONE), (2, TWO)]),
    "CRLF": ("a.txt", f"{ONE}\r\n{TWO}\r\n", [(1, ONE), (2, TWO)]),
    "old line ends": ("a.txt", f"{ONE}\r{TWO}\r", [(1, ONE), (2, TWO)]),
    "byte order mark": ("a.txt", b"\xef\xbb\xbf" + f"{ONE}\n{TWO}\n".encode(), [(1, ONE), (2, TWO)]),
    "blank lines": ("a.txt", f"\n{ONE}\n\n  \n{TWO}\n\n", [(2, ONE), (5, TWO)]),
    "spaces around": ("a.txt", f"  {ONE}\t\n\u3000{TWO}\u3000\n", [(1, ONE), (2, TWO)]),
    "text with a heading": ("a.txt", f"追溯码\n{ONE}\n", [(2, ONE)]),
    "no ending in the name": ("codes", f"{ONE}\n", [(1, ONE)]),
    "CSV headed code": ("a.csv", f"index,code,note\n1,{ONE},a\n2,{TWO},b\n", [(2, ONE), (3, TWO)]),
    "CSV headed 追溯码": ("a.csv", f"序号,追溯码\n1,{ONE}\n2,{TWO}\n", [(2, ONE), (3, TWO)]),
    "CSV headed 单元识别代码": ("a.csv", f"品种,单元识别代码\na,{ONE}\n", [(2, ONE)]),
    "CSV heading in capitals": ("a.csv", f"No, CODE \n1,{ONE}\n", [(2, ONE)]),
    "CSV with a mark before the heading": ("a.csv", b"\xef\xbb\xbf" + f"code\n{ONE}\n".encode(), [(2, ONE)]),
    "CSV without a heading": ("a.csv", f"{ONE},x\n{TWO},y\n", [(1, ONE), (2, TWO)]),
    "CSV with CRLF and quotes": ("a.CSV", f'code,note\r\n"{ONE}","a,b"\r\n"{TWO}","c"\r\n', [(2, ONE), (3, TWO)]),
    "CSV with blank lines": ("a.csv", f"code\n\n{ONE}\n,\n\n{TWO}\n", [(3, ONE), (6, TWO)]),
    "CSV with blank lines before its heading": ("a.csv", f"\n,,\n序号,追溯码\n1,{ONE}\n", [(4, ONE)]),
    "text with a blank line before its heading": ("a.txt", f"\n追溯码\n{ONE}\n", [(3, ONE)]),
    "CSV without a code in a row": ("a.csv", f"code,note\n{ONE},a\n,b\n", [(2, ONE), (3, "")]),
    "CSV with a short row": ("a.csv", f"note,code\na,{ONE}\nb\n", [(2, ONE), (3, "")]),
    "CSV with a line break in a field": ("a.csv", f'note,code\n"a\nb",{ONE}\nc,{TWO}\n', [(3, ONE), (4, TWO)]),
    "two headings": ("a.csv", f"追溯码,code\nx,{ONE}\n", [(2, ONE)]),
    "a heading further down": ("a.csv", f"{ONE}\ncode\n", [(1, ONE), (2, "code")]),
    "nothing": ("a.txt", "", []),
    "only a mark": ("a.csv", b"\xef\xbb\xbf", []),
    "only a heading": ("a.csv", "code\n", []),
}


@pytest.mark.parametrize(("name", "content", "expected"), FILES.values(), ids=FILES)
def test_files_are_read_with_the_numbers_of_their_lines(
    written: Written, name: str, content: str | bytes, expected: list[tuple[int, str]]
) -> None:
    assert read(written(name, content)) == expected


def test_full_width_digits_become_plain_ones(written: Written) -> None:
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in ONE)
    assert read(written("a.txt", f"{wide}\n")) == [(1, ONE)]
    assert read(written("a.csv", f"code,n\n{wide},1\n")) == [(2, ONE)]
    assert read(xlsx(written("a.xlsx", ""), {1: ["code"], 2: [wide]})) == [(2, ONE)]


def test_a_file_is_named_and_told_by_its_bytes(written: Written) -> None:
    content = f"{ONE}\n".encode()
    file = code_file(written("codes.txt", content))
    assert (file.name, file.digest) == ("codes.txt", hashlib.sha256(content).hexdigest())
    assert list(file.lines()) == list(file.lines()) == [(1, ONE)]
    assert code_file(written("other.csv", content)).digest == file.digest
    assert code_file(written("third.csv", content[:-1])).digest != file.digest


def test_what_is_no_file_is_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InvalidInput) as caught:
            code_file(path)
        assert (caught.value.code, caught.value.field) == ("file.missing", path.name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", f"追溯码\n{ONE}\n".encode("gbk")),
        ("a.txt", f"{ONE}\n兽药\n".encode("gb18030")),
        ("a.txt", f"{ONE}\n".encode("utf-16")),
        ("a.txt", ONE.encode() + b"\n\xff\n"),
        ("a.csv", f"code,note\n{ONE},".encode() + "药".encode()[:2]),
    ],
    ids=["gbk_heading", "gbk_line", "utf_16", "stray_byte", "cut_within_a_character"],
)
def test_what_is_not_utf_8_is_refused(written: Written, name: str, content: bytes) -> None:
    assert refused(written(name, content)).code == "file.not_utf8"


def test_bytes_of_another_encoding_far_into_the_file_are_found(written: Written) -> None:
    content = "".join(f"{ONE}\n" for _ in range(2 * MIB // 25)).encode() + "兽药\n".encode("gbk")
    assert refused(written("a.txt", content)).code == "file.not_utf8"


@pytest.mark.parametrize(
    "content", [f'code\n"{ONE}\n{TWO}\n', f'code\n"{ONE}"x\n', '"' + f"{ONE}\n" * 10_000], ids=["open", "after", "long"]
)
def test_a_csv_with_a_broken_quote_is_refused(written: Written, content: str) -> None:
    assert refused(written("a.csv", content)).code == "file.malformed"


@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_the_longest_line_is_taken_and_one_character_more_is_refused(written: Written, name: str) -> None:
    longest = "x" * (MAX_LINE_CHARACTERS - 1) + "\n"
    assert [number for number, _ in read(written(name, f"{ONE}\n{longest}"))] == [1, 2]
    error = refused(written(name, f"{ONE}\nx{longest}"))
    assert (error.code, error.evidence["reason"]) == ("file.malformed", "line 2 is too long")


@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_fifty_megabytes_without_a_line_end_are_refused_and_never_held(written: Written, name: str) -> None:
    path = written(name, b"1" * (50 * MIB))
    tracemalloc.start()
    try:
        assert refused(path).code == "file.malformed"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MIB


def test_a_long_file_is_read_in_constant_memory(written: Written) -> None:
    path = written("a.txt", f"{ONE}\n".encode() * (16 * MIB // 25))
    tracemalloc.start()
    try:
        assert sum(1 for _ in code_file(path).lines()) == 16 * MIB // 25
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MIB


PLAIN_LINES = st.lists(st.sampled_from(["", " ", ONE, TWO, THREE, "x"]), max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=PLAIN_LINES, end=st.sampled_from(["\n", "\r\n", "\r"]), has_last_end=st.booleans(), has_mark=st.booleans())
def test_any_list_is_read_alike_as_text_csv_and_spreadsheet(
    written: Written, lines: list[str], end: str, has_last_end: bool, has_mark: bool
) -> None:
    content = ("\ufeff" if has_mark else "") + end.join(lines) + (end if has_last_end and lines else "")
    expected = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    assert read(written("a.txt", content)) == expected
    assert read(written("a.csv", content)) == expected
    rows: dict[int, Sequence[Cell]] = {number: [line] for number, line in enumerate(lines, start=1) if line}
    assert read(xlsx(written("a.xlsx", ""), rows)) == expected


# ---------------------------------------------------------------------------------------------- spreadsheets


SHEETS: dict[str, tuple[dict[int, Sequence[Cell]], list[tuple[int, str]]]] = {
    "headed code": ({1: ["no", "code"], 2: [1.0, ONE], 3: [2.0, TWO]}, [(2, ONE), (3, TWO)]),
    "headed 追溯码": ({1: ["追溯码"], 2: [ONE]}, [(2, ONE)]),
    "no heading": ({1: [ONE, "x"], 2: [TWO, "y"]}, [(1, ONE), (2, TWO)]),
    "blank rows": ({1: ["code"], 3: [ONE], 6: [TWO]}, [(3, ONE), (6, TWO)]),
    "nothing above": ({3: ["code"], 4: [ONE]}, [(4, ONE)]),
    "no heading, nothing above": ({5: [ONE]}, [(5, ONE)]),
    "nothing to the left": ({1: [None, "code"], 2: [None, ONE]}, [(2, ONE)]),
    "spaces": ({1: ["code"], 2: [f" {ONE} "]}, [(2, ONE)]),
    "a short number": ({1: ["code"], 2: [640104.0], 3: [999_999_999_999_999]}, [(2, "640104"), (3, "999999999999999")]),
    "empty": ({}, []),
}


@pytest.mark.parametrize(("rows", "expected"), SHEETS.values(), ids=SHEETS)
def test_spreadsheets_are_read_with_the_numbers_of_their_rows(
    written: Written, rows: dict[int, Sequence[Cell]], expected: list[tuple[int, str]]
) -> None:
    assert read(xlsx(written("a.xlsx", ""), rows)) == expected
    assert read(xlsx(written("A.XLSX", ""), rows)) == expected


@pytest.mark.parametrize("number", [float(ONE), 10**15, 1e15, -1e15, 123456789012345678])
def test_a_long_code_kept_as_a_number_is_refused_with_its_row(written: Written, number: float) -> None:
    """A spreadsheet keeps fifteen digits of it."""
    error = refused(xlsx(written("a.xlsx", ""), {1: ["code"], 2: [ONE], 4: [number]}))
    assert (error.code, error.evidence["reason"]) == ("file.malformed", "line 4: a code kept as a number")


def test_a_workbook_that_is_none_or_ends_in_the_middle_is_refused(written: Written) -> None:
    whole = xlsx(written("whole.xlsx", ""), {1: ["code"], **{row: [f"{row}{ONE}"[:24]] for row in range(2, 200)}})
    content = whole.read_bytes()
    for path in (
        written("cut.xlsx", content[: len(content) // 2]),
        written("short.xlsx", content[:-30]),
        written("empty.xlsx", b""),
        written("text.xlsx", f"code\n{ONE}\n"),
        xlsx(written("sheet.xlsx", ""), {1: ["code"], 2: [ONE], 3: [TWO]}, cut=60),
    ):
        assert refused(path).code == "file.spreadsheet"
    with zipfile.ZipFile(written("other.xlsx", ""), "w") as archive:
        archive.writestr("readme.txt", ONE)
    assert refused(whole.parent / "other.xlsx").code == "file.spreadsheet"


def test_a_text_file_named_as_an_old_spreadsheet_is_not_guessed_at(written: Written) -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
    assert refused(written("a.xls", old)).code == "file.not_utf8"


# ---------------------------------------------------------------------------------------------- into a batch


def test_a_file_goes_into_a_batch_line_by_line(world: World, written: Written) -> None:
    batch = world.register_batch(world.vet_drug)
    path = written("a.csv", f"\ufeff序号,追溯码\r\n1,{TWO}\r\n\r\n2,{ONE}\r\n")
    actor = world.actor(world.maker)
    taken = code_lists.import_code_file(world.database, actor, batch.batch_id, Level.UNIT, code_file(path))
    assert taken == 2
    assert [world.code(batch, Level.UNIT, index) for index in (0, 1)] == [TWO, ONE]


@pytest.mark.parametrize(
    ("name", "content", "code", "evidence"),
    [
        ("cut.txt", f"{ONE}\n{TWO}\n{THREE[:11]}", "code.line_malformed", {"line": 3, "given": THREE[:11]}),
        ("cut.csv", f"code\n{ONE}\n{TWO[:-1]}", "code.line_malformed", {"line": 3, "given": TWO[:-1]}),
        ("gbk.csv", f"code,note\n{ONE},兽药\n".encode("gbk"), "file.not_utf8", {}),
        ("empty.csv", "code\n", "code.none_given", {}),
        ("hole.csv", f"code,note\n{ONE},a\n,b\n", "code.line_malformed", {"line": 3, "given": ""}),
        ("twice.txt", f"{ONE}\n\n{ONE}\n", "code.line_repeated", {"line": 3, "given": ONE}),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value and len(value) < 24 else "",
)
def test_a_file_with_a_fault_leaves_nothing_in_the_batch(
    world: World,
    refuses: Refuses,
    written: Written,
    name: str,
    content: str | bytes,
    code: str,
    evidence: dict[str, Any],
) -> None:
    batch = world.register_batch(world.vet_drug)
    actor = world.actor(world.maker)
    file = code_file(written(name, content))
    with refuses(InvalidInput, code, **evidence):
        code_lists.import_code_file(world.database, actor, batch.batch_id, Level.UNIT, file)
