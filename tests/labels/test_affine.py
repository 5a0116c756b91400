"""Symbols from tables are those of the `qrcode` package, module for module, and can be read off a poor print."""

from __future__ import annotations

import io

import numpy as np
import pytest
import qrcode
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from qrcode import util

from suiyuan.labels.affine import Bytes, SymbolTable
from suiyuan.labels.penalty import as_words, penalties
from suiyuan.labels.symbol import ErrorCorrection, qr_modules
from suiyuan.trace.codes.issue import issue
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level, Scheme, label_text
from suiyuan.trace.kernel.errors import InvalidInput

BASE_URL = "https://suiyuan.example"
NAMES = {"variety_name": "登海605", "operator_name": "山东登海种业股份有限公司"}
LEVELS: list[ErrorCorrection] = ["L", "M", "Q", "H"]
PREFIX = "11722252001"

MODULE_PIXELS = 4
"""0.34 mm at 300 dpi: the smallest module that is not warned about."""


def table_of(scheme: Scheme, level: ErrorCorrection = "M", mask: int | None = 0, code_prefix: str = "") -> SymbolTable:
    return SymbolTable.for_labels(scheme, BASE_URL, code_prefix, **NAMES, error_correction=level, mask=mask)


def random_codes(digits: int, count: int, seed: int = 1) -> Bytes:
    return np.random.default_rng(seed).integers(ord("0"), ord("9") + 1, (count, digits), dtype=np.uint8)


def by_qrcode(payload: str, level: ErrorCorrection, mask: int | None) -> list[list[bool]]:
    symbol = qrcode.QRCode(error_correction=getattr(qrcode, f"ERROR_CORRECT_{level}"), border=0, mask_pattern=mask)
    symbol.add_data(payload)
    symbol.make()
    return [[bool(module) for module in row] for row in symbol.modules]


def unpacked(symbol: Bytes, size: int) -> list[list[bool]]:
    return np.unpackbits(symbol, axis=1, count=size).astype(bool).tolist()


def assert_equal_to_qrcode(table: SymbolTable, codes: Bytes, symbols: Bytes, mask: int | None) -> None:
    assert symbols.shape == (len(codes), table.size, table.row_bytes)
    for code, symbol in zip(codes, symbols, strict=True):
        payload = table.payload(code.tobytes().decode())
        assert unpacked(symbol, table.size) == by_qrcode(payload, table.error_correction, mask)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("scheme", list(Scheme))
def test_every_scheme_level_and_mask_equals_qrcode(scheme: Scheme, level: ErrorCorrection) -> None:
    table = table_of(scheme, level)
    assert table.is_affine
    for mask in range(8):
        codes = random_codes(table.digits, 3, seed=mask)
        assert_equal_to_qrcode(table, codes, table.with_mask(mask).symbols(codes), mask)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("scheme", list(Scheme))
def test_least_penalty_is_the_mask_qrcode_chooses(scheme: Scheme, level: ErrorCorrection) -> None:
    table = table_of(scheme, level)
    codes = random_codes(table.digits, 8 if table.size <= 64 else 2)
    assert_equal_to_qrcode(table, codes, table.symbols_least_penalty(codes), None)


@pytest.mark.parametrize("digits", [20, 22, 24, 32])
def test_extreme_codes_equal_qrcode(digits: int) -> None:
    table = SymbolTable.build(f"{BASE_URL}/c/", digits, mask=3)
    codes = np.array([[ord(digit)] * digits for digit in "0189"], dtype=np.uint8)
    assert_equal_to_qrcode(table, codes, table.symbols(codes), 3)


texts_around = st.text(st.sampled_from("07Aa-/:\n 登海"), max_size=12)


