"""Texts → lines of a given width, in the one font there is.

Ideographs part anywhere; words of letters and digits stay whole where a line can hold them. A full stop or a closing
bracket never begins a line, an opening one never ends it. Source: GB/T 15834-2011, 5.1.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from ..fonts import SubsetFont, font_characters, subset_font

UNKNOWN = "〓"
"""In place of a character that the font lacks, as printers have always done: a document is printed all the same."""

_NEVER_FIRST = frozenset("，。、；：？！）》〉」』】〕”’…—,.;:?!)]}%‰℃")
_NEVER_LAST = frozenset("（《〈「『【〔“‘([{")
_WORD = re.compile(r"[0-9A-Za-z\u00c0-\u024f+\-./_%:~#@&=?·']+|\s+|.", re.DOTALL)


def printable(text: str) -> str:
    """`text` in characters that the font has; line breaks stay, other control characters become blanks."""
    known = font_characters()
    return "".join(_printable_character(each, known) for each in unicodedata.normalize("NFC", text))


def _printable_character(character: str, known: frozenset[int]) -> str:
    if character == "\n" or ord(character) in known:
        return character
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me"):
        return ""
    return " " if category.startswith(("C", "Z")) else UNKNOWN


def font_of(texts: Iterable[str]) -> SubsetFont:
    """The font with every character of texts that are printable."""
    return subset_font("".join(sorted({character for text in texts for character in text} - {"\n"})))


def lines_of(font: SubsetFont, text: str, size: float, width: float) -> list[str]:
    """`text` in lines no wider than `width`, in the unit of `size`; [""] for no text."""
    return [line for part in text.split("\n") for line in _wrapped(font, part, size, width)]


def _wrapped(font: SubsetFont, text: str, size: float, width: float) -> Iterator[str]:
    line, used = "", 0.0
    for piece in _pieces(font, text, size, width):
        taken = font.width(piece, size)
        if line and used + taken > width and piece.strip():
            kept, moved = _parted(line, piece)
            if kept:
                yield kept.rstrip()
                line = moved
                used = font.width(line, size)
        if not line and not piece.strip():
            continue
        line += piece
        used += taken
    yield line.rstrip()


def _parted(line: str, piece: str) -> tuple[str, str]:
    """What stays on the full line, and what goes down with the piece that found no room. Nothing may stay where rules
    leave no place to part."""
    at = len(line)
    first = piece[0]
    while at and (first in _NEVER_FIRST or line[at - 1] in _NEVER_LAST):
        at -= 1
        first = line[at]
    # A word before a stop goes down whole.
    while 0 < at < len(line) and _joined(line[at - 1], line[at]):
        at -= 1
    return (line[:at], line[at:]) if at else (line, "")


def _joined(before: str, after: str) -> bool:
    return bool(before.isascii() and after.isascii() and before.isalnum() and after.isalnum())


def _pieces(font: SubsetFont, text: str, size: float, width: float) -> Iterator[str]:
    """What stays together: words, runs of blanks, single characters; a word wider than a line is parted."""
    for piece in _WORD.findall(text):
        if font.width(piece, size) <= width or len(piece) == 1:
            yield piece
        else:
            yield from piece
