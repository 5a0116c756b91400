"""The rows of a SymbolTable: which digits of a payload go together, and what each number they form turns over.

    payload   https://…/c/ 117 222 522 472 507 434 080 109 749 539 71        byte segment │ numeric segment
    groups                 └10┘└10┘                                └7┘       bits: 10 for three digits, 7, 4

All symbols come from `qrcode` itself. The base payload has the number 1 in every group, not 0: `qrcode` 8.2 fails on a
data block of nothing but zeros (its issue 330), and differences may start anywhere. From tables such a symbol is right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import qrcode
from numpy.typing import NDArray
from qrcode import util
from qrcode.exceptions import DataOverflowError

from ..trace.kernel.errors import InvalidInput
from .symbol import MAX_CHARACTERS, ErrorCorrection

Bytes: TypeAlias = NDArray[np.uint8]
Rows: TypeAlias = NDArray[np.uint64]

MASKS = 8

SAMPLE_CODES = 32
"""Symbols that choose the mask of a batch. Enciphered digits are uniform, so any sample stands for all."""

_GROUP_DIGITS = 3
_GROUP_BITS = {1: 4, 2: 7, 3: 10}
_BASE_NUMBER = 1

_SHORTEST_SEGMENT = 20
"""Digits from which `qrcode` makes a numeric segment: the default of `QRCode.add_data`."""


@dataclass(frozen=True, slots=True)
class Group:
    """Columns `[start, stop)` of the code in one group of the numeric mode: its number is fixed + weight · columns.

    `fixed` comes from digits of the texts around the code that fall into the same group, `weight` is above 1 where such
    digits follow. `length` counts all its digits.
    """

    start: int
    stop: int
    length: int
    fixed: int
    weight: int

    @property
    def rows(self) -> int:
        return 10 ** (self.stop - self.start)


Groups: TypeAlias = Mapping[Group, Sequence[int]]
"""Each with the bytes of the payload where it begins: more than one where the code stands twice and is cut alike."""


def group_payload(texts: Sequence[str], digits: int) -> tuple[bytes, Groups]:
    """The base payload of `digits` digits between `texts`, and its groups.

    No groups when a place of the code is not in a numeric segment, or when two places share a group.
    """
    payload, places = texts[0].encode(), list[int]()
    for text in texts[1:]:
        places.append(len(payload))
        payload += b"1" * digits + text.encode()
    groups: dict[Group, list[int]] = {}
    for place in places:
        segment = _numeric_segment(payload, place, place + digits)
        if segment is None:
            return payload, {}
        first, last = segment
        for at in range(place - (place - first) % _GROUP_DIGITS, place + digits, _GROUP_DIGITS):
            end = min(at + _GROUP_DIGITS, last)
            start, stop = max(at, place), min(end, place + digits)
            weight = 10 ** (end - stop)
            fixed = int(payload[at:end]) - weight * int(payload[start:stop])
            group = Group(start - place, stop - place, end - at, fixed, weight)
            groups.setdefault(group, []).append(at)
    taken = [at for begins in groups.values() for at in begins]
    if len(taken) != len(set(taken)):
        return payload, {}
    for group, begins in groups.items():
        payload = _with_number(payload, group, begins, _BASE_NUMBER)
    return payload, groups


def group_rows(base: bytes, groups: Groups, level: ErrorCorrection) -> Rows:
    """(rows of all groups, words): what each number a group's columns can form turns over in the base's symbol."""
    zero = as_row(packed(encoded(base, level, 0)))
    tables: list[Rows] = [np.empty((0, len(zero)), dtype=np.uint64)]
    for group, begins in groups.items():
        changed_bits = (group.fixed + group.weight * np.arange(group.rows)) ^ _BASE_NUMBER
        rows = np.zeros((group.rows, len(zero)), dtype=np.uint64)
        for bit in range(_GROUP_BITS[group.length]):
            payload = _with_number(base, group, begins, _BASE_NUMBER ^ (1 << bit))
            rows[(changed_bits >> bit) % 2 == 1] ^= zero ^ as_row(packed(encoded(payload, level, 0)))
        tables.append(rows)
    return np.concatenate(tables)


def base_rows(symbol: qrcode.QRCode, *, test: bool) -> Rows:
    """(8, words): the symbol under each mask; with `test` as `qrcode` scores it, format and version still light."""
    rows: list[Rows] = []
    for mask in range(MASKS):
        symbol.makeImpl(test, mask)
        rows.append(as_row(packed(symbol)))
    return np.array(rows)


def encoded(payload: bytes, level: ErrorCorrection, mask: int | None) -> qrcode.QRCode:
    """The smallest symbol of `payload`; mask None leaves the choice to `qrcode`.

    Raises InvalidInput `label.too_long`.
    """
    if len(payload) > MAX_CHARACTERS:
        raise InvalidInput("label.too_long", field="text", characters=len(payload.decode()))
    symbol = qrcode.QRCode(error_correction=getattr(qrcode, f"ERROR_CORRECT_{level}"), border=0, mask_pattern=mask)
    symbol.add_data(payload, optimize=_SHORTEST_SEGMENT)
    try:
        symbol.make()
    except (DataOverflowError, ValueError) as error:
        # Past version 40 the encoder says either, depending on the path it took.
        raise InvalidInput("label.too_long", field="text", characters=len(payload.decode())) from error
    return symbol


def scores(payload: bytes, level: ErrorCorrection) -> list[int]:
    """The eight penalties by which `qrcode` chooses the mask of `payload`, by its own slow count."""
    symbol = encoded(payload, level, 0)
    found: list[int] = []
    for mask in range(MASKS):
        symbol.makeImpl(True, mask)
        found.append(util.lost_point(symbol.modules))
    return found


def sample_codes(digits: int) -> Bytes:
    """Codes to choose a mask by: digits without a pattern, the same in every run."""
    noise = np.frombuffer(hashlib.shake_128(b"suiyuan labels sample").digest(SAMPLE_CODES * digits), dtype=np.uint8)
    return (noise % 10 + ord("0")).astype(np.uint8).reshape(SAMPLE_CODES, digits)


def packed(symbol: qrcode.QRCode) -> Bytes:
    """(size, row_bytes): 1 is dark, leftmost in the highest bit."""
    return np.packbits(np.array(symbol.modules, dtype=bool), axis=1)


def as_row(modules: Bytes) -> Rows:
    """Packed modules as one row (words,) of whole 8 bytes."""
    flat = modules.reshape(-1)
    return np.concatenate((flat, np.zeros(-len(flat) % 8, dtype=np.uint8))).view(np.uint64)


def _numeric_segment(payload: bytes, start: int, stop: int) -> tuple[int, int] | None:
    """Where the numeric segment around bytes `[start, stop)` begins and ends, as `qrcode` cuts the payload."""
    at = 0
    for segment in util.optimal_data_chunks(payload, minimum=_SHORTEST_SEGMENT):
        if segment.mode == util.MODE_NUMBER and at <= start and stop <= at + len(segment):
            return at, at + len(segment)
        at += len(segment)
    return None


def _with_number(payload: bytes, group: Group, begins: Sequence[int], number: int) -> bytes:
    for at in begins:
        payload = payload[:at] + b"%0*d" % (group.length, number) + payload[at + group.length :]
    return payload
