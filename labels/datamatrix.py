"""Text → the modules of a square Data Matrix symbol, for packs where a QR symbol is too large.

Source: ISO/IEC 16022, ECC 200; 农业部公告第2579号 allows either symbol on a pesticide label. The encoder is zxing-cpp,
which chooses among the standard's encodings and announces UTF-8 in the symbol where Latin-1 does not hold the text.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import zxingcpp

from ..trace.kernel.errors import InvalidInput
from .symbol import Modules

QUIET_ZONE_MODULES = 1
"""Light margin on every side. Source: ISO/IEC 16022."""

MAX_CHARACTERS = 3_116
"""Digits in the largest symbol, 144 modules wide (ISO/IEC 16022). More is refused before the encoder works on it."""


def datamatrix_modules(text: str) -> Modules:
    """The smallest square symbol that holds `text`, 10 to 144 modules wide, finder border included, no quiet zone.

    An address and 32 digits take 26 modules, 24 digits alone 16: a QR symbol takes 29 and 21.
    Raises InvalidInput `label.missing` for an empty text and `label.too_long` for more than a symbol holds.
    """
    if not text:
        raise InvalidInput("label.missing", field="text")
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput("label.too_long", field="text", characters=len(text))
    try:
        symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
    except ValueError as error:
        raise InvalidInput("label.too_long", field="text", characters=len(text)) from error
    image: Any = symbol.to_image(scale=1, add_quiet_zones=False)
    dark = (np.asarray(image) == 0).astype(np.uint8)
    return Modules(size=len(dark), rows=tuple(row.tobytes() for row in dark))
