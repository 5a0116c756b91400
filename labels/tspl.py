"""Labels in TSPL2, the language of TSC printers and of most label printers made in China.

    SIZE 50 mm,30 mm  GAP 2 mm,0 mm                         once, with
    DOWNLOAD "WORDS.BMP",<bytes>,<file>                     the words as a picture: no Chinese font is needed
    CLS  PUTBMP 0,0,"WORDS.BMP"                             each label: that picture,
    BITMAP x,y,<bytes a row>,<rows>,0,<data>                the symbol as a picture, or with `native` QRCODE
    TEXT x,y,"0",0,6,6,"1172 2252 …"                        the code in the printer's own font
    PRINT 1,1

In BITMAP data a dark dot is 0. Lines end with CR LF. Source: TSC, TSPL/TSPL2 Programming Language.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import BinaryIO

import numpy as np

from .affine_rows import Bytes
from .layout import Layout
from .printer import PrinterLanguage
from .raster import background, stretched
from .records import Hole, Record
from .sources import Symbols
from .template import MM_PER_PT
from .zpl import MOST_MAGNIFIED

GAP_MM = 2.0
"""Between two labels on the roll. Almost all rolls have it; printers measure it when paper is loaded."""

_ASCENT = 0.8
"""From the baseline to the top of the printer's own font 0, in its size."""

_ESCAPES = {'"': '\\["]', "\n": "\\[L]", "\r": "\\[R]"}


def write_tspl(
    file: BinaryIO,
    layout: Layout,
    symbols: Symbols,
    codes: Iterable[Bytes],
    *,
    native: bool = False,
    gap_mm: float = GAP_MM,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Writes one label for each of `codes` (arrays (n, code_length)) and gives their number.

    `native` sends what the symbol says, in UTF-8, and the printer draws it. `layout.dpi` is the printer's. Constant
    memory, the same bytes for the same input. `progress` is told the number of labels so far.
    """
    file.write(_setting(layout, gap_mm))
    return _TSPL.write(file, layout, symbols, codes, native=native, progress=progress)


def escaped(text: str) -> bytes:
    """A text between quotation marks."""
    return "".join(_ESCAPES.get(character, character) for character in text).encode()


def _setting(layout: Layout, gap_mm: float) -> bytes:
    width, height = layout.template.width_mm, layout.template.height_mm
    picture = _bmp(background(layout), layout.dots(width))
    head = f"SIZE {width:g} mm,{height:g} mm\r\nGAP {gap_mm:g} mm,0 mm\r\nDIRECTION 1\r\nCODEPAGE UTF-8\r\n"
    return head.encode() + b'DOWNLOAD "WORDS.BMP",%d,%b\r\n' % (len(picture), picture)


def _record(layout: Layout, symbol: list[bytes | Hole]) -> Record:
    parts: list[bytes | Hole] = [b'CLS\r\nPUTBMP 0,0,"WORDS.BMP"\r\n', *symbol, b"\r\n"]
    for number, line in enumerate(layout.code_lines):
        x, y = layout.dots(line.x_mm), layout.dots(line.baseline_mm - _ASCENT * line.size_pt * MM_PER_PT)
        # Font 0 is scaled in whole points: the next smaller one never runs out of its place.
        parts += [b'TEXT %d,%d,"0",0,%d,%d,"' % (x, y, int(line.size_pt), int(line.size_pt))]
        parts += [Hole(f"code{number}", line.stop - line.start), b'"\r\n']
    return Record([*parts, b"PRINT 1,1\r\n"])


def _native_parts(texts: Iterable[str], layout: Layout) -> list[bytes | Hole]:
    place = (layout.symbol_x_dots, layout.symbol_y_dots, min(layout.symbol.dots, MOST_MAGNIFIED))
    parts: list[bytes | Hole] = [b'QRCODE %d,%d,M,%d,A,0,M2,"' % place]
    for number, text in enumerate(texts):
        parts += [*([Hole("code", layout.code_length)] if number else []), escaped(text)]
    return [*parts, b'"']


def _picture_parts(layout: Layout, symbols: Symbols) -> list[bytes | Hole]:
    side = symbols.size * layout.symbol.dots
    row_bytes = -(-side // 8)
    head = b"BITMAP %d,%d,%d,%d,0," % (layout.symbol_x_dots, layout.symbol_y_dots, row_bytes, side)
    return [head, Hole("symbol", row_bytes * side)]


def _picture_rows(layout: Layout, symbols: Symbols, codes: Bytes) -> Bytes:
    rows = stretched(symbols.symbols(codes), layout.symbol.dots, symbols.size)
    return ~rows.repeat(layout.symbol.dots, axis=1).reshape(len(codes), -1)


def _bmp(rows: Bytes, width: int) -> bytes:
    """Packed rows, 1 is dark, as a BMP of one bit a dot: from the bottom up, each row filled to four bytes."""
    padded = np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4)))[::-1]
    start = 14 + 40 + 8
    return (
        struct.pack("<2sLHHL", b"BM", start + padded.size, 0, 0, start)
        + struct.pack("<LllHHLLllLL", 40, width, len(rows), 1, 1, 0, padded.size, 0, 0, 2, 2)
        + b"\xff\xff\xff\x00\x00\x00\x00\x00"
        + padded.tobytes()
    )


_TSPL = PrinterLanguage(_record, _picture_parts, _picture_rows, _native_parts)
