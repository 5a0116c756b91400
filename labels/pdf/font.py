"""The font in a PDF, once embedded and twice named:

    /T   composite, two bytes a glyph (Identity-H)       the batch's words, Chinese among them
    /D   simple, one byte a character (WinAnsi)          codes, whose ASCII is then written as it is

Both carry what it takes to search and copy the text. Source: ISO 32000-1, 9.6-9.10.
"""

from __future__ import annotations

import hashlib

from ..fonts import CODE_CHARACTERS, POSTSCRIPT_NAME, SubsetFont
from .objects import PdfFile

_SYMBOLIC, _NONSYMBOLIC = 4, 32
_FIRST, _LAST = 32, 126
_CAP_HEIGHT = 733
_STEM = 80
"""For viewers that must replace the font. Cap height and stem of Noto Sans SC's regular weight, roughly."""

_ENTRIES_PER_BLOCK = 100
"""As many as a block of a CMap may hold."""


def add_fonts(pdf: PdfFile, font: SubsetFont) -> tuple[int, int]:
    """Embeds the font; gives the object numbers of /T and /D."""
    # Six letters mark a subset; they come from its bytes, so the same labels make the same file.
    digest = hashlib.sha256(font.data).digest()
    name = bytes(ord("A") + byte % 26 for byte in digest[:6]) + f"+{POSTSCRIPT_NAME}".encode()
    program = pdf.add_stream(font.data, b"/Length1 %d" % len(font.data))
    composite = _composite(pdf, font, name, _descriptor(pdf, font, name, program, _SYMBOLIC))
    return composite, _simple(pdf, font, name, _descriptor(pdf, font, name, program, _NONSYMBOLIC))


def glyph_codes(font: SubsetFont, text: str) -> bytes:
    """`text` as a string operand for /T."""
    return b"<%b>" % b"".join(b"%04X" % font.glyph_ids[character] for character in text)


def _descriptor(pdf: PdfFile, font: SubsetFont, name: bytes, program: int, flags: int) -> int:
    return pdf.add(
        b"<</Type/FontDescriptor/FontName/%b/Flags %d/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d"
        b"/CapHeight %d/StemV %d/FontFile2 %d 0 R>>"
        % (name, flags, *font.bounds, font.ascent, font.descent, _CAP_HEIGHT, _STEM, program)
    )


def _composite(pdf: PdfFile, font: SubsetFont, name: bytes, descriptor: int) -> int:
    by_glyph = sorted((glyph, character) for character, glyph in font.glyph_ids.items())
    widths = b" ".join(b"%d[%d]" % (glyph, font.widths[character]) for glyph, character in by_glyph)
    descendant = pdf.add(
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/%b/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        b"/Supplement 0>>/FontDescriptor %d 0 R/DW 1000/W[%b]/CIDToGIDMap/Identity>>" % (name, descriptor, widths)
    )
    unicode_map = pdf.add_stream(_to_unicode(by_glyph))
    return pdf.add(
        b"<</Type/Font/Subtype/Type0/BaseFont/%b/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
        % (name, descendant, unicode_map)
    )


def _simple(pdf: PdfFile, font: SubsetFont, name: bytes, descriptor: int) -> int:
    characters = map(chr, range(_FIRST, _LAST + 1))
    widths = b" ".join(b"%d" % font.widths.get(c, 0) if c in CODE_CHARACTERS else b"0" for c in characters)
    return pdf.add(
        b"<</Type/Font/Subtype/TrueType/BaseFont/%b/Encoding/WinAnsiEncoding/FirstChar %d/LastChar %d/Widths[%b]"
        b"/FontDescriptor %d 0 R>>" % (name, _FIRST, _LAST, widths, descriptor)
    )


def _to_unicode(by_glyph: list[tuple[int, str]]) -> bytes:
    # Where two characters share a glyph, as some radicals and ideographs do, the first keeps it.
    unique: dict[int, str] = {}
    for glyph, character in by_glyph:
        unique.setdefault(glyph, character)
    entries = [b"<%04X><%b>" % (g, c.encode("utf-16-be").hex().upper().encode()) for g, c in unique.items()]
    blocks = [entries[at : at + _ENTRIES_PER_BLOCK] for at in range(0, len(entries), _ENTRIES_PER_BLOCK)]
    return b"\n".join(
        (
            b"/CIDInit/ProcSet findresource begin 12 dict begin begincmap",
            b"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def",
            b"/CMapName/Adobe-Identity-UCS def/CMapType 2 def",
            b"1 begincodespacerange<0000><FFFF>endcodespacerange",
            *(b"%d beginbfchar\n%b\nendbfchar" % (len(block), b"\n".join(block)) for block in blocks),
            b"endcmap CMapName currentdict/CMap defineresource pop end end",
        )
    )
