"""QR symbols by the million, bit for bit those of the `qrcode` package.

Within a batch only the digits of the code vary. With version, level, mask and segmentation fixed, every step from the
payload's bits to the modules (padding, Reed-Solomon over GF(2^8), placing, masking) is affine over GF(2):

    modules(payload)  =  modules(base)  XOR  rows[group 0]  XOR  rows[group 1]  XOR …

QR's numeric mode writes three digits as ten bits, so there is a table of 1,000 rows for each three digits of the code.
The rows are XORs of basis symbols that `qrcode` itself encodes, one for each payload bit: no code of our own knows how
a QR symbol is made. The mask and the format information enter the base alone, so the tables serve all eight masks.

    rows     10^k rows for the k digits of group 0 │ the same for group 1 │ …                  1.3 MB for 32 digits
    row      size · row_bytes of packed modules, leftmost in the highest bit │ zeros to whole words of 8 bytes

Where the code does not lie in numeric segments, each symbol is encoded by `qrcode` on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..trace.codes.model import LAYOUTS, Scheme, label_text
from ..trace.codes.schemes import VET_DRUG_DIGITS
from . import affine_rows, penalty
from .affine_rows import MASKS, Bytes, Group, Rows
from .symbol import ErrorCorrection, Modules

_TILE = 2_048
"""Symbols whose rows are gathered at once: 240 KB of output, which stays in cache until the last group is in."""

_PENALTY_TILE = 256
"""Symbols scored at once, each under eight masks."""

_ZERO = ord("0")
_MARK = "\ufdd0"
"""Stands for the code while a label's text is taken apart. A Unicode noncharacter: no name contains it."""


