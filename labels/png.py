"""One label as a PNG: the symbol, its quiet zone, and below it the code for people to read.

┌──────────────────────┐
│      quiet zone      │   4 modules, of Data Matrix 1
│  ┌────────────────┐  │
│  │     symbol     │  │
│  └────────────────┘  │
│      quiet zone      │   the caption starts below it
│    1172 2252 2472    │   never wider than the symbol, wrapped as needed
│    5074 3408 …       │
└──────────────────────┘
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..trace.kernel.errors import InvalidInput
from . import datamatrix
from .symbol import QUIET_ZONE_MODULES, Modules, Symbology, qr_modules

MIN_MODULE_PIXELS = 2
"""A camera cannot tell single pixels of a module apart from noise."""

MAX_MODULE_PIXELS = 40
"""The largest symbol is then 7400 pixels wide: more than any label printer, and what one request may take."""

MAX_CAPTION_CHARACTERS = 200

_LIGHT = 255
_DARK = 0
_FONT_MODULES = 2.5
_MIN_FONT_PIXELS = 9
"""Below this the built-in font's digits run together."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def label_png(text: str, caption: str, *, module_pixels: int = 8, symbology: Symbology = Symbology.QR) -> bytes:
    """An 8-bit greyscale PNG of `text` as a symbol, QR at level M, black on white, with `caption` below.

    `module_pixels` is the side of one module, 2 to 40 pixels. `caption` is meant to be a code in groups: it breaks at
    spaces, and inside a word only where the word alone is wider than the symbol. The font is Pillow's own, which has
    Latin letters and digits but no Chinese. An empty caption leaves its space out.

    Raises InvalidInput `label.module_pixels`, `label.too_long` and `label.caption_too_long`; of an empty text in Data
    Matrix `label.missing`.
    """
    if not MIN_MODULE_PIXELS <= module_pixels <= MAX_MODULE_PIXELS:
        raise InvalidInput(
            "label.module_pixels", field="module_pixels", least=MIN_MODULE_PIXELS, most=MAX_MODULE_PIXELS
        )
    if len(caption) > MAX_CAPTION_CHARACTERS:
        raise InvalidInput("label.caption_too_long", field="caption", most=MAX_CAPTION_CHARACTERS)
    if symbology is Symbology.QR:
        modules, quiet_modules = qr_modules(text), QUIET_ZONE_MODULES
    else:
        modules, quiet_modules = datamatrix.datamatrix_modules(text), datamatrix.QUIET_ZONE_MODULES
    symbol = _symbol_image(modules, quiet_modules, module_pixels)
    font = ImageFont.load_default(max(_MIN_FONT_PIXELS, round(_FONT_MODULES * module_pixels)))
    lines = _wrapped(caption, font, modules.size * module_pixels)
    return _encoded(_with_caption(symbol, lines, font, bottom_pixels=2 * module_pixels) if lines else symbol)


def _symbol_image(modules: Modules, quiet_modules: int, module_pixels: int) -> Image.Image:
    dark = np.frombuffer(b"".join(modules.rows), dtype=np.uint8).reshape(modules.size, modules.size)
    grey = np.where(np.pad(dark, quiet_modules) == 1, np.uint8(_DARK), np.uint8(_LIGHT))
    return Image.fromarray(grey.repeat(module_pixels, axis=0).repeat(module_pixels, axis=1))


def _with_caption(symbol: Image.Image, lines: list[str], font: Font, bottom_pixels: int) -> Image.Image:
    """`symbol` with `lines` centred below it. The quiet zone at its lower edge stays clear."""
    # One height for all lines, from the tallest glyphs, so that lines of different letters stand evenly.
    line_pixels = round(font.getbbox("Ag")[3] * 1.2)
    image = Image.new("L", (symbol.width, symbol.height + line_pixels * len(lines) + bottom_pixels), _LIGHT)
    image.paste(symbol)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        left = (symbol.width - font.getlength(line)) / 2
        draw.text((left, symbol.height + number * line_pixels), line, fill=_DARK, font=font)
    return image


def _wrapped(caption: str, font: Font, width_pixels: int) -> list[str]:
    """`caption` in lines no wider than `width_pixels`."""
    lines: list[str] = []
    line = ""
    for word in caption.split():
        longer = f"{line} {word}" if line else word
        if font.getlength(longer) <= width_pixels:
            line = longer
            continue
        if line:
            lines.append(line)
        line = ""
        for character in word:
            if line and font.getlength(line + character) > width_pixels:
                lines.append(line)
                line = ""
            line += character
    return [*lines, line] if line else lines


def _encoded(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()
