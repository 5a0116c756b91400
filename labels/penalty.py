"""The penalty score of many QR symbols at once, as the `qrcode` package counts it.

Source: ISO/IEC 18004, 7.8.3.1 (N1 = 3, N2 = 3, N3 = 40, N4 = 10). Where the standard leaves room, `qrcode` 8.2 is
followed, so that the same mask wins: the four light modules of the third rule must lie inside the symbol (the quiet
zone does not count), and a finder-like pattern with four on either side counts twice.

A row is one machine word, leftmost module in the highest bit, so `word << k` brings the module k columns further right
to where a module stands; rows further down are reached by slicing. Every rule becomes a few bit operations on the
words of all symbols together, and a population count:

    words (size, n)     [row][symbol]     size ≤ 32: uint32, size ≤ 64: uint64
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.unsignedinteger]
Counts: TypeAlias = NDArray[np.uint32]

MAX_SIZE = 64
"""Modules a side that fit a word: version 11, at level M 251 bytes."""

_FINDER_LIKE = 11
"""Modules of 1:1:3:1:1 with four light ones before or after."""


def as_words(packed: NDArray[np.uint8]) -> Words:
    """Rows packed to bytes (n, size, row_bytes), as numpy.packbits does, to words (size, n)."""
    count, size, row_bytes = packed.shape
    if size > MAX_SIZE:
        raise ValueError(f"{size} modules do not fit a word of {MAX_SIZE} bits")
    word = np.dtype(np.uint32 if row_bytes <= 4 else np.uint64)
    padded = np.zeros((count, size, word.itemsize), dtype=np.uint8)
    padded[:, :, :row_bytes] = packed
    return np.ascontiguousarray(padded.view(word.newbyteorder(">"))[:, :, 0].T, dtype=word)


def penalties(words: Words) -> Counts:
    """The score of each of the n symbols, quiet zone left out: equal to `qrcode.util.lost_point`."""
    size = len(words)
    bits = words.dtype.itemsize * 8

    def columns(fewer: int) -> np.unsignedinteger:
        """All columns but the last `fewer`, as a mask."""
        return words.dtype.type(((1 << (size - fewer)) - 1) << (bits - size + fewer))

    one, two, three, four, seven = (words.dtype.type(number) for number in (1, 2, 3, 4, 7))

    # Equal to the module on the right; to the one below.
    beside = ~(words ^ (words << one)) & columns(1)
    below = ~(words[:-1] ^ words[1:]) & columns(0)

    blocks = _count(beside[:-1] & below & (below << one))

    # A bit here is five modules alike; a run of L has L - 4 of them, and one that no other precedes.
    pairs = beside & (beside << one)
    fives = pairs & (pairs << two)
    runs = _count(fives) + 2 * _count(fives & ~(fives >> one))
    pairs = below[:-1] & below[1:]
    fives = pairs[:-2] & pairs[2:]
    runs += _count(fives) + 2 * (_count(fives[:1]) + _count(fives[1:] & ~fives[:-1]))

    # 101, then 1011101 from two of those; 0000 from two of 00. Starting dark or light, no two start at one module.
    dark_light_dark = words & (~words << one) & (words << two)
    cores = dark_light_dark & (words << three) & (dark_light_dark << four)
    some_dark = words | (words << one)
    light = ~(some_dark | (some_dark << two)) & columns(3)
    finders = _count((cores & (light << seven)) | (light & (cores << four)))
    dark_light_dark = words[:-2] & ~words[1:-1] & words[2:]
    cores = dark_light_dark[:-4] & words[3:-3] & dark_light_dark[4:]
    some_dark = words[:-1] | words[1:]
    light = ~(some_dark[:-2] | some_dark[2:]) & columns(0)
    starts = size - _FINDER_LIKE + 1
    finders += _count((cores[:starts] & light[7:]) | (light[:starts] & cores[4:]))

    return runs + 3 * blocks + 40 * finders + _balance(size)[_count(words)]


def _count(words: Words) -> Counts:
    """Bits set in each column of words: (rows, n) to (n,)."""
    return np.bitwise_count(words).sum(axis=0, dtype=np.uint32)


@cache
def _balance(size: int) -> Counts:
    """The fourth rule by the number of dark modules, in `qrcode`'s own floating-point steps."""
    modules = size**2
    return np.array([int(abs(dark / modules * 100 - 50) / 5) * 10 for dark in range(modules + 1)], dtype=np.uint32)
