"""QR matrices a second on one core: symbol tables against libqrencode and against `qrcode`, all from the same codes."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
from collections.abc import Callable, Iterator

import qrcode

from suiyuan.labels.affine import Bytes, SymbolTable
from suiyuan.trace.codes.issue import issue
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level, Scheme

from .figure import Figure, figure, interleaved
from .world import MASTER_KEY

ADDRESS = "https://s.example.cn/c/"
"""23 characters, which with 32 digits make a symbol of version 3 at level M: 29 modules."""

PREFIX = "11722252001"
CODES = 65_536
SCORED_CODES = 8_192
QRENCODE_CODES = 2_000
QRCODE_CODES = 100
ROUNDS = 5

MISSING = "libqrencode is not installed, so `symbols` has no reference: apt-get install libqrencode4"

_LEVEL_M, _MODE_8 = 1, 2


def run() -> Iterator[Figure]:
    """Fixed mask, against libqrencode. Says how to get the library, and gives no figure, where it is missing."""
    library = _libqrencode()
    if library is None:
        print(MISSING, file=sys.stderr)
        return
    codes = _codes(CODES)
    table = SymbolTable.build(ADDRESS, codes.shape[1])
    payloads = [payload.encode() for payload in _payloads(table, codes[:QRENCODE_CODES])]

    def encode_all() -> None:
        for payload in payloads:
            library.QRcode_free(library.QRcode_encodeString(payload, 0, _LEVEL_M, _MODE_8, 1))

    ours, theirs = _per_second(lambda: table.symbols(codes), CODES, encode_all, QRENCODE_CODES)
    yield figure("symbols", ours, "matrices/s, fixed mask", "matrices/s, libqrencode", theirs, "at least 150")


def run_penalty() -> Iterator[Figure]:
    """The mask of least penalty for every symbol, on both sides."""
    codes = _codes(SCORED_CODES)
    table = SymbolTable.build(ADDRESS, codes.shape[1])
    ours, theirs = _per_second(
        lambda: table.symbols_least_penalty(codes), SCORED_CODES, _qrcode(table, codes), QRCODE_CODES
    )
    yield figure("symbols-penalty", ours, "matrices/s, best mask", _QRCODE, theirs, "at least 200")


def run_qrcode() -> Iterator[Figure]:
    """Fixed mask, chosen once for the batch, against `qrcode`, which chooses for every symbol."""
    codes = _codes(CODES)
    table = SymbolTable.build(ADDRESS, codes.shape[1])
    ours, theirs = _per_second(lambda: table.symbols(codes), CODES, _qrcode(table, codes), QRCODE_CODES)
    yield figure("symbols-qrcode", ours, "matrices/s, fixed mask", _QRCODE, theirs, "at least 3,000")


_QRCODE = "matrices/s, qrcode with automatic mask"


def _codes(count: int) -> Bytes:
    keyring = Keyring(bytes.fromhex(MASTER_KEY))
    return next(issue(keyring, Scheme.PESTICIDE, PREFIX, 1, Level.UNIT, 0, count, chunk=count))


def _payloads(table: SymbolTable, codes: Bytes) -> list[str]:
    return [table.payload(code.tobytes().decode()) for code in codes]


def _qrcode(table: SymbolTable, codes: Bytes) -> Callable[[], None]:
    payloads = _payloads(table, codes[:QRCODE_CODES])

    def encode_all() -> None:
        for payload in payloads:
            symbol = qrcode.QRCode(border=0)
            symbol.add_data(payload)
            symbol.make()

    return encode_all


def _per_second(
    ours: Callable[[], object], our_count: int, theirs: Callable[[], object], their_count: int
) -> tuple[float, float]:
    ours()  # once before, so that tables and buffers are in memory
    our_seconds, their_seconds = interleaved((ours, theirs), rounds=ROUNDS, repeats=1)
    return our_count / our_seconds, their_count / their_seconds


def _libqrencode() -> ctypes.CDLL | None:
    name = ctypes.util.find_library("qrencode")
    if name is None:
        return None
    library = ctypes.CDLL(name)
    library.QRcode_encodeString.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int]
    library.QRcode_encodeString.restype = ctypes.c_void_p
    library.QRcode_free.argtypes = [ctypes.c_void_p]
    library.QRcode_free.restype = None
    return library
