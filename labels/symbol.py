"""Text → the dark and light modules of a QR symbol. Knows nothing of pixels, millimetres or files.

Source: ISO/IEC 18004 (GB/T 18284); the encoder is the `qrcode` package, which switches to its numeric mode for long
runs of digits and writes everything else as UTF-8 bytes, the form 农业农村部公告第174号 asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import qrcode
from qrcode.exceptions import DataOverflowError

from ..trace.kernel.errors import InvalidInput

QUIET_ZONE_MODULES = 4
"""Light margin on every side. Source: ISO/IEC 18004, 6.3.8."""

MAX_CHARACTERS = 7_089
"""Digits in the largest symbol at level L, ISO/IEC 18004 table 7. More is refused before the encoder works on it."""

ErrorCorrection = Literal["L", "M", "Q", "H"]
"""Recovers about 7, 15, 25 or 30 % of the symbol. M is the default: labels get scratched, and Q costs a fifth more
modules on packs that have little room."""

_LEVELS: dict[ErrorCorrection, int] = {
    "L": qrcode.ERROR_CORRECT_L,
    "M": qrcode.ERROR_CORRECT_M,
    "Q": qrcode.ERROR_CORRECT_Q,
    "H": qrcode.ERROR_CORRECT_H,
}


class Symbology(StrEnum):
    """The symbols a label may carry. Source: 农业部公告第2579号, 农业农村部公告第1049号, either for a pesticide."""

    QR = "qr"
    DATAMATRIX = "datamatrix"


@dataclass(frozen=True, slots=True)
class Modules:
    """A symbol without its quiet zone. `rows` holds `size` rows of `size` bytes: 1 is dark, 0 is light."""

    size: int
    rows: tuple[bytes, ...]


def qr_modules(text: str, *, error_correction: ErrorCorrection = "M") -> Modules:
    """The smallest symbol that holds `text`, 21 to 177 modules wide.

    Raises InvalidInput `label.too_long` for more than a symbol holds: at level M 2331 bytes or 5596 digits.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput("label.too_long", field="text", characters=len(text))
    symbol = qrcode.QRCode(error_correction=_LEVELS[error_correction], border=0)
    symbol.add_data(text)
    try:
        symbol.make(fit=True)
    except (DataOverflowError, ValueError) as error:
        # Past version 40 the encoder says either, depending on the path it took.
        raise InvalidInput("label.too_long", field="text", characters=len(text)) from error
    rows = tuple(bytes(map(bool, row)) for row in symbol.modules)
    return Modules(size=len(rows), rows=rows)


def qr_version(text: str, *, error_correction: ErrorCorrection = "M") -> int:
    """The version (1 to 40) of the smallest symbol that holds `text`. Raises as `qr_modules`."""
    return (qr_modules(text, error_correction=error_correction).size - 17) // 4
