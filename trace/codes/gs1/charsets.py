"""Linters of characters and numbers: character sets, zeros, flags, pieces, positions, coordinates.

Source: GS1 General Specifications, figures "GS1 AI encodable character set 82, 39, 64"; GS1 syntax dictionary.
"""

from __future__ import annotations

from string import ascii_letters, ascii_uppercase, digits, hexdigits

from .findings import DIGITS, Finding, first_outside, non_digit, whole
from .reasons import Reason

CSET82_ORDERED = "!\"%&'()*+,-./" + digits + ":;<=>?" + ascii_uppercase + "_" + ascii_letters[:26]
CSET82 = frozenset(CSET82_ORDERED)
CSET39 = frozenset("#-/" + digits + ascii_uppercase)
CSET64 = frozenset("-_" + digits + ascii_letters)
_HEX = frozenset(hexdigits)
_COORDINATE_DIGITS = 10


def csetnumeric(value: str) -> Finding | None:
    return non_digit(value)


def cset82(value: str) -> Finding | None:
    return first_outside(value, CSET82, Reason.INVALID_CSET82_CHARACTER)


def cset39(value: str) -> Finding | None:
    return first_outside(value, CSET39, Reason.INVALID_CSET39_CHARACTER)


def cset64(value: str) -> Finding | None:
    """Base 64, safe for files and URIs; padding may be left out, but if it is there it fills a group of three."""
    found = first_outside(value, CSET64, Reason.INVALID_CSET64_CHARACTER)
    if found is None:
        return None
    padding = value[found.start :]
    if padding.strip("="):
        return found
    right = len(padding) < 3 and len(value) % 3 == 0
    return None if right else Finding(Reason.INVALID_CSET64_PADDING, found.start, len(padding))


def hasnondigit(value: str) -> Finding | None:
    return whole(Reason.REQUIRES_NON_DIGIT_CHARACTER, value) if DIGITS.issuperset(value) else None


def pcenc(value: str) -> Finding | None:
    """Every percent sign begins an escape of two hexadecimal digits."""
    at = value.find("%")
    while at >= 0:
        escape = value[at : at + 3]
        if len(escape) < 3 or not _HEX.issuperset(escape[1:]):
            return Finding(Reason.INVALID_PERCENT_SEQUENCE, at, len(escape))
        at = value.find("%", at + 3)
    return None


def hyphen(value: str) -> Finding | None:
    return None if value and not value.strip("-") else whole(Reason.NOT_HYPHEN, value)


def importeridx(value: str) -> Finding | None:
    if len(value) != 1:
        return whole(Reason.IMPORTER_IDX_LENGTH, value)
    return first_outside(value, CSET64, Reason.INVALID_IMPORTER_IDX)


def zero(value: str) -> Finding | None:
    return None if value and not value.strip("0") else whole(Reason.NOT_ZERO, value)


def nonzero(value: str) -> Finding | None:
    return non_digit(value) or (None if value.strip("0") else whole(Reason.ILLEGAL_ZERO_VALUE, value))


def nozeroprefix(value: str) -> Finding | None:
    """A single 0 stands; a longer number does not begin with one."""
    leading = len(value) > 1 and value.startswith("0")
    return non_digit(value) or (Finding(Reason.ILLEGAL_ZERO_PREFIX, 0, 1) if leading else None)


def yesno(value: str) -> Finding | None:
    return None if value in ("0", "1") else whole(Reason.NOT_ZERO_OR_ONE, value)


def winding(value: str) -> Finding | None:
    return None if value in ("0", "1", "9") else whole(Reason.INVALID_WINDING_DIRECTION, value)


def pieceoftotal(value: str) -> Finding | None:
    """Two halves of equal length: number of the piece, number of pieces."""
    half, odd = divmod(len(value), 2)
    if odd or not half:
        return whole(Reason.INVALID_LENGTH_FOR_PIECE_OF_TOTAL, value)
    if found := non_digit(value):
        return found
    if not value[:half].strip("0"):
        return Finding(Reason.ZERO_PIECE_NUMBER, 0, half)
    if not value[half:].strip("0"):
        return Finding(Reason.ZERO_TOTAL_PIECES, half, half)
    return whole(Reason.PIECE_NUMBER_EXCEEDS_TOTAL, value) if value[:half] > value[half:] else None


def posinseqslash(value: str) -> Finding | None:
    """`position/end`, both from 1 and without leading zeros."""
    position, _, end = value.partition("/")
    if not position or not end or not DIGITS.issuperset(position) or not DIGITS.issuperset(end):
        return whole(Reason.POSITION_IN_SEQUENCE_MALFORMED, value)
    if position.startswith("0"):
        return Finding(Reason.ILLEGAL_ZERO_PREFIX, 0, len(position))
    if end.startswith("0"):
        return Finding(Reason.ILLEGAL_ZERO_PREFIX, len(position) + 1, len(end))
    beyond = (len(position), position) > (len(end), end)
    return whole(Reason.POSITION_EXCEEDS_END, value) if beyond else None


def latitude(value: str) -> Finding | None:
    """Degrees from the south pole in ten millionths, 0 to 180."""
    return _coordinate(value, "1800000000", Reason.LATITUDE_INVALID_LENGTH, Reason.INVALID_LATITUDE)


def longitude(value: str) -> Finding | None:
    """Degrees eastwards in ten millionths, 0 to 360."""
    return _coordinate(value, "3600000000", Reason.LONGITUDE_INVALID_LENGTH, Reason.INVALID_LONGITUDE)


def _coordinate(value: str, greatest: str, wrong_length: Reason, out_of_range: Reason) -> Finding | None:
    if len(value) != _COORDINATE_DIGITS:
        return whole(wrong_length, value)
    return non_digit(value) or (whole(out_of_range, value) if value > greatest else None)
