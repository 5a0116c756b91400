"""Whence the symbols of a print job come: tables where only digits differ, else `qrcode` one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..trace.kernel.errors import InvalidInput
from .affine import SymbolTable
from .affine_rows import Bytes, encoded, packed
from .datamatrix import datamatrix_modules
from .symbol import ErrorCorrection

_BLOCK = 2_048
_BLOCK_SINGLE = 64
"""A few hundred milliseconds of `qrcode`."""


class Symbols(Protocol):
    """Symbols of whole codes, all of one size. `block` is how many may be asked for at once without a long silence."""

    @property
    def size(self) -> int: ...
    @property
    def code_length(self) -> int: ...
    @property
    def block(self) -> int: ...
    @property
    def error_correction(self) -> ErrorCorrection: ...
    @property
    def parts(self) -> tuple[str, ...] | None:
        """What stands around the code in a payload, where nothing else differs between labels."""

    def symbols(self, codes: Bytes) -> Bytes:
        """(n, code_length) ASCII to (n, size, ⌈size / 8⌉): 1 is dark, leftmost module in the highest bit."""
        ...

    def payloads(self, codes: Bytes) -> list[str]:
        """What each symbol says."""
        ...


@dataclass(frozen=True)
class TableSymbols:
    """The fast form. `prefix` are the digits that all codes begin with, which the table holds among its texts."""

    table: SymbolTable
    prefix: str = ""

    @property
    def size(self) -> int:
        return self.table.size

    @property
    def code_length(self) -> int:
        return len(self.prefix) + self.table.digits

    @property
    def block(self) -> int:
        return _BLOCK if self.table.is_affine else _BLOCK_SINGLE

    @property
    def error_correction(self) -> ErrorCorrection:
        return self.table.error_correction

    @property
    def parts(self) -> tuple[str, ...] | None:
        # Every text but the last is followed by a code, and so ends with the codes' prefix.
        *before, last = self.table.texts
        return (*(text.removesuffix(self.prefix) for text in before), last)

    def symbols(self, codes: Bytes) -> Bytes:
        if codes.shape[1] != self.code_length:
            raise ValueError(f"codes of {codes.shape[1]} digits where {self.code_length} were announced")
        return self.table.symbols(codes[:, len(self.prefix) :])

    def payloads(self, codes: Bytes) -> list[str]:
        return [code.join(self.parts or ()) for code in decoded(codes)]


@dataclass(frozen=True)
class SingleSymbols:
    """Any payload in any square symbol, some hundreds a second: signed labels, codes with letters, Data Matrix.

    Made by `for_payloads`: the symbol of `sample`, one of the codes, fixes the size.
    """

    text_of: Callable[[str], str]
    modules_of: Callable[[str], Bytes]
    sample: str
    size: int
    error_correction: ErrorCorrection = "M"
    parts: tuple[str, ...] | None = None

    @classmethod
    def for_payloads(
        cls,
        text_of: Callable[[str], str],
        sample: str,
        error_correction: ErrorCorrection = "M",
        *,
        is_datamatrix: bool = False,
    ) -> SingleSymbols:
        """Raises InvalidInput `label.too_long`, and what `text_of` raises."""

        def qr(text: str) -> Bytes:
            return packed(encoded(text.encode(), error_correction, None))

        modules_of = _datamatrix if is_datamatrix else qr
        return cls(text_of, modules_of, sample, len(modules_of(text_of(sample))), error_correction)

    @property
    def code_length(self) -> int:
        return len(self.sample)

    @property
    def block(self) -> int:
        return _BLOCK_SINGLE

    def symbols(self, codes: Bytes) -> Bytes:
        """Raises InvalidInput `label.size_varies` where a payload takes a symbol of another size than the sample's."""
        out = np.empty((len(codes), self.size, -(-self.size // 8)), dtype=np.uint8)
        for row, text in enumerate(self.payloads(codes)):
            symbol = self.modules_of(text)
            if len(symbol) != self.size:
                raise InvalidInput("label.size_varies", field="codes", modules=len(symbol), expected=self.size)
            out[row] = symbol
        return out

    def payloads(self, codes: Bytes) -> list[str]:
        if codes.shape[1] != self.code_length:
            raise ValueError(f"codes of {codes.shape[1]} characters where {self.code_length} were announced")
        return [self.text_of(code) for code in decoded(codes)]


def _datamatrix(text: str) -> Bytes:
    rows = np.frombuffer(b"".join(datamatrix_modules(text).rows), dtype=np.uint8)
    return np.packbits(rows.reshape(-1, round(len(rows) ** 0.5)), axis=1)


def decoded(codes: Bytes) -> list[str]:
    """(n, code_length) ASCII as texts."""
    length = codes.shape[1]
    text = np.ascontiguousarray(codes).tobytes().decode("ascii")
    return [text[start : start + length] for start in range(0, len(text), length)]


def as_codes(codes: Sequence[str]) -> Bytes:
    """Codes of one length, such as imported ones, as writers take them: (n, code_length) ASCII.

    Raises ValueError for different lengths and for other than ASCII.
    """
    joined = "".join(codes).encode("ascii")
    if len({len(code) for code in codes}) > 1:
        raise ValueError("codes of different lengths")
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(codes), -1)
