"""Labels as SVG, one file each, in a ZIP; or one label as a text, for a page to show.

The symbol is one path of horizontal runs. Words stay words, set to the widths measured in Noto Sans SC: a machine
without that font shows another one in the same space.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from html import escape
from typing import BinaryIO

import numpy as np

from ..trace.codes.model import grouped
from .affine_rows import Bytes
from .archive import ZipWriter
from .fonts import FAMILY
from .layout import Layout
from .records import in_blocks
from .sources import Symbols, decoded
from .template import MM_PER_PT

_FAMILIES = f"'{FAMILY}','Source Han Sans SC','Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif"
_BLOCK = 512


def write_svgs(
    file: BinaryIO,
    layout: Layout,
    symbols: Symbols,
    codes: Iterable[Bytes],
    *,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Writes a ZIP with `<code>.svg` for each of `codes` (arrays (n, code_length)) and gives their number.

    Constant memory, the same bytes for the same input. `progress` is told the number of labels so far.
    """
    done = 0
    with ZipWriter(file) as archive:
        for block in in_blocks(codes, min(_BLOCK, symbols.block)):
            for code, label in zip(decoded(block), svg_labels(layout, symbols, block), strict=True):
                archive.add(f"{code}.svg", label.encode())
            done += len(block)
            if progress:
                progress(done)
    return done


def svg_labels(layout: Layout, symbols: Symbols, codes: Bytes) -> Iterator[str]:
    """One document for each of `codes` (n, code_length). Lengths in it are millimetres."""
    head = _head(layout) + "".join(
        _text(line.x_mm, line.baseline_mm, line.size_pt, line.text, layout.font.width(line.text, line.size_pt))
        for line in layout.lines
    )
    x, y = (dots * layout.dot_mm for dots in (layout.symbol_x_dots, layout.symbol_y_dots))
    place = f'<path transform="translate({x:.4f} {y:.4f}) scale({layout.symbol.module_mm:.6f})" d="'
    for code, path in zip(decoded(codes), symbol_paths(symbols.symbols(codes), symbols.size), strict=True):
        text = grouped(code)
        pieces = ((line, text[line.start : line.stop]) for line in layout.code_lines)
        lines = "".join(
            _text(line.x_mm, line.baseline_mm, line.size_pt, piece, layout.font.width(piece, line.size_pt))
            for line, piece in pieces
        )
        yield f'{head}{lines}{place}{path}"/></svg>\n'


def symbol_paths(symbols: Bytes, size: int) -> Iterator[str]:
    """The dark modules of each symbol of (n, size, row bytes) as path data, a module being 1 by 1."""
    modules = np.unpackbits(symbols, axis=2, count=size)
    edges = np.diff(np.pad(modules, ((0, 0), (0, 0), (1, 1))).astype(np.int8), axis=2)
    runs = _runs(size)
    for symbol in edges:
        # Row by row, each run's beginning has its end at the same position of the other list.
        starts, stops = np.flatnonzero(symbol.ravel() == 1), np.flatnonzero(symbol.ravel() == -1)
        yield "".join(map(runs.__getitem__, (starts * size + stops - starts - 1).tolist()))


@cache
def _runs(size: int) -> _Runs:
    return _Runs(size)


class _Runs(dict[int, str]):
    """Path data of a run by place · size + length - 1. Places are edges, of which a row has one more than modules."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def __missing__(self, key: int) -> str:
        place, length = divmod(key, self._size)
        row, column = divmod(place, self._size + 1)
        self[key] = f"M{column} {row}h{length + 1}v1h-{length + 1}z"
        return self[key]


def _head(layout: Layout) -> str:
    width, height = layout.template.width_mm, layout.template.height_mm
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{_FAMILIES}">'
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>'
    )


def _text(x_mm: float, baseline_mm: float, size_pt: float, text: str, width_pt: float) -> str:
    return (
        f'<text x="{x_mm:.3f}" y="{baseline_mm:.3f}" font-size="{size_pt * MM_PER_PT:.3f}" '
        f'textLength="{width_pt * MM_PER_PT:.3f}" lengthAdjust="spacingAndGlyphs">{escape(text, quote=False)}</text>'
    )
