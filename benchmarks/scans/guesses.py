"""Random guesses at a thousand million issued codes: how many are taken for issued, and how many must be expected.

A guess is a right prefix and 21 random digits. It is deciphered, as every scan is, and accepted if the block of its
serial has a package of that level and index. FF1 is a permutation, so the chance is issued / 10^21, whatever the key.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from suiyuan.trace.codes import ff1_vector
from suiyuan.trace.codes.ff1 import FF1
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import LAYOUTS, Level, Place, Scheme, pack

from ..figure import Figure, figure
from .figures import Interval
from .statistics import share

TRIES = 10_000_000
BLOCKS, UNITS = 10, 100_000_000
"""Batches under one prefix, and packs of each: together 10^9 codes."""

PREFIX = "12018123401"
LAYOUT = LAYOUTS[Scheme.PESTICIDE]
EU_ACCEPTED = TRIES / 10_000
"""Delegated Regulation (EU) 2016/161, Article 4 (c): the chance to guess a serial number is below 1 in 10,000."""

SEED = 20_261_125
CONTROLS = 1_000
"""Issued codes that must be accepted, or the measurement measures nothing."""

Numbers = NDArray[np.uint64]


def run() -> Iterator[Figure]:
    cipher = Keyring(bytes(range(32))).cipher(Scheme.PESTICIDE, PREFIX)
    _check(cipher)
    rng, accepted = np.random.default_rng(SEED), 0
    left_limit, right_limit = _limits(cipher)
    for start in range(0, TRIES, ff1_vector.TILE):
        count = min(ff1_vector.TILE, TRIES - start)
        left = rng.integers(0, left_limit, count, dtype=np.uint64)
        right = rng.integers(0, right_limit, count, dtype=np.uint64)
        accepted += int(_issued(*_decrypt(cipher, left, right)).sum())
    found = share(accepted, TRIES, TRIES)
    yield Interval(
        "guesses",
        accepted,
        f"accepted of {TRIES:,}",
        "of as many, EU limit",
        EU_ACCEPTED,
        accepted / EU_ACCEPTED,
        "at most 0",
        found.low,
        found.high,
    )
    # With FF1's domain as the only denominator this is exact; log1p and expm1 keep the digits that a power would lose.
    chance = BLOCKS * UNITS / 10**LAYOUT.enciphered_digits
    any_accepted = -math.expm1(TRIES * math.log1p(-chance)) * 1e6
    unit = f"in 10^6 that any of {TRIES:,} is accepted"
    yield figure("guesses-chance", any_accepted, unit, "in 10^6, certain", 1e6, "at most 1/10,000")


def _limits(cipher: FF1) -> tuple[int, int]:
    left_digits = cipher.length // 2
    return 10**left_digits, 10 ** (cipher.length - left_digits)


def _issued(left: Numbers, right: Numbers) -> NDArray[np.bool_]:
    """Whether a block has the place. The left half is serial and level, the right half the index: 10 and 11 digits."""
    serial, level = left // np.uint64(10), left % np.uint64(10)
    return (serial < BLOCKS) & (level == int(Level.UNIT)) & (right < UNITS)


def _decrypt(cipher: FF1, left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """ff1_vector's rounds backwards. A scan deciphers one code at a time, so the service itself has no use for it."""
    moduli = [ff1_vector._Modulus.of(cipher.length // 2), ff1_vector._Modulus.of(cipher.length - cipher.length // 2)]
    blocks = np.empty((len(left), 2), dtype=np.dtype(">u8"))
    for number in reversed(range(len(cipher._bases))):
        base, modulus = cipher._bases[number], moduli[number % 2]
        blocks[:, 0] = base // 2**64
        blocks[:, 1] = left ^ np.uint64(base % 2**64)
        ciph = cipher._borrow()
        stretched = np.frombuffer(ciph(blocks.tobytes()), dtype=np.dtype(">u8")).reshape(-1, 2)
        cipher._idle.append(ciph)
        less = right - modulus.add_stretched(np.zeros(len(left), dtype=np.uint64), stretched)
        left, right = np.minimum(less, less + modulus.whole), left
    return left, right


def _check(cipher: FF1) -> None:
    """Deciphering undoes what issuing does, and every issued code is accepted."""
    left_limit, right_limit = _limits(cipher)
    for serial in range(BLOCKS):
        first = pack(LAYOUT, Place(serial, Level.UNIT, UNITS - CONTROLS))
        digits = np.empty((CONTROLS, cipher.length), dtype=np.uint8)
        ff1_vector.encrypt_range(cipher, first, digits)
        images = [int(bytes(row)) for row in digits]
        left = np.array([image // right_limit for image in images], dtype=np.uint64)
        right = np.array([image % right_limit for image in images], dtype=np.uint64)
        heads, tails = _decrypt(cipher, left, right)
        assert bool(_issued(heads, tails).all())
        assert int(heads[0]) * right_limit + int(tails[0]) == cipher.decrypt_int(images[0]) == first
    assert left_limit == 10 ** (LAYOUT.serial_digits + 1) and right_limit == LAYOUT.index_limit
