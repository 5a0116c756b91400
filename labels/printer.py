"""Labels in a printer's own language: the one loop over the codes, whatever the language. See zpl.py and tspl.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO

from .affine_rows import Bytes
from .layout import Layout
from .records import Hole, Record, grouped_codes, in_blocks
from .sources import Symbols

Parts = list[bytes | Hole]


@dataclass(frozen=True, slots=True)
class PrinterLanguage:
    """How a language writes a label.

    `record(layout, symbol)` is the form of one label around the parts of its symbol. The symbol is a picture
    (`picture_parts`, filled with `picture_rows`: one row a code), or what it says (`native_parts`), which the printer
    draws.
    """

    record: Callable[[Layout, Parts], Record]
    picture_parts: Callable[[Layout, Symbols], Parts]
    picture_rows: Callable[[Layout, Symbols, Bytes], Bytes]
    native_parts: Callable[[Iterable[str], Layout], Parts]

    def write(
        self,
        file: BinaryIO,
        layout: Layout,
        symbols: Symbols,
        codes: Iterable[Bytes],
        *,
        native: bool,
        progress: Callable[[int], object] | None,
    ) -> int:
        """Writes one label for each of `codes` (arrays (n, code_length)) and gives their number. Constant memory.

        `progress` is told the number of labels so far.
        """
        picture = None if native else self.record(layout, self.picture_parts(layout, symbols))
        form = self.record(layout, self.native_parts(symbols.parts, layout)) if native and symbols.parts else None
        done = 0
        for block in in_blocks(codes, symbols.block):
            if picture:
                rows = self.picture_rows(layout, symbols, block)
                file.write(_filled(picture, layout, block, symbol=rows).data)
            elif form:
                file.write(_filled(form, layout, block, code=block).data)
            else:
                for row, payload in zip(block, symbols.payloads(block), strict=True):
                    single = self.record(layout, self.native_parts((payload,), layout))
                    file.write(_filled(single, layout, row.reshape(1, -1)).data)
            done += len(block)
            if progress:
                progress(done)
        return done


def _filled(record: Record, layout: Layout, codes: Bytes, **contents: Bytes) -> Bytes:
    grouped = grouped_codes(codes)
    pieces = {f"code{number}": grouped[:, line.start : line.stop] for number, line in enumerate(layout.code_lines)}
    return record.filled(len(codes), **pieces, **contents)
