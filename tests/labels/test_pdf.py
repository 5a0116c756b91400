"""PDF labels, rendered and read back by programs that share no code with the writer."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from suiyuan.labels.job import Form, Job, write_labels
from suiyuan.labels.raster import background
from suiyuan.labels.sheet import sheet_named
from suiyuan.labels.sources import as_codes
from suiyuan.labels.template import LabelFields, load_template
from suiyuan.trace.codes.issue import issue
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level, Scheme, grouped
from suiyuan.trace.kernel.errors import InvalidInput

BASE_URL = "https://suiyuan.example"
PREFIX = "11722252001"
KEYRING = Keyring(bytes(range(32)))
FIELDS = LabelFields(
    kind="pesticide",
    product="5%阿维菌素乳油",
    registration_number="PD20990001",
    maker="示范农药有限公司",
    batch_number="B000001",
    production_on=date(2026, 11, 3),
    expires_on=date(2028, 11, 2),
    pack="100毫升/瓶",
)


def issued(stop: int, start: int = 0) -> Iterator[np.ndarray]:
    return issue(KEYRING, Scheme.PESTICIDE, PREFIX, 7, Level.UNIT, start, stop, chunk=70)


def job(count: int, template: str = "pesticide-38x21", sheet: str = "a4-65", **more: Any) -> Job:
    known = {"codes": issued(count), "sheet": sheet_named(sheet), **more}
    return Job(load_template(template), FIELDS, Scheme.PESTICIDE, BASE_URL, code_prefix=PREFIX, **known)


def payloads(count: int) -> list[str]:
    return [f"{BASE_URL}/c/{code.tobytes().decode()}" for block in issued(count) for code in block]


def written(made: Job, folder: Path) -> Path:
    path = folder / "labels.pdf"
    with path.open("wb") as file:
        write_labels(Form.PDF, file, made)
    return path


def pages(path: Path, first: int = 1, last: int = 0, dpi: int = 300) -> list[Image.Image]:
    span = ["-f", str(first), *(["-l", str(last)] if last else [])]
    run = ["pdftoppm", "-r", str(dpi), "-gray", *span, str(path), str(path.with_suffix(""))]
    complaints = subprocess.run(run, check=True, capture_output=True, text=True).stderr
    assert complaints == ""
    return [Image.open(file) for file in sorted(path.parent.glob("*.pgm"))]


def texts(path: Path) -> str:
    return subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    ("template", "sheet", "count", "page_count"),
    [
        ("pesticide-38x21", "a4-65", 70, 2),
        ("pesticide-38x21", "a4-40", 40, 1),
        ("pesticide-50x30", "a4-24", 25, 2),
        ("pesticide-50x30", "roll", 3, 3),
        ("carton-100x60", "roll", 2, 2),
    ],
)
def test_every_symbol_of_every_page_reads_back_in_order(
    tmp_path: Path, template: str, sheet: str, count: int, page_count: int
) -> None:
    path = written(job(count, template, sheet), tmp_path)
    rendered = pages(path)
    assert len(rendered) == page_count
    read: list[str] = []
    for page in rendered:
        symbols = list(zxingcpp.read_barcodes(page))
        # Rows first; those of one row stand at one height but for what rotation by the reader makes of it.
        symbols.sort(key=lambda symbol: (round(symbol.position.top_left.y / 40), symbol.position.top_left.x))
        read += [symbol.text for symbol in symbols]
    assert read == payloads(count)


def test_words_and_codes_can_be_searched(tmp_path: Path) -> None:
    path = written(job(3, "pesticide-50x30", "roll", title="标签 B000001"), tmp_path)
    text = texts(path)
    for said in (FIELDS.product, "登记证号 PD20990001", "净含量 100毫升/瓶", FIELDS.maker, "2026-11-03"):
        assert text.count(said) == 3
    for payload in payloads(3):
        assert grouped(payload.rpartition("/")[2]) in text
    described = subprocess.run(["pdfinfo", str(path)], check=True, capture_output=True, text=True).stdout
    assert "标签 B000001" in described
    fonts = subprocess.run(["pdffonts", str(path)], check=True, capture_output=True, text=True).stdout
    embedded = [line.split() for line in fonts.splitlines() if "+NotoSansSC-Regular" in line]
    assert [row[-5:-2] for row in embedded] == [["yes", "yes", "no"], ["yes", "yes", "yes"]], (
        "embedded, subset, Unicode"
    )


def test_words_are_drawn_with_their_glyphs(tmp_path: Path) -> None:
    """Extracting text proves nothing about what is seen: the page is compared with Pillow's drawing of the words."""
    made = job(1, "pesticide-50x30", "roll")
    (page,) = pages(written(made, tmp_path))
    dark = np.asarray(page) < 128
    expected = np.unpackbits(background(made.layout), axis=1).astype(bool)[: dark.shape[0], : dark.shape[1]]
    symbol = made.layout.template.symbol
    right = made.layout.dots(symbol.x_mm + symbol.width_mm)
    bottom = made.layout.dots(symbol.y_mm + symbol.width_mm)
    seen, meant = dark[:bottom, right : expected.shape[1]], expected[:bottom, right:]
    assert meant.sum() > 3_000
    # Strokes are three dots wide; the two renderers may differ by one at their edges.
    assert (seen & _grown(meant)).sum() / seen.sum() > 0.97
    assert (meant & _grown(seen)).sum() / meant.sum() > 0.97


