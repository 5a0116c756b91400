"""Data Matrix symbols say what was written, and refuse what does not fit."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp

from suiyuan.labels.datamatrix import QUIET_ZONE_MODULES, datamatrix_modules
from suiyuan.labels.symbol import Modules
from suiyuan.trace.codes.model import Scheme, label_text
from suiyuan.trace.kernel.errors import InvalidInput

CODE = "11722252247250743408010974953971"


def pixels(modules: Modules, module_pixels: int) -> np.ndarray:
    dark = np.frombuffer(b"".join(modules.rows), dtype=np.uint8).reshape(modules.size, modules.size)
    framed = np.pad(dark, QUIET_ZONE_MODULES).repeat(module_pixels, axis=0).repeat(module_pixels, axis=1)
    return np.where(framed == 1, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("module_pixels", [3, 4, 8])
@pytest.mark.parametrize(
    ("text", "size"),
    [
        (label_text(Scheme.PESTICIDE, CODE, "https://suiyuan.example"), 26),
        ("202403150123456789012345", 16),
        (label_text(Scheme.SEED, CODE[:20], "https://s.example", variety_name="登海605", operator_name="登海种业"), 44),
        ("é", 10),
    ],
)
def test_symbol_reads_back_as_what_was_written(text: str, size: int, module_pixels: int) -> None:
    modules = datamatrix_modules(text)
    assert modules.size == size
    assert {len(row) for row in modules.rows} == {size}
    (read,) = zxingcpp.read_barcodes(pixels(modules, module_pixels))
    assert read.format == zxingcpp.BarcodeFormat.DataMatrix
    assert read.text == text


@pytest.mark.parametrize(
    ("text", "code"), [("", "label.missing"), ("9" * 3_117, "label.too_long"), ("字" * 1_500, "label.too_long")]
)
def test_what_no_symbol_holds_is_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        datamatrix_modules(text)
    assert (caught.value.code, caught.value.field) == (code, "text")
    assert caught.value.text("zh")


def test_the_largest_symbol_is_made() -> None:
    assert datamatrix_modules("9" * 3_116).size == 144
