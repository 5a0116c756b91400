"""Labels as dots: packed rows, 1 is dark, the leftmost dot in the highest bit.

The words come from Pillow once for a batch. Symbols are stretched by a table of 256 entries (eight modules become
8 · k dots, which are k whole bytes), codes are put together from pictures of their characters, for many labels at once.
"""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .affine_rows import Bytes
from .layout import CodeLine, Layout
from .records import grouped_codes
from .template import MM_PER_PT

_DARK = 128
"""Grey from which a dot is printed."""


def background(layout: Layout) -> Bytes:
    """(height, row bytes): what all labels share."""
    width, height = layout.dots(layout.template.width_mm), layout.dots(layout.template.height_mm)
    image = Image.new("L", (width, height))
    draw = ImageDraw.Draw(image)
    for line in layout.lines:
        at = (line.x_mm / layout.dot_mm, line.baseline_mm / layout.dot_mm)
        draw.text(at, line.text, fill=255, font=_font(layout, line.size_pt), anchor="ls")
    return np.packbits(np.asarray(image) >= _DARK, axis=1)


def stretched(symbols: Bytes, dots: int, size: int) -> Bytes:
    """(n, size, row bytes) of modules, each row once, its modules `dots` wide: the low bits of the last byte are 0."""
    wide = _stretch_table(dots)[symbols].reshape(*symbols.shape[:2], -1)
    return wide[:, :, : -(-size * dots // 8)]


def shifted(rows: Bytes, bits: int) -> Bytes:
    """Rows moved right by 0 to 7 dots, one byte wider."""
    out = np.zeros((*rows.shape[:-1], rows.shape[-1] + 1), dtype=np.uint8)
    out[..., :-1] = rows >> np.uint8(bits)
    if bits:
        out[..., 1:] |= rows << np.uint8(8 - bits)
    return out


class CodePainter:
    """Draws one line of the codes. `x_byte` and `y_dots` say where on the label its pictures go."""

    def __init__(self, layout: Layout, line: CodeLine) -> None:
        font = _font(layout, line.size_pt)
        left_dots = line.x_mm / layout.dot_mm
        size_dots = line.size_pt * MM_PER_PT / layout.dot_mm
        ascent, descent = font.getmetrics()
        self._line = line
        self._pictures = _pictures(layout, line)
        self._advances = np.zeros(256, dtype=np.float32)
        for character, width in layout.font.widths.items():
            if character.isascii():
                self._advances[ord(character)] = width * size_dots / 1000
        self._height = ascent + descent
        self.x_byte = int(left_dots) // 8
        self.y_dots = layout.dots(line.baseline_mm) - ascent
        self._left = left_dots - 8 * self.x_byte
        self._is_even = len({layout.font.widths[digit] for digit in "0123456789"}) == 1

    def painted(self, codes: Bytes) -> Bytes:
        """(n, height, row bytes): the line for each of `codes` (n, code_length)."""
        texts = grouped_codes(codes)[:, self._line.start : self._line.stop]
        advances = self._advances[texts]
        lefts = np.rint(self._left + np.cumsum(advances, axis=1) - advances).astype(np.intp)
        width = int(lefts[:, -1].max()) + self._pictures.shape[2]
        strip = np.zeros((len(codes), self._height, -(-width // 8) * 8), dtype=np.uint8)
        for column in range(texts.shape[1]):
            self._put(strip, texts[:, column], lefts[:, column])
        return np.packbits(strip, axis=2)

    def _put(self, strip: Bytes, characters: Bytes, lefts: np.ndarray) -> None:
        # Digits are all of one width, so a column of the codes mostly stands at one place.
        for left in np.unique(lefts):
            chosen = lefts == left
            pictures = self._pictures[characters[chosen]]
            where = slice(None) if chosen.all() else chosen
            strip[where, :, left : left + pictures.shape[2]] |= pictures


def _pictures(layout: Layout, line: CodeLine) -> Bytes:
    """(256, height, width): each ASCII character of the font, 1 is dark, its origin at the left edge."""
    font = _font(layout, line.size_pt)
    ascent, descent = font.getmetrics()
    characters = [character for character in layout.font.widths if character.isascii()]
    width = max(int(font.getbbox(character)[2]) for character in characters) + 1
    pictures = np.zeros((256, ascent + descent, width), dtype=np.uint8)
    for character in characters:
        image = Image.new("L", (width, ascent + descent))
        ImageDraw.Draw(image).text((0, ascent), character, fill=255, font=font, anchor="ls")
        pictures[ord(character)] = np.asarray(image) >= _DARK
    return pictures


def _font(layout: Layout, size_pt: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(
        io.BytesIO(layout.font.data), size_pt * MM_PER_PT / layout.dot_mm, layout_engine=ImageFont.Layout.BASIC
    )


@cache
def _stretch_table(dots: int) -> Bytes:
    """(256, dots): each byte with its bits repeated."""
    bits = np.unpackbits(np.arange(256, dtype=np.uint8).reshape(-1, 1), axis=1)
    return np.packbits(bits.repeat(dots, axis=1), axis=1)