@dataclass(frozen=True, eq=False)
class SymbolTable:
    """The symbols of one payload form: made by `build` or `for_labels`, never changed, safe to share between threads.

    The payload is `texts` joined by the code of `digits` digits. Symbols are `size` modules wide, a row takes
    `row_bytes`. `mask`, 0 to 7, is the one `symbols` uses. Without `is_affine` each symbol is a run of `qrcode`.
    """

    texts: tuple[str, ...]
    digits: int
    error_correction: ErrorCorrection
    mask: int
    size: int
    _groups: tuple[Group, ...]
    _rows: Rows
    """(rows of all groups, words)."""
    _bases: Rows
    """(8, words): the base under each mask."""
    _scored_bases: Rows
    """The same as `qrcode` scores them: with the format and version information still light."""

    def __post_init__(self) -> None:
        if self.mask not in range(MASKS):
            raise ValueError(f"mask {self.mask} is outside 0..{MASKS - 1}")

    @classmethod
    def build(
        cls,
        texts: str | Sequence[str],
        digits: int,
        error_correction: ErrorCorrection = "M",
        mask: int | None = None,
    ) -> SymbolTable:
        """Tables for payloads of `digits` digits between `texts`; about 75 ms for an address and 32 digits.

        `texts`: what stands before, between and after each place of the code, so one more than places; a plain text
        stands before the only one. Digits that never change belong there too: they make the table smaller and faster.
        `mask` None chooses the one of least penalty over a sample.

        Raises InvalidInput `label.too_long`; ValueError for no place, no digits, and masks outside 0..7.
        """
        around = (texts, "") if isinstance(texts, str) else tuple(texts)
        if len(around) < 2 or digits < 1:
            raise ValueError(f"{len(around)} texts around {digits} digits")
        base, groups = affine_rows.group_payload(around, digits)
        symbol = affine_rows.encoded(base, error_correction, 0)
        table = cls(
            texts=around,
            digits=digits,
            error_correction=error_correction,
            mask=mask or 0,
            size=len(symbol.modules),
            _groups=tuple(groups),
            _rows=affine_rows.group_rows(base, groups, error_correction),
            _bases=affine_rows.base_rows(symbol, test=False),
            _scored_bases=affine_rows.base_rows(symbol, test=True),
        )
        return table if mask is not None else table.with_mask(table.best_mask_for(affine_rows.sample_codes(digits)))

    @classmethod
    def for_labels(
        cls,
        scheme: Scheme,
        base_url: str,
        code_prefix: str = "",
        *,
        variety_name: str = "",
        operator_name: str = "",
        error_correction: ErrorCorrection = "M",
        mask: int | None = None,
    ) -> SymbolTable:
        """Tables for what trace.codes.model.label_text writes on the labels of a batch.

        The columns of `symbols` are then the digits after `code_prefix`, which of GS1 codes is the GTIN. Raises as
        `build` and `label_text` do.
        """
        length = LAYOUTS[scheme].code_length if scheme in LAYOUTS else VET_DRUG_DIGITS
        text = label_text(scheme, code_prefix + _MARK, base_url, variety_name=variety_name, operator_name=operator_name)
        return cls.build(text.split(_MARK), length - len(code_prefix), error_correction, mask)

    @property
    def is_affine(self) -> bool:
        return bool(self._groups)

    @property
    def row_bytes(self) -> int:
        return -(-self.size // 8)

    def with_mask(self, mask: int) -> SymbolTable:
        """The same table for another mask, at next to no cost. Raises ValueError outside 0..7."""
        return replace(self, mask=mask)

    def payload(self, code: str) -> str:
        """What the symbol of `code` says."""
        return code.join(self.texts)

    def modules(self, code: str) -> Modules:
        """One symbol in the form of labels.symbol. Raises ValueError unless `code` is `digits` digits."""
        (symbol,) = self.symbols(np.frombuffer(code.encode(), dtype=np.uint8).reshape(1, -1))
        rows = np.unpackbits(symbol, axis=1, count=self.size)
        return Modules(size=self.size, rows=tuple(row.tobytes() for row in rows))

    def symbols(self, codes: Bytes) -> Bytes:
        """The symbols of `codes` (n, digits), ASCII as trace.codes.issue yields them, under the table's mask.

        Gives (n, size, row_bytes): 1 is dark, the leftmost module the highest bit, spare low bits are 0. Memory is
        about size · row_bytes a symbol. Raises ValueError for a wrong shape and for anything but digits.
        """
        codes = self._checked(codes)
        if not self.is_affine:
            return self._encoded_one_by_one(codes, self.mask)
        return self._shaped(self._gathered(codes))

    def symbols_least_penalty(self, codes: Bytes) -> Bytes:
        """As `symbols`, each under the mask that `qrcode` would choose for it."""
        codes = self._checked(codes)
        if not self.is_affine:
            return self._encoded_one_by_one(codes, None)
        masks = self.penalties(codes).argmin(axis=1)
        changes = self._bases ^ self._bases[self.mask]
        return self._shaped(self._gathered(codes) ^ changes[masks])

    def penalties(self, codes: Bytes) -> NDArray[np.uint32]:
        """(n, 8): the penalty of each code's symbol under each mask, as `qrcode` scores it."""
        codes = self._checked(codes)
        found = np.empty((len(codes), MASKS), dtype=np.uint32)
        if not self.is_affine or self.size > penalty.MAX_SIZE:
            for row, code in enumerate(codes):
                found[row] = affine_rows.scores(self._payload_bytes(code), self.error_correction)
            return found
        changes = penalty.as_words(self._shaped(self._scored_bases ^ self._bases[self.mask]))
        for start in range(0, len(codes), _PENALTY_TILE):
            words = penalty.as_words(self._shaped(self._gathered(codes[start : start + _PENALTY_TILE])))
            under_all = words[:, :, np.newaxis] ^ changes[:, np.newaxis, :]
            totals = penalty.penalties(under_all.reshape(self.size, -1))
            found[start : start + _PENALTY_TILE] = totals.reshape(-1, MASKS)
        return found

    def best_mask_for(self, codes: Bytes) -> int:
        """The mask of least penalty summed over `codes` (n, digits), a sample of a batch."""
        return int(self.penalties(codes).sum(axis=0).argmin())

    def _checked(self, codes: Bytes) -> Bytes:
        if codes.ndim != 2 or codes.shape[1] != self.digits or codes.dtype != np.uint8:
            raise ValueError(f"an array {codes.shape} of {codes.dtype} for codes of {self.digits} digits")
        if codes.size and (codes.min() < _ZERO or codes.max() > _ZERO + 9):
            raise ValueError("a code holds something else than digits")
        return codes

    def _shaped(self, rows: Rows) -> Bytes:
        """Rows (n, words) as packed modules, without a copy."""
        meant = rows.view(np.uint8)[:, : self.size * self.row_bytes]
        return meant.reshape(len(rows), self.size, self.row_bytes)

    def _encoded_one_by_one(self, codes: Bytes, mask: int | None) -> Bytes:
        out = np.empty((len(codes), self.size, self.row_bytes), dtype=np.uint8)
        for row, code in enumerate(codes):
            out[row] = affine_rows.packed(affine_rows.encoded(self._payload_bytes(code), self.error_correction, mask))
        return out

    def _payload_bytes(self, code: Bytes) -> bytes:
        return self.payload(code.tobytes().decode()).encode()

    @cached_property
    def _masked_rows(self) -> Rows:
        """The first group's rows with the base in them: the mask then costs nothing per symbol."""
        return self._rows[: self._groups[0].rows] ^ self._bases[self.mask]

    def _gathered(self, codes: Bytes) -> Rows:
        """The symbols of `codes` as rows (n, words)."""
        out = np.empty((len(codes), self._rows.shape[1]), dtype=np.uint64)
        more = np.empty((min(len(codes), _TILE), out.shape[1]), dtype=np.uint64)
        for start in range(0, len(codes), _TILE):
            tile = out[start : start + _TILE]
            row_numbers = self._row_numbers(np.ascontiguousarray(codes[start : start + _TILE]))
            # `clip` is the mode that writes straight to `out`; nothing is clipped, `_checked` saw to that.
            np.take(self._masked_rows, row_numbers[0], axis=0, out=tile, mode="clip")
            for numbers in row_numbers[1:]:
                tile ^= np.take(self._rows, numbers, axis=0, out=more[: len(tile)], mode="clip")
        return out

    def _row_numbers(self, codes: Bytes) -> NDArray[np.intp]:
        """(groups, n): which row of the tables each group of digits selects.

        Numbers of one, two and three digits are formed from every column on, straight over the ends of the codes: three
        long vector operations beat many short ones, and the groups then pick the columns that mean something.
        """
        ones = codes.reshape(-1).astype(np.uint16)
        tens = ones * np.uint16(10)
        tens[:-1] += ones[1:]
        hundreds = tens * np.uint16(10)
        hundreds[:-2] += ones[2:]
        by_length = [numbers.reshape(codes.shape) for numbers in (ones, tens, hundreds)]
        out = np.empty((len(self._groups), len(codes)), dtype=np.intp)
        first_row = 0
        for picked, group in zip(out, self._groups, strict=True):
            columns = group.stop - group.start
            picked[...] = by_length[columns - 1][:, group.start]
            picked += first_row - _ZERO * int("1" * columns)
            first_row += group.rows
        return out
