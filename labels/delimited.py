"""Codes and what their symbols say as CSV, for a line's own printer.

code,payload                                          RFC 4180: CR LF, quotation marks where a comma, a quotation
11722252…,https://suiyuan.example/c/11722252…         mark or a line break is inside (seed labels have four lines)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import BinaryIO

from .affine_rows import Bytes
from .records import Hole, Record, in_blocks
from .sources import Symbols, decoded

HEADER = b"code,payload\r\n"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Without it a spreadsheet in China takes UTF-8 for GBK."""

_QUOTED = frozenset(',"\r\n')


def write_csv(
    file: BinaryIO,
    symbols: Symbols,
    codes: Iterable[Bytes],
    *,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Writes a line for each of `codes` (arrays (n, code_length)) and gives their number. No symbol is drawn.

    Constant memory, the same bytes for the same input. `progress` is told the number of lines so far.
    """
    file.write(BYTE_ORDER_MARK + HEADER)
    form = _record(symbols)
    done = 0
    for block in in_blocks(codes, symbols.block):
        if form:
            file.write(form.filled(len(block), code=block).data)
        else:
            lines = zip(decoded(block), symbols.payloads(block), strict=True)
            file.write("".join(f"{code},{quoted(payload)}\r\n" for code, payload in lines).encode())
        done += len(block)
        if progress:
            progress(done)
    return done


def quoted(text: str) -> str:
    if _QUOTED.isdisjoint(text):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _record(symbols: Symbols) -> Record | None:
    if symbols.parts is None:
        return None
    code = Hole("code", symbols.code_length)
    mark = b"" if _QUOTED.isdisjoint("".join(symbols.parts)) else b'"'
    parts: list[bytes | Hole] = [code, b"," + mark]
    for number, text in enumerate(symbols.parts):
        parts += [*([code] if number else []), text.replace('"', '""').encode()]
    return Record([*parts, mark + b"\r\n"])
