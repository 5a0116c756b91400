"""ZPL and TSPL: what the printer would draw is worked out from the commands and compared with `qrcode`."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import numpy as np
import pytest
import qrcode
import zxingcpp
from PIL import Image

from suiyuan.labels import tspl, zpl
from suiyuan.labels.job import Form, Job, write_labels
from suiyuan.labels.raster import background
from suiyuan.labels.sources import TableSymbols
from suiyuan.labels.template import LabelFields, load_template
from suiyuan.trace.codes.issue import issue
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level, Scheme, grouped, label_text

BASE_URL = "https://suiyuan.example"
KEYRING = Keyring(bytes(range(32)))
COUNT = 5
SEED = LabelFields(
    kind="seed",
    product="登海~605^",
    registration_number="国审玉20099009",
    maker='示范"种业"_有限公司',
    batch_number="26-1",
    production_on=date(2026, 3, 1),
)
PESTICIDE = LabelFields(
    kind="pesticide",
    product="5%阿维菌素乳油",
    registration_number="PD20990001",
    maker="示范农药有限公司",
    batch_number="B000001",
    production_on=date(2026, 11, 3),
    expires_on=date(2028, 11, 2),
    pack="100毫升/瓶",
)


def job(scheme: Scheme = Scheme.PESTICIDE, dpi: int = 203, **more: Any) -> Job:
    prefix = "11722252001" if scheme is Scheme.PESTICIDE else ""
    codes = issue(KEYRING, scheme, prefix, 7, Level.UNIT, 0, COUNT)
    fields, template = (PESTICIDE, "pesticide-50x30") if scheme is Scheme.PESTICIDE else (SEED, "seed-60x40")
    return Job(load_template(template), fields, scheme, BASE_URL, codes, prefix, dpi=dpi, **more)


def codes_of(made: Job) -> list[str]:
    fresh = job(made.scheme)
    return [row.tobytes().decode() for block in fresh.codes for row in block]


def printed(form: Form, made: Job) -> bytes:
    file = io.BytesIO()
    assert write_labels(form, file, made).labels == COUNT
    return file.getvalue()


def modules_of(made: Job, code: str) -> np.ndarray:
    """By `qrcode`, under the mask of the batch's table."""
    source = made.symbols
    assert isinstance(source, TableSymbols)
    symbol = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0, mask_pattern=source.table.mask)
    symbol.add_data(made.payload(code).encode())
    symbol.make()
    return np.array(symbol.modules, dtype=bool)


def expanded(data: str, row_bytes: int) -> np.ndarray:
    """The dots of a picture in ZPL's hexadecimal with `:` for a repeated and `,` for the rest of a row."""
    rows: list[str] = []
    row = ""
    for character in data:
        if character == ":":
            rows.append(rows[-1])
        elif character == ",":
            rows.append(row.ljust(2 * row_bytes, "0"))
            row = ""
        else:
            row += character
            if len(row) == 2 * row_bytes:
                rows.append(row)
                row = ""
    assert row == ""
    packed = np.frombuffer(bytes.fromhex("".join(rows)), dtype=np.uint8).reshape(-1, row_bytes)
    return np.unpackbits(packed, axis=1).astype(bool)


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("scheme", [Scheme.PESTICIDE, Scheme.SEED])
def test_zpl_picture_is_the_symbol(scheme: Scheme, dpi: int) -> None:
    made = job(scheme, dpi)
    text = printed(Form.ZPL, made).decode("ascii")
    dots, size = made.layout.symbol.dots, made.symbols.size
    found = re.findall(r"\^FO(\d+),(\d+)\^GFA,(\d+),(\d+),(\d+),([0-9A-F:,]+)\^FS", text)
    assert len(found) == text.count("^XA") == text.count("^XZ") == COUNT
    for code, (x, y, stored, total, row_bytes, data) in zip(codes_of(made), found, strict=True):
        assert (int(x), int(y)) == (made.layout.symbol_x_dots, made.layout.symbol_y_dots)
        picture = expanded(data, int(row_bytes))
        assert int(stored) == int(total) == picture.size // 8
        assert picture.shape[0] == size * dots and not picture[:, size * dots :].any()
        assert np.array_equal(picture[::dots, : size * dots : dots], modules_of(made, code))
        assert np.array_equal(picture[: size * dots : dots], picture[dots - 1 :: dots])
        assert grouped(code) in text