@settings(max_examples=80, deadline=None)
@given(
    texts=st.lists(texts_around, min_size=2, max_size=3),
    digits=st.integers(1, 34),
    level=st.sampled_from(LEVELS),
    mask=st.integers(0, 7),
    seed=st.integers(0, 999),
)
def test_any_texts_around_the_code_equal_qrcode(
    texts: list[str], digits: int, level: ErrorCorrection, mask: int, seed: int
) -> None:
    """Digits next to the code, places cut differently, codes in byte segments: in tables or by `qrcode`, all equal."""
    table = SymbolTable.build(texts, digits, level, mask)
    codes = random_codes(digits, 3, seed)
    assert_equal_to_qrcode(table, codes, table.symbols(codes), mask)
    assert_equal_to_qrcode(table, codes[:1], table.symbols_least_penalty(codes[:1]), None)


def test_a_block_of_zeros_which_qrcode_cannot_encode_reads_back() -> None:
    """`qrcode` issue 330: it divides by the first byte of the block."""
    table = SymbolTable.build("", 70, "H", 0)
    zeros = "0" * 70
    with pytest.raises(ValueError):
        by_qrcode(zeros, "H", 0)
    modules = [[bool(module) for module in row] for row in table.modules(zeros).rows]
    (read,) = zxingcpp.read_barcodes(poorly_printed(modules, np.random.default_rng(1)))
    assert read.text == zeros


def test_fixed_digits_of_a_pesticide_code_may_move_into_the_text() -> None:
    whole, shorter = table_of(Scheme.PESTICIDE), table_of(Scheme.PESTICIDE, code_prefix=PREFIX)
    codes = next(issue(Keyring(bytes(32)), Scheme.PESTICIDE, PREFIX, 1, Level.UNIT, 0, 5_000))
    assert (whole.symbols(codes) == shorter.symbols(codes[:, len(PREFIX) :])).all()


def test_a_code_in_a_byte_segment_falls_back_to_qrcode() -> None:
    table = SymbolTable.build("http://a.cn/", 12, mask=2)
    assert not table.is_affine
    codes = random_codes(12, 2)
    assert_equal_to_qrcode(table, codes, table.symbols(codes), 2)
    assert_equal_to_qrcode(table, codes, table.symbols_least_penalty(codes), None)


@pytest.mark.parametrize("scheme", list(Scheme))
def test_payload_is_the_text_of_the_label(scheme: Scheme) -> None:
    prefix = "06901234567892" if scheme is Scheme.GS1 else ""
    table = table_of(scheme, code_prefix=prefix)
    code = "1" * table.digits
    assert table.payload(code) == label_text(scheme, prefix + code, BASE_URL, **NAMES)


def test_one_symbol_has_the_form_of_the_other_encoder() -> None:
    table = SymbolTable.build(f"{BASE_URL}/c/", 32)
    codes = random_codes(32, 40)
    chosen = [code.tobytes().decode() for code in codes if table.penalties(code[np.newaxis]).argmin() == table.mask]
    assert chosen
    for code in chosen:
        assert table.modules(code) == qr_modules(table.payload(code))


def test_more_codes_than_a_tile_and_none_at_all() -> None:
    table = SymbolTable.build("", 24, mask=5)
    codes = random_codes(24, 5_000)
    symbols = table.symbols(codes)
    rows = [0, 2_047, 2_048, 4_999]
    assert_equal_to_qrcode(table, codes[rows], symbols[rows], 5)
    assert table.symbols(codes[:0]).shape == table.symbols_least_penalty(codes[:0]).shape == (0, 21, 3)
    best = table.symbols_least_penalty(codes[:600])
    assert_equal_to_qrcode(table, codes[[0, 255, 256, 599]], best[[0, 255, 256, 599]], None)


def test_spare_bits_are_light_and_tables_stay_small() -> None:
    table = SymbolTable.build(f"{BASE_URL}/c/", 32, mask=0)
    assert table.size == 29
    assert not (table.symbols(random_codes(32, 100))[:, :, -1] & 0b111).any()
    assert table._rows.nbytes < 1_400_000


