"""Labels, or their symbols alone, as PNG of one bit a dot, one file each, in a ZIP.

A row of modules is `dots` equal rows of pixels, which a compressor takes as repetitions: a symbol costs it little more
than its modules, a whole label mostly its words.
"""

from __future__ import annotations

import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import numpy as np

from .affine_rows import Bytes
from .archive import ZipWriter
from .layout import Layout
from .raster import CodePainter, background, shifted, stretched
from .records import in_blocks
from .size import MM_PER_INCH
from .sources import Symbols, decoded
from .symbol import QUIET_ZONE_MODULES

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE = b"\xff\xff\xff\x00\x00\x00"
"""White and black, so that 1 is dark here as everywhere."""

_PALETTE_COLOUR = 3
_BLOCK = 128
"""Labels painted at once: at 300 dpi and 50 × 30 mm some 3.4 MB."""

_LENGTH = struct.Struct(">L")
_END = struct.pack(">L4sL", 0, b"IEND", zlib.crc32(b"IEND"))


def write_pngs(
    file: BinaryIO,
    layout: Layout,
    symbols: Symbols,
    codes: Iterable[Bytes],
    *,
    symbols_only: bool = False,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Writes a ZIP with `<code>.png` for each of `codes` (arrays (n, code_length)) and gives their number.

    `symbols_only`: the symbol with its quiet zone and nothing else, for software that sets it into a label of its own.
    Constant memory, the same bytes for the same input. `progress` is told the number of labels so far.
    """
    painter = SymbolPainter(layout, symbols) if symbols_only else LabelPainter(layout, symbols)
    done = 0
    with ZipWriter(file) as archive:
        for block in in_blocks(codes, min(_BLOCK, symbols.block)):
            for code, png in zip(decoded(block), painter.pngs(block), strict=True):
                archive.add(f"{code}.png", png)
            done += len(block)
            if progress:
                progress(done)
    return done


class _Painter(ABC):
    """Makes files of pixels."""

    _head: bytes

    def pngs(self, codes: Bytes) -> Iterator[bytes]:
        """One file for each of `codes` (n, code_length)."""
        for rows in self.rows(codes):
            # A small window is enough, rows repeat near by, and is set up in a seventh of the time.
            packer = zlib.compressobj(1, zlib.DEFLATED, 12, 5)
            data = b"IDAT" + packer.compress(rows.data) + packer.flush()
            yield b"%b%b%b%b%b" % (self._head, _LENGTH.pack(len(data) - 4), data, _LENGTH.pack(zlib.crc32(data)), _END)

    @abstractmethod
    def rows(self, codes: Bytes) -> Bytes:
        """(n, height, 1 + row bytes): the pixels as PNG wants them, each row after a zero, which names no filter."""


class SymbolPainter(_Painter):
    """Symbols with their quiet zone."""

    def __init__(self, layout: Layout, symbols: Symbols) -> None:
        self._symbols = symbols
        self._dots = layout.symbol.dots
        self._quiet = QUIET_ZONE_MODULES * self._dots
        self._side = symbols.size * self._dots + 2 * self._quiet
        self._head = _head(self._side, self._side, layout.dpi)

    def rows(self, codes: Bytes) -> Bytes:
        modules = shifted(stretched(self._symbols.symbols(codes), self._dots, self._symbols.size), self._quiet % 8)
        out = np.zeros((len(codes), self._side, 1 + -(-self._side // 8)), dtype=np.uint8)
        left = 1 + self._quiet // 8
        out[:, self._quiet : -self._quiet, left : left + modules.shape[2]] = modules.repeat(self._dots, axis=1)
        return out


class LabelPainter(_Painter):
    """Whole labels."""

    def __init__(self, layout: Layout, symbols: Symbols) -> None:
        self._layout = layout
        self._symbols = symbols
        self._codes = [CodePainter(layout, line) for line in layout.code_lines]
        words = background(layout)
        self._form = np.pad(words, ((0, 0), (1, 0)))
        self._head = _head(layout.dots(layout.template.width_mm), len(words), layout.dpi)

    def rows(self, codes: Bytes) -> Bytes:
        layout = self._layout
        dots = layout.symbol.dots
        out = np.repeat(self._form[np.newaxis], len(codes), axis=0)
        modules = stretched(self._symbols.symbols(codes), dots, self._symbols.size)
        modules = shifted(modules, layout.symbol_x_dots % 8)
        x, y = 1 + layout.symbol_x_dots // 8, layout.symbol_y_dots
        # A module may end in the label's last byte, and what `shifted` added beyond it is empty.
        modules = modules[:, :, : out.shape[2] - x]
        for row in range(dots):
            out[:, y + row : y + row + self._symbols.size * dots : dots, x : x + modules.shape[2]] |= modules
        for painter in self._codes:
            pictures = painter.painted(codes)
            x, y = 1 + painter.x_byte, max(painter.y_dots, 0)
            pictures = pictures[:, y - painter.y_dots : y - painter.y_dots + out.shape[1] - y, : out.shape[2] - x]
            out[:, y : y + pictures.shape[1], x : x + pictures.shape[2]] |= pictures
        return out


def _head(width: int, height: int, dpi: int) -> bytes:
    per_metre = round(dpi / MM_PER_INCH * 1000)
    return SIGNATURE + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">2L5B", width, height, 1, _PALETTE_COLOUR, 0, 0, 0)),
            _chunk(b"PLTE", _PALETTE),
            _chunk(b"pHYs", struct.pack(">2LB", per_metre, per_metre, 1)),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + kind + data + _LENGTH.pack(zlib.crc32(kind + data))
