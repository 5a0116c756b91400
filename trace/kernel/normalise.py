"""Writing differences that carry no meaning: full-width forms, odd colons, brackets, spaces.

Unicode NFKC is not used whole: it turns the vertical colon U+FE30 into two dots.
"""

from __future__ import annotations

from .errors import InvalidInput

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_LOOK_ALIKES = {
    0x3000: 0x20,  # ideographic space
    0x00A0: 0x20,  # no-break space
    0xFE55: 0x3A,  # small colon
    0xFE30: 0x3A,  # vertical two-dot leader, printed as a colon on labels
    0x3014: 0x28,  # 〔 and 〕 as written in document numbers
    0x3015: 0x29,
    0x200B: None,  # zero-width space, byte-order mark: invisible residue of copying
    0xFEFF: None,
}
_TABLE = {**_FULL_WIDTH, **_LOOK_ALIKES}


def half_width(value: str) -> str:
    """`value` with full-width ASCII, look-alike colons and brackets in their plain form."""
    return value.translate(_TABLE)


def registration_number(value: str) -> str:
    """A registration, approval or licence number for comparing: plain forms, upper case, no spaces.

    Control characters go too: PostgreSQL holds no NUL in a text.
    """
    return "".join(character for character in half_width(value).upper() if character.isprintable() and character != " ")


def require_text(value: str, field: str, maximum: int, *, required: bool = False) -> str:
    """`value` with its white space folded.

    Raises InvalidInput `text.malformed` on control characters or more than `maximum` characters, `text.missing` where
    `required` and empty.
    """
    folded = " ".join(value.split())
    if len(folded) > maximum or not folded.isprintable():
        raise InvalidInput("text.malformed", field=field, maximum=maximum)
    if required and not folded:
        raise InvalidInput("text.missing", field=field)
    return folded
