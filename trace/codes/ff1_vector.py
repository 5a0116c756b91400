"""FF1 over a block of consecutive numbers, as decimal digits: the same permutation as ff1.py, some fifty times faster.

Ten Feistel rounds, each one AES call for the whole block and a handful of passes over `uint64` arrays. It covers the
decimal case in which the halves have 9 to 13 digits and a round is one AES block, which is every code of this
service; any other cipher is run one number at a time.

A round adds `y`, the first 96 of the 128 bits AES returns, to a half and reduces by 10^k. No integer of NumPy holds
96 bits, but 10^k is 2^k · 5^k, so only `y >> k` has to be reduced, by 5^k < 2^31, and its parts then fit 64 bits:

    y       hi:32 │ mid:32 │ low:32          z = mid ‖ low, one uint64
    t       hi · (2^(64-k) mod 5^k)  +  (z >> k)           ≡ y >> k  (mod 5^k), below 2^64 for k ≤ 13
    y mod 10^k  =  hi · (2^(64-k) mod 5^k) · 2^k  +  z  -  (t div 5^k) · 10^k

The last line is true of the integers and its value lies in [0, 10^k), so it may be computed modulo 2^64, as uint64 is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .ff1 import BLOCK_BYTES, FF1

Numbers = NDArray[np.uint64]
Digits = NDArray[np.uint8]
"""ASCII: 48 to 57."""

TILE = 16_384
"""Numbers worked on at once. The arrays of a round then stay near a core's cache; with fewer, the half microsecond that
each of the 200 NumPy calls costs by itself begins to show."""

ASCII_ZERO = 48

_DECIMAL = 10
_MIN_DIGITS, _MAX_DIGITS = 9, 13
_STRETCH_BITS = 96
_WORD = 2**64

_GROUP = 4
"""Digits written at once: the table of their texts is 40 KB and stays in cache."""

_GROUP_TEXTS = np.frombuffer("".join(f"{value:04d}" for value in range(10**_GROUP)).encode("ascii"), dtype=np.uint32)

_BIG_ENDIAN = np.dtype(">u8")


def encrypt_range(cipher: FF1, first: int, out: Digits) -> None:
    """Writes the images of `first`, `first + 1`, … as decimal digits, one a row.

    `out` has shape (n, cipher.length) and may be a view into wider rows. Raises ValueError for a cipher that is not
    decimal, a wrong width, and numbers outside `[0, 10**length)`: programming errors.
    """
    if cipher.radix != _DECIMAL or out.shape[1] != cipher.length:
        raise ValueError(f"{out.shape[1]} columns for {cipher.length} digits of radix {cipher.radix}")
    if not 0 <= first <= first + len(out) <= _DECIMAL**cipher.length:
        raise ValueError(f"numbers outside [0, 10**{cipher.length})")
    if not is_vectorised(cipher):
        _encrypt_one_by_one(cipher, first, out)
        return
    left_digits, right_digits = cipher.length // 2, cipher.length - cipher.length // 2
    for start in range(0, len(out), TILE):
        rows = out[start : start + TILE]
        left, right = _halves(first + start, len(rows), right_digits)
        left, right = _encrypt(cipher, left, right)
        _write(left, rows[:, :left_digits])
        _write(right, rows[:, left_digits:])


def is_vectorised(cipher: FF1) -> bool:
    """Whether `cipher` is of the form the arithmetic above holds for."""
    return (
        cipher.radix == _DECIMAL
        and cipher._is_single_block
        and cipher._unused_bits == 8 * BLOCK_BYTES - _STRETCH_BITS
        and cipher.length // 2 >= _MIN_DIGITS
        and cipher.length - cipher.length // 2 <= _MAX_DIGITS
    )


@dataclass(frozen=True, slots=True)
class _Modulus:
    """Reduction by 10^k, with its constants as the `uint64` scalars that keep NumPy from widening to floats."""

    shift: np.uint64
    odd_part: np.uint64
    whole: np.uint64
    high_factor: np.uint64
    high_factor_shifted: np.uint64

    @classmethod
    def of(cls, digits: int) -> _Modulus:
        odd_part = 5**digits
        high_factor = 2 ** (64 - digits) % odd_part
        return cls(
            shift=np.uint64(digits),
            odd_part=np.uint64(odd_part),
            whole=np.uint64(10**digits),
            high_factor=np.uint64(high_factor),
            high_factor_shifted=np.uint64((high_factor << digits) % _WORD),
        )

    def add_stretched(self, half: Numbers, aes: NDArray[Any]) -> Numbers:
        """`(half + y) mod 10^k`; `aes` (n, 2) holds each block as two big-endian words."""
        top = aes[:, 0].astype(np.uint64)
        z = aes[:, 1].astype(np.uint64)
        z >>= _32
        z |= top << _32
        top >>= _32
        quotient = top * self.high_factor
        quotient += z >> self.shift
        quotient //= self.odd_part
        quotient *= self.whole
        top *= self.high_factor_shifted
        top += z
        top -= quotient
        top += half
        # Both terms are below 10^k. Where the sum is too, taking 10^k off wraps to a huge number and loses.
        return np.minimum(top, top - self.whole, out=top)


_32 = np.uint64(32)


def _encrypt(cipher: FF1, left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """FF1.encrypt_int on halves (n,) each. Reads the bases that FF1 worked out, so the two forms cannot drift apart."""
    even, odd = _Modulus.of(cipher.length // 2), _Modulus.of(cipher.length - cipher.length // 2)
    blocks = np.empty((len(left), 2), dtype=_BIG_ENDIAN)
    for number, base in enumerate(cipher._bases):
        blocks[:, 0] = base // _WORD
        # The half fills the low bytes, where the base is zero; XOR is therefore what "‖" means in the standard.
        blocks[:, 1] = right ^ np.uint64(base % _WORD)
        every_block = cast(bytes, blocks.view(np.uint8).ravel())  # AES takes any buffer, and copies none
        ciph = cipher._borrow()
        stretched = ciph(every_block)
        cipher._idle.append(ciph)
        modulus = odd if number % 2 else even
        left, right = right, modulus.add_stretched(left, np.frombuffer(stretched, dtype=_BIG_ENDIAN).reshape(-1, 2))
    return left, right


def _halves(first: int, count: int, right_digits: int) -> tuple[Numbers, Numbers]:
    """`first` … `first + count - 1`, split as FF1 splits them; the right half may run over into the left."""
    head, tail = divmod(first, _DECIMAL**right_digits)
    right = np.arange(tail, tail + count, dtype=np.uint64)
    carry = right // np.uint64(_DECIMAL**right_digits)
    right -= carry * np.uint64(_DECIMAL**right_digits)
    carry += np.uint64(head)
    return carry, right


def _write(values: Numbers, columns: Digits) -> None:
    """`values` as decimal digits, padded with zeros to the width of `columns`."""
    stop = columns.shape[1]
    while stop >= _GROUP:
        values, group = _split(values, 10**_GROUP)
        columns[:, stop - _GROUP : stop].view(np.uint32)[:, 0] = _GROUP_TEXTS[group]
        stop -= _GROUP
    while stop:
        values, digit = _split(values, _DECIMAL)
        digit += np.uint64(ASCII_ZERO)
        columns[:, stop - 1] = digit
        stop -= 1


def _split(values: Numbers, divisor: int) -> tuple[Numbers, Numbers]:
    """Quotient and remainder. NumPy divides by a constant with multiplications, but has no such remainder."""
    quotient = values // np.uint64(divisor)
    return quotient, values - quotient * np.uint64(divisor)


def _encrypt_one_by_one(cipher: FF1, first: int, out: Digits) -> None:
    for row, value in enumerate(range(first, first + len(out))):
        image = f"{cipher.encrypt_int(value):0{cipher.length}d}"
        out[row] = np.frombuffer(image.encode("ascii"), dtype=np.uint8)