def test_zpl_words_come_as_one_picture() -> None:
    made = job()
    text = printed(Form.ZPL, made).decode("ascii")
    ((name, total, row_bytes, data),) = re.findall(r"~DG(R:\w+\.GRF),(\d+),(\d+),([0-9A-F:,]+)\n", text)
    picture = expanded(data, int(row_bytes))
    assert int(total) == picture.size // 8
    assert picture.shape == (made.layout.dots(30), -(-made.layout.dots(50) // 8) * 8)
    assert picture.sum() > 1_000
    assert text.count(f"^XG{name},1,1^FS") == COUNT


@pytest.mark.parametrize("scheme", [Scheme.PESTICIDE, Scheme.SEED])
def test_zpl_native_says_the_payload(scheme: Scheme) -> None:
    made = job(scheme)
    text = printed(Form.ZPL_NATIVE, made).decode("ascii")
    found = re.findall(r"\^BQN,2,(\d+)\^FH_\^FDMA,([^^]*)\^FS", text)
    for code, (magnified, data) in zip(codes_of(made), found, strict=True):
        assert int(magnified) == made.layout.symbol.dots
        said = re.sub(rb"_([0-9A-F]{2})", lambda match: bytes.fromhex(match[1].decode()), data.encode()).decode()
        assert said == made.payload(code)
    if scheme is Scheme.PESTICIDE:
        assert "~" not in text.replace("~DG", "")


def test_zpl_escapes_what_the_language_reserves() -> None:
    assert zpl.escaped("a^b~c_d\\") == b"a_5Eb_7Ec_5Fd_5C"
    assert zpl.escaped("种\n") == b"_E7_A7_8D_0A"
    assert zpl.escaped("https://host/c/1?x=(2),3") == b"https://host/c/1?x=(2),3"


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("scheme", [Scheme.PESTICIDE, Scheme.SEED])
def test_tspl_bitmap_is_the_symbol(scheme: Scheme, dpi: int) -> None:
    made = job(scheme, dpi)
    data = printed(Form.TSPL, made)
    dots, size = made.layout.symbol.dots, made.symbols.size
    for code in codes_of(made):
        found = re.search(rb"BITMAP (\d+),(\d+),(\d+),(\d+),0,", data)
        assert found
        x, y, row_bytes, height = map(int, found.groups())
        stop = found.end() + row_bytes * height
        picture = np.frombuffer(data[found.end() : stop], dtype=np.uint8).reshape(height, row_bytes)
        dark = ~np.unpackbits(picture, axis=1).astype(bool)
        assert (x, y, height) == (made.layout.symbol_x_dots, made.layout.symbol_y_dots, size * dots)
        assert not dark[:, size * dots :].any()
        assert np.array_equal(dark[::dots, : size * dots : dots], modules_of(made, code))
        data = data[stop:]
        assert data.startswith(b"\r\nTEXT ")
        assert grouped(code).encode() in data[: data.index(b"PRINT 1,1\r\n")]
    assert b"BITMAP" not in data


def test_tspl_words_are_a_bmp() -> None:
    made = job()
    data = printed(Form.TSPL, made)
    found = re.search(rb'DOWNLOAD "WORDS.BMP",(\d+),', data)
    assert found and data.startswith(b"SIZE 50 mm,30 mm\r\nGAP 2 mm,0 mm\r\n")
    image = Image.open(io.BytesIO(data[found.end() : found.end() + int(found[1])]))
    assert data[found.end() + int(found[1]) :].startswith(b"\r\nCLS\r\n")
    assert image.size == (made.layout.dots(50), made.layout.dots(30))
    dark = ~np.asarray(image.convert("1"))
    assert np.array_equal(dark, np.unpackbits(background(made.layout), axis=1, count=image.width).astype(bool))


def test_tspl_native_says_the_payload() -> None:
    made = job(Scheme.SEED)
    data = printed(Form.TSPL_NATIVE, made)
    found = re.findall(rb'QRCODE \d+,\d+,M,(\d+),A,0,M2,"(.*)"\r\n', data)
    for code, (cell, said) in zip(codes_of(made), found, strict=True):
        assert int(cell) == made.layout.symbol.dots
        text = said.decode().replace('\\["]', '"').replace("\\[L]", "\n")
        assert text == label_text(Scheme.SEED, code, BASE_URL, variety_name=SEED.product, operator_name=SEED.maker)
    assert tspl.escaped('a"\r\n') == b'a\\["]\\[R]\\[L]'


@pytest.mark.parametrize("form", [Form.ZPL_NATIVE, Form.TSPL_NATIVE])
def test_signed_labels_go_out_one_by_one(form: Form) -> None:
    made = job(fragment=lambda code: "1." + code[::-1])
    data = printed(form, made)
    for code in codes_of(made):
        assert f"{BASE_URL}/c/{code}#1.{code[::-1]}".encode() in data


@pytest.mark.parametrize("form", [Form.ZPL, Form.ZPL_NATIVE, Form.TSPL, Form.TSPL_NATIVE])
def test_same_input_same_bytes(form: Form) -> None:
    assert printed(form, job()) == printed(form, job())


def test_zpl_picture_reads_back_after_drawing() -> None:
    made = job()
    text = printed(Form.ZPL, made).decode("ascii")
    row_bytes, data = re.findall(r"\^GFA,\d+,\d+,(\d+),([0-9A-F:,]+)\^FS", text)[0]
    dark = np.pad(expanded(data, int(row_bytes)), 20)
    (read,) = zxingcpp.read_barcodes(Image.fromarray(np.where(dark, 0, 255).astype(np.uint8)))
    assert read.text == made.payload(codes_of(made)[0])