def test_mask_of_a_batch_has_the_least_penalty_over_the_sample() -> None:
    table = table_of(Scheme.OWN)
    codes = random_codes(table.digits, 50)
    totals = table.penalties(codes).sum(axis=0)
    assert table.best_mask_for(codes) == totals.argmin()
    assert table_of(Scheme.OWN, mask=None).mask == table_of(Scheme.OWN, mask=None).mask


@pytest.mark.parametrize("size", [21, 25, 29, 33, 49, 61])
def test_penalty_is_that_of_qrcode(size: int) -> None:
    """Noise of all densities, coarse blobs, and near copies of the finder-like pattern: every rule comes into play."""
    draw = np.random.default_rng(size)
    noise = draw.random((15, size, size)) < np.linspace(0.1, 0.9, 15)[:, np.newaxis, np.newaxis]
    blobs = (draw.random((10, size, size)) < 0.5).repeat(3, axis=1).repeat(3, axis=2)[:, :size, :size]
    pattern = np.array([1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0], dtype=bool)
    stripes = pattern[np.add.outer(np.arange(size), np.arange(size)) % 11] ^ (draw.random((10, size, size)) < 0.01)
    symbols = np.concatenate((noise, blobs, stripes, stripes[:, ::-1, ::-1]))
    expected = [util.lost_point(symbol.tolist()) for symbol in symbols]
    assert penalties(as_words(np.packbits(symbols, axis=2))).tolist() == expected


def test_a_row_longer_than_a_word_is_a_value_error() -> None:
    with pytest.raises(ValueError):
        as_words(np.zeros((1, 65, 9), dtype=np.uint8))


def test_a_payload_that_no_symbol_holds_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        SymbolTable.build("字" * 2_000, 20)
    assert caught.value.code == "label.too_long"
    with pytest.raises(InvalidInput):
        SymbolTable.build("a" * 2_330, 20)


@pytest.mark.parametrize(("texts", "digits", "mask"), [(["no place"], 20, 0), ("", 0, 0), ("", 20, 8), ("", 20, -1)])
def test_impossible_forms_are_value_errors(texts: str | list[str], digits: int, mask: int) -> None:
    with pytest.raises(ValueError):
        SymbolTable.build(texts, digits, "M", mask)


@pytest.mark.parametrize("code", ["1" * 23, "1" * 25, "1" * 23 + "A", "1" * 23 + "/", ""])
def test_what_is_not_a_code_is_a_value_error(code: str) -> None:
    with pytest.raises(ValueError):
        SymbolTable.build("", 24, mask=0).modules(code)


@pytest.mark.parametrize("scheme", list(Scheme))
def test_prints_with_noise_and_blur_are_read(scheme: Scheme) -> None:
    table = table_of(scheme, mask=None)
    codes = random_codes(table.digits, 20)
    draw = np.random.default_rng(11)
    for code, symbol in zip(codes, table.symbols(codes), strict=True):
        (read,) = zxingcpp.read_barcodes(poorly_printed(unpacked(symbol, table.size), draw))
        assert read.text == table.payload(code.tobytes().decode())


def poorly_printed(modules: list[list[bool]], draw: np.random.Generator) -> Image.Image:
    """At print size: grey instead of black and white, blurred by a third of a module, noisy, and saved as a JPEG."""
    light = ~np.pad(np.array(modules), 4)
    grey = np.where(light.repeat(MODULE_PIXELS, axis=0).repeat(MODULE_PIXELS, axis=1), 225, 45).astype(np.uint8)
    blurred = np.asarray(Image.fromarray(grey).filter(ImageFilter.GaussianBlur(MODULE_PIXELS / 3)), dtype=np.float64)
    noisy = np.clip(blurred + draw.normal(0, 12, blurred.shape), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noisy).save(buffer, format="JPEG", quality=60)
    return Image.open(buffer)
