"""PNG, SVG and CSV of labels, the ZIP around them, and the job that chooses among the forms."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from suiyuan.labels import archive
from suiyuan.labels.job import Form, Job, preview_png, preview_svg, write_labels
from suiyuan.labels.records import Hole, Record, grouped_codes, in_blocks
from suiyuan.labels.sources import SingleSymbols, as_codes, decoded
from suiyuan.labels.template import MM_PER_PT, LabelFields, load_template
from suiyuan.trace.codes.issue import issue
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level, Scheme, grouped
from suiyuan.trace.kernel.errors import InvalidInput

BASE_URL = "https://suiyuan.example"
KEYRING = Keyring(bytes(range(32)))
FIELDS = LabelFields(
    kind="pesticide",
    product="5%阿维菌素<乳油>&",
    registration_number="PD20990001",
    maker="示范农药有限公司",
    batch_number="B000001",
    production_on=date(2026, 11, 3),
    expires_on=date(2028, 11, 2),
    pack="100毫升/瓶",
)
SEED = LabelFields(
    kind="seed",
    product='登海"605"',
    registration_number="国审玉20099009",
    maker="示范种业有限公司",
    batch_number="26-1",
    production_on=date(2026, 3, 1),
)
SCHEMES = {
    Scheme.PESTICIDE: ("11722252001", "pesticide-50x30", FIELDS),
    Scheme.SEED: ("", "seed-60x40", SEED),
    Scheme.OWN: ("", "carton-100x60", FIELDS),
}


def job(count: int = 3, scheme: Scheme = Scheme.PESTICIDE, **more: Any) -> Job:
    prefix, template, fields = SCHEMES[scheme]
    codes = issue(KEYRING, scheme, prefix, 7, Level.UNIT, 0, count)
    return Job(load_template(template), fields, scheme, BASE_URL, **{"codes": codes, "code_prefix": prefix, **more})


def codes_of(made: Job, count: int = 3) -> list[str]:
    return [code for block in job(count, made.scheme).codes for code in decoded(block)]


def written(form: Form, made: Job) -> bytes:
    file = io.BytesIO()
    write_labels(form, file, made)
    return file.getvalue()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("form", [Form.PNG, Form.PNG_SYMBOLS])
@pytest.mark.parametrize("scheme", list(SCHEMES))
def test_png_reads_back(form: Form, scheme: Scheme, dpi: int) -> None:
    made = job(scheme=scheme, dpi=dpi)
    files = members(written(form, made))
    assert list(files) == [f"{code}.png" for code in codes_of(made)]
    for code, data in zip(codes_of(made), files.values(), strict=True):
        image = Image.open(io.BytesIO(data))
        assert image.info["dpi"] == pytest.approx((dpi, dpi), abs=0.1)
        (read,) = zxingcpp.read_barcodes(image.convert("L"))
        assert read.text == made.payload(code)


def test_png_shows_words_and_the_code_in_its_own_digits() -> None:
    """The digits are put together from pictures; Pillow drawing the whole line must come out alike."""
    made = job(1)
    (data,) = members(written(Form.PNG, made)).values()
    dark = np.asarray(Image.open(io.BytesIO(data)).convert("L")) == 0
    (line,) = made.layout.code_lines
    drawn = Image.new("L", (dark.shape[1], dark.shape[0]))
    at = (line.x_mm / made.layout.dot_mm, line.baseline_mm / made.layout.dot_mm)
    size = line.size_pt * MM_PER_PT / made.layout.dot_mm
    font = ImageFont.truetype(io.BytesIO(made.layout.font.data), size, layout_engine=ImageFont.Layout.BASIC)
    ImageDraw.Draw(drawn).text(at, grouped(codes_of(made, 1)[0]), fill=255, font=font, anchor="ls")
    meant = np.asarray(drawn) >= 128
    top, bottom = np.flatnonzero(meant.any(axis=1))[[0, -1]]
    seen, meant = dark[top : bottom + 1], meant[top : bottom + 1]
    assert meant.sum() > 500
    assert (seen & meant).sum() / (seen | meant).sum() > 0.6
    assert abs(int(seen.sum()) - int(meant.sum())) < 0.1 * meant.sum()


STEM = f"{BASE_URL}/01/06901234567892/10/A%2F7/21/"


def link_job(count: int = 3, **more: Any) -> Job:
    serials = [block[:, 14:] for block in issue(KEYRING, Scheme.GS1, "06901234567892", 0, Level.UNIT, 0, count)]
    sample = serials[0][0].tobytes().decode()
    template = load_template("pesticide-50x30")
    return Job(template, FIELDS, Scheme.GS1, BASE_URL, serials, sample=sample, link_stem=STEM, **more)


@pytest.mark.parametrize("is_datamatrix", [False, True])
def test_links_read_back_from_their_symbols(is_datamatrix: bool) -> None:
    made = link_job(is_datamatrix=is_datamatrix)
    serials = [serial for block in made.codes for serial in decoded(block)]
    files = members(written(Form.PNG_SYMBOLS, made))
    assert list(files) == [f"{serial}.png" for serial in serials]
    for serial, data in zip(serials, files.values(), strict=True):
        (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(data)).convert("L"))
        assert read.text == made.payload(serial) == STEM + serial


def test_links_as_csv_and_in_a_preview() -> None:
    made = link_job()
    serials = [serial for block in made.codes for serial in decoded(block)]
    lines = list(csv.reader(io.StringIO(written(Form.CSV, made).decode("utf-8-sig"))))
    assert lines == [["code", "payload"], *([serial, STEM + serial] for serial in serials)]
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(preview_png(made))).convert("L"))
    assert read.text == STEM + serials[0]


def test_previews_show_the_same_label_without_using_up_the_codes() -> None:
    made = job()
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(preview_png(made))).convert("L"))
    assert read.text == f"{BASE_URL}/c/11722252001{'0' * 21}"
    assert "<svg " in preview_svg(made)
    assert len(members(written(Form.PNG, made))) == 3


@pytest.mark.parametrize("scheme", list(SCHEMES))
def test_svg_path_is_the_symbol(scheme: Scheme) -> None:
    made = job(scheme=scheme)
    files = members(written(Form.SVG, made))
    text = ""
    for code, data in zip(codes_of(made), files.values(), strict=True):
        text = data.decode()
        (path,) = re.findall(r' d="([^"]+)"', text)
        runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path)
        assert "".join(f"M{x} {y}h{a}v1h-{b}z" for x, y, a, b in runs) == path
        drawn = np.zeros((made.symbols.size + 8,) * 2, dtype=np.uint8)
        for x, y, length, back in ((int(x), int(y), int(a), int(b)) for x, y, a, b in runs):
            assert length == back
            drawn[4 + y, 4 + x : 4 + x + length] += 1
        assert drawn.max() == 1
        big = ((1 - drawn) * 255).repeat(6, axis=0).repeat(6, axis=1)
        (read,) = zxingcpp.read_barcodes(Image.fromarray(big))
        assert read.text == made.payload(code)
        assert f">{grouped(code)}</text>" in text
    if scheme is Scheme.PESTICIDE:
        assert "5%阿维菌素&lt;乳油&gt;&amp;" in text


@pytest.mark.parametrize("scheme", list(SCHEMES))
def test_csv_has_codes_and_payloads(scheme: Scheme) -> None:
    made = job(3_000, scheme)
    data = written(Form.CSV, made)
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert head == ["code", "payload"]
    assert rows == [[code, made.payload(code)] for code in codes_of(made, 3_000)]


def test_csv_of_signed_labels() -> None:
    made = job(fragment=lambda code: f'1,"{code[-3:]}"')
    _, *rows = csv.reader(io.StringIO(written(Form.CSV, made).decode("utf-8-sig"), newline=""))
    assert [row[1] for row in rows] == [made.payload(code) for code in codes_of(made)]


def test_veterinary_codes_from_a_list() -> None:
    codes = [f"2024031501234{number:011d}" for number in range(3)]
    fields = LabelFields(
        kind="vet_drug",
        product="恩诺沙星注射液",
        registration_number="兽药字290011234",
        maker="示范兽药有限公司",
        batch_number="260301",
        production_on=date(2026, 3, 1),
        expires_on=date(2028, 2, 29),
    )
    made = Job(load_template("vet-40x25"), fields, Scheme.VET_DRUG, BASE_URL, [as_codes(codes)])
    files = members(written(Form.PNG, made))
    read = [zxingcpp.read_barcodes(Image.open(io.BytesIO(data)).convert("L"))[0].text for data in files.values()]
    assert read == codes


@pytest.mark.parametrize("form", list(Form))
def test_progress_tells_of_every_label(form: Form) -> None:
    told: list[int] = []
    written_labels = write_labels(form, io.BytesIO(), job(300), told.append)
    assert written_labels.labels == told[-1] == 300
    assert told == sorted(told)


@pytest.mark.parametrize("form", list(Form))
def test_an_empty_range_is_refused_before_anything_is_written(form: Form) -> None:
    file = io.BytesIO()
    with pytest.raises(InvalidInput) as refusal:
        write_labels(form, file, job(0))
    assert refusal.value.code == "label.no_codes"
    assert file.getvalue() == b""


@pytest.mark.parametrize("form", [form for form in Form if form is not Form.CSV])
def test_a_missing_value_is_refused_before_anything_is_written(form: Form) -> None:
    file = io.BytesIO()
    made = Job(load_template("pesticide-50x30"), LabelFields("pesticide"), Scheme.OWN, BASE_URL, job(1).codes)
    with pytest.raises(InvalidInput) as refusal:
        write_labels(form, file, made)
    assert (refusal.value.code, refusal.value.field) == ("template.value_missing", "product")
    assert file.getvalue() == b""


@pytest.mark.parametrize("form", [Form.ZPL_NATIVE, Form.TSPL_NATIVE])
def test_printers_draw_no_data_matrix(form: Form) -> None:
    with pytest.raises(InvalidInput) as refusal:
        write_labels(form, io.BytesIO(), job(is_datamatrix=True))
    assert refusal.value.code == "label.native_datamatrix"


def test_small_modules_warn() -> None:
    fragment = "1.3.20281102.B000001.PD20990001." + "7" * 155
    assert write_labels(Form.ZPL, io.BytesIO(), job(1)).warnings == ()
    assert write_labels(Form.ZPL, io.BytesIO(), job(1, fragment=lambda code: fragment)).warnings == ("module_small",)


def test_payloads_of_another_size_are_refused() -> None:
    symbols = SingleSymbols.for_payloads(lambda code: code * (40 if code == "22" else 1), "11")
    assert len(symbols.symbols(as_codes(["11", "33"]))) == 2
    with pytest.raises(InvalidInput) as refusal:
        symbols.symbols(as_codes(["11", "22"]))
    assert refusal.value.code == "label.size_varies"


@pytest.mark.parametrize("form", list(Form))
def test_same_input_same_bytes(form: Form) -> None:
    assert written(form, job(70)) == written(form, job(70))


def test_forms_name_their_files() -> None:
    assert {form.suffix for form in Form} == {".pdf", ".zip", ".zpl", ".tspl", ".csv"}
    assert Form.SVG.media_type == "application/zip"


def test_zip_of_more_members_than_the_classic_form_counts() -> None:
    file = io.BytesIO()
    with archive.ZipWriter(file) as packed:
        for number in range(65_540):
            packed.add(f"{number}.txt", b"%d" % number)
    with zipfile.ZipFile(file) as read:
        assert len(read.namelist()) == 65_540
        assert read.read("65539.txt") == b"65539"


def test_zip_members_beyond_four_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_MOST_32", 100)
    file = io.BytesIO()
    with archive.ZipWriter(file) as packed:
        for number in range(9):
            packed.add(f"{number}.txt", b"%d" % number * 30)
    data = file.getvalue()
    assert b"PK\6\6" in data and b"PK\6\7" in data


def test_zip_left_by_an_error_has_no_directory() -> None:
    file = io.BytesIO()
    with pytest.raises(RuntimeError), archive.ZipWriter(file) as packed:
        packed.add("1.txt", b"1")
        raise RuntimeError
    assert not zipfile.is_zipfile(file)


def test_blocks_keep_every_row_in_order() -> None:
    rows = np.arange(100, dtype=np.uint8).reshape(50, 2)
    for size in (1, 7, 50, 60):
        arrays = [rows[:3], rows[3:3], rows[3:30], rows[30:]]
        blocks = list(in_blocks(arrays, size))
        assert [len(block) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
        assert 0 < len(blocks[-1]) <= size
        assert np.array_equal(np.concatenate(blocks), rows)


def test_records_fill_their_holes() -> None:
    record = Record([b"<", Hole("a", 2), b"|", Hole("b", 1), b"|", Hole("a", 2), b">"])
    filled = record.filled(2, a=as_codes(["12", "34"]), b=as_codes(["x", "y"]))
    assert [row.tobytes() for row in filled] == [b"<12|x|12>", b"<34|y|34>"]


@pytest.mark.parametrize("length", [1, 4, 5, 8, 20, 22, 24, 32])
def test_codes_are_grouped_as_elsewhere(length: int) -> None:
    codes = ["1234567890" * 4, "0987654321" * 4]
    codes = [code[:length] for code in codes]
    assert decoded(grouped_codes(as_codes(codes))) == [grouped(code) for code in codes]
