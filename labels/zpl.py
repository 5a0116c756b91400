"""Labels in ZPL II, for Zebra printers and those that understand their language.

    ~DGR:SUIYUAN.GRF,…              once: the words as a picture, so no Chinese font is needed in the printer
    ^XA … ^XGR:SUIYUAN.GRF,1,1^FS   each label: that picture,
    ^FO…^GFA,… ^FS                              the symbol as a picture, or with `native` ^BQN: the printer draws it
    ^FT…^A0N,…^FD1172 2252 …^FS                 the code in the printer's own font
    ^XZ

A picture sends each row of modules once and repeats it by `:`. Source: ZPL II Programming Guide: ^BQ, ^CI, ^FH, ^GF,
~DG and its compression of data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import BinaryIO

import numpy as np

from .affine_rows import Bytes
from .layout import Layout
from .printer import PrinterLanguage
from .raster import background, stretched
from .records import Hole, Record, hex_digits
from .sources import Symbols
from .template import MM_PER_PT

_PICTURE = b"R:SUIYUAN.GRF"
_REPEAT = b":"
_REST_LIGHT = b","

MOST_MAGNIFIED = 10
"""Dots a module that every ^BQ and QRCODE takes: 0.42 mm at 600 dpi. A symbol meant larger comes out smaller."""

_RESERVED = frozenset(b"^~_\\")


def write_zpl(
    file: BinaryIO,
    layout: Layout,
    symbols: Symbols,
    codes: Iterable[Bytes],
    *,
    native: bool = False,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Writes one format for each of `codes` (arrays (n, code_length)) and gives their number.

    `native` sends what the symbol says instead of a picture: a quarter of the bytes, but version and mask are then the
    printer's choice, and some firmware sets it ten dots lower. `layout.dpi` is the printer's. Constant memory, the same
    bytes for the same input. `progress` is told the number of labels so far.
    """
    file.write(_words(layout))
    return _ZPL.write(file, layout, symbols, codes, native=native, progress=progress)


def escaped(text: str) -> bytes:
    """Field data under ^FH: what is reserved, or no visible ASCII, as `_` and two hexadecimal digits a byte."""
    return b"".join(
        b"_%02X" % byte if byte in _RESERVED or not 32 <= byte < 127 else bytes((byte,)) for byte in text.encode()
    )


def native_parts(texts: Iterable[str], layout: Layout) -> list[bytes | Hole]:
    """^BQ: model 2, so many dots a module; level M, the printer finds the modes."""
    magnified = min(layout.symbol.dots, MOST_MAGNIFIED)
    parts: list[bytes | Hole] = [b"^BQN,2,%d^FH_^FDMA," % magnified]
    for number, text in enumerate(texts):
        parts += [*([Hole("code", layout.code_length)] if number else []), escaped(text)]
    return parts


def _record(layout: Layout, symbol: list[bytes | Hole]) -> Record:
    width, height = layout.dots(layout.template.width_mm), layout.dots(layout.template.height_mm)
    parts: list[bytes | Hole] = [b"^XA^CI28^PW%d^LL%d^LH0,0^FO0,0^XG%b,1,1^FS\n" % (width, height, _PICTURE)]
    parts += [b"^FO%d,%d" % (layout.symbol_x_dots, layout.symbol_y_dots), *symbol, b"^FS\n"]
    for number, line in enumerate(layout.code_lines):
        size = layout.dots(line.size_pt * MM_PER_PT)
        x, y = layout.dots(line.x_mm), layout.dots(line.baseline_mm)
        parts += [b"^FT%d,%d^A0N,%d,%d^FD" % (x, y, size, size)]
        parts += [Hole(f"code{number}", line.stop - line.start), b"^FS\n"]
    return Record([*parts, b"^XZ\n"])


def _picture_parts(layout: Layout, symbols: Symbols) -> list[bytes | Hole]:
    side = symbols.size * layout.symbol.dots
    row_bytes = -(-side // 8)
    head = b"^GFA,%d,%d,%d," % (row_bytes * side, row_bytes * side, row_bytes)
    return [head, Hole("symbol", symbols.size * (2 * row_bytes + layout.symbol.dots - 1))]


def _picture_rows(layout: Layout, symbols: Symbols, codes: Bytes) -> Bytes:
    """(n, length of the hole): each row of modules in hexadecimal, then `:` for every further row of dots."""
    rows = stretched(symbols.symbols(codes), layout.symbol.dots, symbols.size)
    digits = hex_digits(rows.reshape(-1, rows.shape[2]))
    out = np.full((len(digits), digits.shape[1] + layout.symbol.dots - 1), ord(_REPEAT), dtype=np.uint8)
    out[:, : digits.shape[1]] = digits
    return out.reshape(len(codes), -1)


def _words(layout: Layout) -> bytes:
    """The command that leaves the words in the printer's memory."""
    rows = background(layout)
    lines: list[bytes] = []
    for number, row in enumerate(rows):
        if number and np.array_equal(row, rows[number - 1]):
            lines.append(_REPEAT)
            continue
        # A comma fills the row with light dots; it stands for whole bytes left out.
        dark = np.flatnonzero(row)
        used = row[: dark[-1] + 1] if len(dark) else row[:0]
        lines.append(used.tobytes().hex().upper().encode() + (_REST_LIGHT if len(used) < len(row) else b""))
    return b"~DG%b,%d,%d,%b\n" % (_PICTURE, rows.size, rows.shape[1], b"".join(lines))


_ZPL = PrinterLanguage(_record, _picture_parts, _picture_rows, native_parts)
