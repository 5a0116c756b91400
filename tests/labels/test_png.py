"""Labels are read back from the PNG with a decoder that shares no code with the encoder."""

from __future__ import annotations

import io

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from suiyuan.labels.png import MAX_CAPTION_CHARACTERS, label_png
from suiyuan.labels.symbol import ErrorCorrection, Symbology, qr_modules
from suiyuan.trace.codes.extraction import extract
from suiyuan.trace.codes.model import Candidate, Scheme, grouped, label_text
from suiyuan.trace.kernel.errors import InvalidInput

BASE_URL = "https://suiyuan.example"
CODES = {
    Scheme.PESTICIDE: "11722252247250743408010974953971",
    Scheme.VET_DRUG: "202403150123456789012345",
    Scheme.SEED: "64010412345678901234",
    Scheme.OWN: "0192541215409482449969",
    Scheme.GS1: "0690123456789212345678901234567890",
}


def text_of(scheme: Scheme) -> str:
    return label_text(scheme, CODES[scheme], BASE_URL, variety_name="登海605", operator_name="山东登海种业股份有限公司")


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


@pytest.mark.parametrize("module_pixels", [2, 3, 8, 20])
@pytest.mark.parametrize("scheme", list(Scheme))
def test_label_reads_back_as_what_was_written(scheme: Scheme, module_pixels: int) -> None:
    text = text_of(scheme)
    png = label_png(text, grouped(CODES[scheme]), module_pixels=module_pixels)
    (read,) = zxingcpp.read_barcodes(opened(png))
    assert read.format == zxingcpp.BarcodeFormat.QRCode
    assert read.text == text
    assert extract(read.text).candidates == (Candidate(scheme, CODES[scheme]),)


@pytest.mark.parametrize("module_pixels", [3, 8])
@pytest.mark.parametrize("scheme", list(Scheme))
def test_a_data_matrix_reads_back_too(scheme: Scheme, module_pixels: int) -> None:
    text = text_of(scheme)
    png = label_png(text, grouped(CODES[scheme]), module_pixels=module_pixels, symbology=Symbology.DATAMATRIX)
    (read,) = zxingcpp.read_barcodes(opened(png))
    assert (read.format, read.text) == (zxingcpp.BarcodeFormat.DataMatrix, text)
    assert opened(png).width < opened(label_png(text, "", module_pixels=module_pixels)).width


def test_seed_payload_keeps_every_byte() -> None:
    text = text_of(Scheme.SEED)
    (read,) = zxingcpp.read_barcodes(opened(label_png(text, "")))
    assert read.bytes == text.encode()


@pytest.mark.parametrize("module_pixels", [2, 5, 8, 40])
def test_caption_leaves_the_quiet_zone_clear_and_stays_under_the_symbol(module_pixels: int) -> None:
    text = text_of(Scheme.PESTICIDE)
    symbol_pixels = qr_modules(text).size * module_pixels
    margin = 4 * module_pixels
    image = opened(label_png(text, grouped(CODES[Scheme.PESTICIDE]), module_pixels=module_pixels))
    assert image.mode == "L"
    assert image.width == symbol_pixels + 2 * margin
    dark = np.asarray(image) < 250
    assert not dark[:margin].any()
    assert not dark[margin + symbol_pixels : symbol_pixels + 2 * margin].any()
    assert not dark[:, :margin].any()
    assert not dark[:, margin + symbol_pixels :].any()
    assert dark[symbol_pixels + 2 * margin :].any(), "the caption is missing"
    assert not dark[-1].any(), "the caption is cut off"


def test_caption_wraps_instead_of_growing_wider() -> None:
    short = opened(label_png("x", "1234", module_pixels=4))
    long = opened(label_png("x", "1234 5678 " * 6, module_pixels=4))
    unbroken = opened(label_png("x", "W" * 60, module_pixels=4))
    assert short.width == long.width == unbroken.width
    assert short.height < long.height
    for image in (long, unbroken):
        assert not (np.asarray(image) < 250)[:, : 4 * 4].any()


def test_without_a_caption_there_is_the_symbol_alone() -> None:
    image = opened(label_png("x", " ", module_pixels=3))
    assert image.width == image.height == (21 + 8) * 3
    assert set(np.unique(np.asarray(image))) == {0, 255}


@pytest.mark.parametrize("module_pixels", [-1, 0, 1, 41, 10**9])
def test_refuses_absurd_module_sizes(module_pixels: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        label_png("x", "", module_pixels=module_pixels)
    assert (refusal.value.code, refusal.value.field) == ("label.module_pixels", "module_pixels")


@pytest.mark.parametrize("text", ["x" * 2_332, "1" * 5_597, "种" * 5_000, "x" * 200_000])
def test_refuses_text_that_no_symbol_holds(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        label_png(text, "")
    assert (refusal.value.code, refusal.value.field) == ("label.too_long", "text")


def test_refuses_an_endless_caption() -> None:
    with pytest.raises(InvalidInput) as refusal:
        label_png("x", "1" * (MAX_CAPTION_CHARACTERS + 1))
    assert refusal.value.code == "label.caption_too_long"


@pytest.mark.parametrize(("error_correction", "size"), [("L", 25), ("M", 25), ("Q", 29), ("H", 33)])
def test_modules_are_square_and_grow_with_correction(error_correction: ErrorCorrection, size: int) -> None:
    modules = qr_modules("1" * 60, error_correction=error_correction)
    assert modules.size == size
    assert [len(row) for row in modules.rows] == [size] * size
    assert set(b"".join(modules.rows)) == {0, 1}
    assert modules.rows[0][:8] == bytes((1, 1, 1, 1, 1, 1, 1, 0)), "the finder pattern's upper edge"