def _grown(dark: np.ndarray) -> np.ndarray:
    padded = np.pad(dark, 1)
    height, width = dark.shape
    return np.any([padded[y : y + height, x : x + width] for y in range(3) for x in range(3)], axis=0)


def test_pages_of_a_long_roll_are_all_reached(tmp_path: Path) -> None:
    """More pages than one leaf of the tree holds, and one more than two leaves."""
    path = written(job(1_025, "pesticide-50x30", "roll"), tmp_path)
    assert (
        "Pages:           1025" in subprocess.run(["pdfinfo", path], check=True, capture_output=True, text=True).stdout
    )
    expected = payloads(1_025)
    for number in (1, 512, 513, 1_025):
        for old in tmp_path.glob("*.pgm"):
            old.unlink()
        (page,) = pages(path, number, number)
        (symbol,) = zxingcpp.read_barcodes(page)
        assert symbol.text == expected[number - 1]


def test_modules_are_whole_dots(tmp_path: Path) -> None:
    made = job(1, "pesticide-50x30", "roll")
    (page,) = pages(written(made, tmp_path))
    layout, dots = made.layout, made.layout.symbol.dots
    side = made.symbols.size * dots
    x, y = layout.symbol_x_dots, layout.symbol_y_dots
    quiet = 4 * dots
    around = np.asarray(page)[y - quiet : y + side + quiet, x - quiet : x + side + quiet]
    assert (around == 0).sum() == (around[quiet:-quiet, quiet:-quiet] == 0).sum() == (around != 255).sum()
    seen = around[quiet:-quiet, quiet:-quiet]
    modules = np.unpackbits(made.symbols.symbols(next(issued(1))), axis=2, count=made.symbols.size)[0]
    assert np.array_equal(seen == 0, modules.repeat(dots, axis=0).repeat(dots, axis=1))


def test_same_input_same_bytes_and_an_instant_only_when_given() -> None:
    def pdf(**more: Any) -> bytes:
        file = io.BytesIO()
        write_labels(Form.PDF, file, job(70, **more))
        return file.getvalue()

    plain = pdf()
    assert plain == pdf()
    assert b"CreationDate" not in plain
    assert b"/CreationDate(D:20261124080000Z)" in pdf(created_at=datetime(2026, 11, 24, 8, tzinfo=UTC))


def test_signed_labels_read_back(tmp_path: Path) -> None:
    fragment = "1.3.20281102.B000001.PD20990001." + "7" * 155
    made = job(2, "carton-100x60", "roll", fragment=lambda code: fragment)
    assert made.symbols.size == 49
    read = [zxingcpp.read_barcodes(page)[0].text for page in pages(written(made, tmp_path))]
    assert read == [f"{payload}#{fragment}" for payload in payloads(2)]


def test_data_matrix_reads_back(tmp_path: Path) -> None:
    made = job(2, "pesticide-50x30", "roll", is_datamatrix=True)
    symbols = [zxingcpp.read_barcodes(page)[0] for page in pages(written(made, tmp_path))]
    assert [symbol.text for symbol in symbols] == payloads(2)
    assert {symbol.format for symbol in symbols} == {zxingcpp.BarcodeFormat.DataMatrix}


def test_codes_with_letters_read_back(tmp_path: Path) -> None:
    codes = ["NX26A0001b", "NX26A0002b"]
    fields = LabelFields(
        kind="seed",
        product="登海605",
        registration_number="国审玉20099009",
        maker="示范种业有限公司",
        batch_number="26-1",
        production_on=date(2026, 3, 1),
    )
    made = Job(load_template("seed-60x40"), fields, Scheme.SEED, BASE_URL, [as_codes(codes)], sample=codes[0])
    path = written(made, tmp_path)
    read = [zxingcpp.read_barcodes(page)[0].text.splitlines() for page in pages(path)]
    assert [lines[2] for lines in read] == [f"单元识别代码：{code}" for code in codes]
    assert [lines[0] for lines in read] == ["品种名称：登海605"] * 2
    assert "NX26 A000 1b" in texts(path)


def test_too_large_a_template_is_refused_before_anything_is_written() -> None:
    file = io.BytesIO()
    with pytest.raises(InvalidInput) as refusal:
        write_labels(Form.PDF, file, job(1, "carton-100x60", "a4-65"))
    assert (refusal.value.code, refusal.value.field) == ("template.too_large_for_cell", "sheet")
    assert file.getvalue() == b""
