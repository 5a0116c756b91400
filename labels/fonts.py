"""The font of the labels: the few hundred glyphs that a batch needs, cut out of Noto Sans SC.

The font lies in the package `justmytype-intl-cjk` (SIL Open Font License 1.1) as one file of 17 MB with a weight axis.
For each batch its glyphs are cut out and fixed at the regular weight: about 0.4 s and 10 to 60 KB, the same bytes for
the same text.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Any, cast

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from ..trace.kernel.errors import InvalidInput

FAMILY = "Noto Sans SC"
POSTSCRIPT_NAME = "NotoSansSC-Regular"
REGULAR_WEIGHT = 400
UNITS_PER_EM = 1000

CODE_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz "
"""In every subset: what codes are written with."""

_PACKAGE, _PATH = "justmytype_intl_cjk", "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"
_NAME_ID = 6
_UNUSED_TABLES = ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "VVAR", "vhea", "vmtx"]
"""Layout features and vertical writing: nothing here uses them, and working through them would take seconds."""

_CACHED_SUBSETS = 16
"""A batch's labels are printed in several forms, and previewed, within minutes. Each is some tens of kilobytes."""


@dataclass(frozen=True, slots=True)
class SubsetFont:
    """A TrueType font with the glyphs of some characters. Widths, ascent and descent in thousandths of the size."""

    data: bytes
    widths: Mapping[str, int]
    glyph_ids: Mapping[str, int]
    ascent: int
    descent: int
    bounds: tuple[int, int, int, int]

    def width(self, text: str, size: float) -> float:
        """How wide `text` is, in the unit of `size`."""
        return sum(self.widths[character] for character in text) * size / UNITS_PER_EM


@cache
def font_characters() -> frozenset[int]:
    """The code points that the font has."""
    with as_file(files(_PACKAGE).joinpath(*_PATH.split("/"))) as path, TTFont(path, lazy=True) as font:
        return frozenset(cast(dict[int, str], font.getBestCmap()))


def subset_font(text: str) -> SubsetFont:
    """The font with all characters of `text` and of codes.

    Raises InvalidInput `template.glyph_missing` for a character that it does not have.
    """
    return _subset_font("".join(sorted({*text, *CODE_CHARACTERS})))


@lru_cache(_CACHED_SUBSETS)
def _subset_font(characters: str) -> SubsetFont:
    with as_file(files(_PACKAGE).joinpath(*_PATH.split("/"))) as path, TTFont(path, recalcTimestamp=False) as font:
        known = cast(dict[int, str], font.getBestCmap())
        for character in characters:
            if ord(character) not in known:
                raise InvalidInput("template.glyph_missing", character=character, point=f"U+{ord(character):04X}")
        options = subset.Options(layout_features=[], hinting=False, name_IDs=[_NAME_ID], notdef_outline=True)
        options.drop_tables += _UNUSED_TABLES
        cutter = subset.Subsetter(options)
        cutter.populate(text=characters)
        cutter.subset(font)
        instancer.instantiateVariableFont(font, {"wght": REGULAR_WEIGHT}, inplace=True)
        names: Any = font["name"]
        # The file calls itself by its lightest weight.
        names.setName(POSTSCRIPT_NAME, _NAME_ID, 3, 1, 0x409)
        return _described(font, characters)


def _described(font: TTFont, characters: str) -> SubsetFont:
    buffer = io.BytesIO()
    font.save(buffer)
    glyphs = cast(dict[int, str], font.getBestCmap())
    names = {character: glyphs[ord(character)] for character in characters}
    head: Any = font["head"]
    lines: Any = font["hhea"]
    metrics: Any = font["hmtx"]
    scale = UNITS_PER_EM / head.unitsPerEm
    return SubsetFont(
        data=buffer.getvalue(),
        widths={character: round(metrics[name][0] * scale) for character, name in names.items()},
        glyph_ids={character: font.getGlyphID(name) for character, name in names.items()},
        ascent=round(lines.ascent * scale),
        descent=round(lines.descent * scale),
        bounds=(round(head.xMin * scale), round(head.yMin * scale), round(head.xMax * scale), round(head.yMax * scale)),
    )
