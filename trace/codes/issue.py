"""Codes by the million: the text of every code of a range, in blocks of constant size.

The same codes as keyring.Keyring.encode gives one at a time. Nothing is stored and nothing is looked up, so a range
may be issued again at any time, from any point, and comes out the same.

    row    prefix │ enciphered digits │ Luhn digit           ASCII, one byte a digit, `Layout.code_length` wide
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..kernel.errors import InvalidInput
from .ff1_vector import ASCII_ZERO, Digits, encrypt_range
from .keyring import Keyring
from .model import LAYOUTS, Layout, Level, Place, Scheme, pack

CHUNK = 16_384
"""Rows of one array: half a megabyte, which the allocator hands out again without asking the kernel for fresh pages.
Four times as many rows measured 15 % slower."""

_NEWLINE = ord("\n")
_FIVE = ASCII_ZERO + 5


def issue(
    keyring: Keyring,
    scheme: Scheme,
    prefix: str,
    serial: int,
    level: Level,
    start: int,
    stop: int,
    *,
    chunk: int = CHUNK,
) -> Iterator[Digits]:
    """The codes of packages `[start, stop)` of one batch and level: arrays (n, code_length), n at most `chunk`.

    Each array is the caller's to keep or change. Whether the batch has that many packages is for the caller to ask:
    `serial` and the range are held only against what the code can carry. All checks are made before the first array
    is asked for.

    Raises InvalidInput `code.index` for a range that is reversed or leaves the layout, `code.capacity` for a serial
    that does; ValueError for a scheme not minted here, a prefix it cannot have, and a chunk below 1.
    """
    cipher = keyring.cipher(scheme, prefix)
    layout = LAYOUTS[scheme]
    if chunk < 1:
        raise ValueError(f"a chunk of {chunk} codes")
    if not 0 <= serial < 10**layout.serial_digits:
        raise InvalidInput("code.capacity", field="serial", serial=serial)
    if not 0 <= start <= stop <= 10**layout.index_digits:
        outside = start if start < 0 or start > stop else stop
        raise InvalidInput("code.index", field="range", index=outside, start=start, stop=stop)
    head = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)

    def blocks() -> Iterator[Digits]:
        for first in range(start, stop, chunk):
            codes = np.empty((min(chunk, stop - first), layout.code_length), dtype=np.uint8)
            codes[:, : layout.prefix_length] = head
            encrypt_range(cipher, pack(layout, Place(serial, level, first)), _enciphered(codes, layout))
            if layout.has_check_digit:
                codes[:, -1] = luhn_digits(codes[:, :-1])
            yield codes

    return blocks()


def as_lines(codes: Digits) -> bytes:
    """One code a line, each ended by LF: (n, length) in, n · (length + 1) bytes out."""
    length = codes.shape[1]
    lines = np.empty((len(codes), length + 1), dtype=np.uint8)
    # One value of `length` bytes a row: NumPy then moves whole rows, twice as fast as digit by digit.
    lines[:, :-1].view(f"V{length}")[...] = np.ascontiguousarray(codes).view(f"V{length}")
    lines[:, -1] = _NEWLINE
    return lines.tobytes()


def luhn_digits(digits: Digits) -> Digits:
    """The ASCII check digit of each row of (n, k) ASCII digits. Source: ISO/IEC 7812-1, annex B.

    Every second digit from the right counts double, less nine where that has two digits.
    """
    total = np.zeros(len(digits), dtype=np.uint16)
    for column in range(digits.shape[1]):
        digit = digits[:, column]
        total += digit
        if (digits.shape[1] - column) % 2:
            total += digit
            # Less nine is one more modulo ten, which keeps the sum unsigned.
            total += digit >= _FIVE
    doubled = (digits.shape[1] + 1) // 2
    surplus = ASCII_ZERO * (digits.shape[1] + doubled)
    return (ASCII_ZERO + (surplus - total.astype(np.int32)) % 10).astype(np.uint8)


def _enciphered(codes: Digits, layout: Layout) -> Digits:
    return codes[:, layout.prefix_length : layout.prefix_length + layout.enciphered_digits]
