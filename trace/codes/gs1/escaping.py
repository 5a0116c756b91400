"""Percent-encoding in Digital Link URIs: one byte each, as GS1 values are of CSET 82 and never more.

Source: RFC 3986 section 2; GS1 Digital Link Standard: URI Syntax.
"""

from __future__ import annotations

from string import ascii_letters, digits, hexdigits

UNRESERVED = frozenset(ascii_letters + digits + "-._~")
URI_CHARACTERS = UNRESERVED | frozenset(":/?#[]@!$&'()*+,;=%")
_HEX = frozenset(hexdigits)


def escape(value: str, *, query: bool = False) -> str:
    """Percent-encodes what is not unreserved, upper case; a space in a query becomes `+`.

    A character beyond one byte, which no valid value holds, becomes `?` in its escape.
    """
    return "".join(_escaped(character, query) for character in value)


def _escaped(character: str, query: bool) -> str:
    if character in UNRESERVED:
        return character
    if character == " " and query:
        return "+"
    return "".join(f"%{byte:02X}" for byte in character.encode("latin-1", errors="replace"))


def unescape(text: str, *, query: bool = False) -> str:
    """Undoes percent-encoding byte by byte; `+` in a query is a space; a broken escape stays as it is.

    A NUL is nothing a value may hold: a text with one becomes "", which every caller refuses as no value.
    """
    text = text.replace("+", " ") if query else text
    first, *rest = text.split("%")
    plain = first + "".join(_unescaped(piece) for piece in rest)
    return "" if "\0" in plain else plain


def _unescaped(piece: str) -> str:
    """A piece that followed a percent sign."""
    code = piece[:2]
    if len(code) == 2 and _HEX.issuperset(code):
        return chr(int(code, 16)) + piece[2:]
    return "%" + piece
