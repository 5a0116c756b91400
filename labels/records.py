"""Bytes that are the same for every label but for some holes of fixed width, filled for thousands of labels at once.

    ^FO20,16^GFA,957,957,11,▁▁▁▁▁▁ graphic ▁▁▁▁▁▁^FS^FD▁▁▁▁ code ▁▁▁▁^FS^XZ\n

A printer's language and a page of PDF are both of this form, because within a batch symbols and codes have one size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ..trace.codes.model import GROUP_CHARACTERS
from .affine_rows import Bytes

_SPACE = ord(" ")
_HEX = np.frombuffer(b"".join(b"%02X" % byte for byte in range(256)), dtype=np.uint16)


@dataclass(frozen=True, slots=True)
class Hole:
    """`length` bytes that differ; the same name may stand more than once, with one length."""

    name: str
    length: int


class Record:
    """A form with holes. `length` is that of the whole, in bytes."""

    def __init__(self, parts: Iterable[bytes | Hole]) -> None:
        filled = bytearray()
        self._places: list[tuple[str, slice]] = []
        for part in parts:
            if isinstance(part, Hole):
                self._places.append((part.name, slice(len(filled), len(filled) + part.length)))
                filled += b" " * part.length
            else:
                filled += part
        self._form = np.frombuffer(bytes(filled), dtype=np.uint8)
        self.length = len(filled)

    def filled(self, count: int, **contents: Bytes) -> Bytes:
        """(count, length): one row a label. Each of `contents` is (count, length of its hole)."""
        rows = np.empty((count, self.length), dtype=np.uint8)
        rows[...] = self._form
        for name, place in self._places:
            rows[:, place] = contents[name]
        return rows


def hex_digits(rows: Bytes) -> Bytes:
    """(n, k) bytes as (n, 2k) ASCII hexadecimal digits."""
    return _HEX[rows].view(np.uint8).reshape(len(rows), -1)


def grouped_length(code_length: int) -> int:
    return code_length + max(code_length - 1, 0) // GROUP_CHARACTERS


def grouped_codes(codes: Bytes) -> Bytes:
    """trace.codes.model.grouped for every row of (n, code_length)."""
    count, length = codes.shape
    out = np.full((count, grouped_length(length)), _SPACE, dtype=np.uint8)
    # Columns of the whole groups as one copy; a column of spaces stands after each.
    for start in range(0, length, GROUP_CHARACTERS):
        to = start + start // GROUP_CHARACTERS
        piece = codes[:, start : start + GROUP_CHARACTERS]
        out[:, to : to + piece.shape[1]] = piece
    return out


def in_blocks(codes: Iterable[Bytes], size: int) -> Iterator[Bytes]:
    """The same rows in arrays of exactly `size` rows, the last one possibly shorter, never empty."""
    kept: list[Bytes] = []
    waiting = 0
    for array in codes:
        start = 0
        while len(array) - start >= size - waiting:
            stop = start + size - waiting
            kept.append(array[start:stop])
            yield kept[0] if len(kept) == 1 else np.concatenate(kept)
            kept, waiting, start = [], 0, stop
        if start < len(array):
            kept.append(array[start:])
            waiting += len(array) - start
    if kept:
        yield np.concatenate(kept)
