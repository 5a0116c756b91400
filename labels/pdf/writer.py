"""Pages of labels. A batch's words are one form that every label refers to; a label adds its symbol and its code.

    q  1 0 0 1 X Y cm        to the label's lower left corner, on a whole dot of the printer
       /B Do                 the words
       BT … (1172 2252 …)Tj ET
       S 0 0 S x y cm        to the symbol's lower left corner; its side becomes 1
       BI /IM true … ID 7F00… > EI
    Q

The symbol is an image mask of one bit a module. It goes in as hexadecimal digits, of which compression leaves about
what the bytes would take: raw bytes may by chance contain the mark that ends an inline image, once in a million or so.
Source: ISO 32000-1, 8.9.6.2, 8.9.7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import BinaryIO

import numpy as np

from ..affine_rows import Bytes
from ..layout import Layout
from ..records import Hole, Record, grouped_codes, hex_digits, in_blocks
from ..sheet import ROLL, Sheet
from ..size import MM_PER_INCH
from ..sources import Symbols
from .font import add_fonts, glyph_codes
from .objects import PdfFile, text_string

POINTS_PER_MM = 72 / MM_PER_INCH
PRODUCER = "suiyuan"

_INSET_DOTS = 0.01
"""By which a symbol is drawn within its dots. A renderer paints every dot that an image touches, so one that was
rounded over the edge would grow by a whole dot."""

_PLACE_BYTES = 21
"""Two numbers below 10,000 with four decimals: a page has 14,400 points at most, and ours are below 1,500."""


def write_pdf(
    file: BinaryIO,
    layout: Layout,
    symbols: Symbols,
    codes: Iterable[Bytes],
    *,
    sheet: Sheet = ROLL,
    title: str = "",
    created_at: datetime | None = None,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Writes the labels of `codes` (arrays (n, code_length)) and gives their number. `file` only needs `write`.

    Memory does not grow but for 16 bytes a page. The same input makes the same bytes; `created_at` puts an instant in.
    `progress` is told the number of labels written so far, every few thousand.

    Raises InvalidInput `template.too_large_for_cell`, before anything is written.
    """
    corners = _lower_left_corners(layout, sheet)
    pdf = PdfFile(file)
    words, letters = add_fonts(pdf, layout.font)
    resources = pdf.add(b"<</Font<</D %d 0 R>>/XObject<</B %d 0 R>>>>" % (letters, _add_words(pdf, layout, words)))
    record = _record(layout, symbols)
    pages_per_block = max(1, symbols.block // len(corners))
    places = np.tile(corners, (pages_per_block, 1))
    done = 0
    for block in in_blocks(codes, len(places)):
        rows = _filled(record, layout, symbols, block, places)
        for start in range(0, len(rows), len(corners)):
            pdf.add_page(rows[start : start + len(corners)].tobytes())
        done += len(block)
        if progress:
            progress(done)
    pdf.close(_media_box(layout, sheet), resources, pdf.add(_information(title, created_at)))
    return done


def _add_words(pdf: PdfFile, layout: Layout, words: int) -> int:
    """What all labels share, as a form with the label's lower left corner at its origin."""
    width, height = (side * POINTS_PER_MM for side in (layout.template.width_mm, layout.template.height_mm))
    lines = b"".join(
        b"/T %.2f Tf 1 0 0 1 %.3f %.3f Tm %b Tj\n"
        % (line.size_pt, line.x_mm * POINTS_PER_MM, height - line.baseline_mm * POINTS_PER_MM, encoded)
        for line in layout.lines
        if (encoded := glyph_codes(layout.font, line.text))
    )
    entries = b"/Type/XObject/Subtype/Form/BBox[0 0 %.3f %.3f]/Resources<</Font<</T %d 0 R>>>>"
    return pdf.add_stream(b"BT\n%bET" % lines, entries % (width, height, words))


def _record(layout: Layout, symbols: Symbols) -> Record:
    """One label on a page. Its place, symbol and code are holes."""
    dot = layout.dot_mm * POINTS_PER_MM
    height = layout.template.height_mm * POINTS_PER_MM
    inset = _INSET_DOTS * dot
    side = layout.symbol.side_mm * POINTS_PER_MM - 2 * inset
    left, bottom = layout.symbol_x_dots * dot + inset, height - layout.symbol_y_dots * dot - inset - side
    parts: list[bytes | Hole] = [b"q 1 0 0 1 ", Hole("place", _PLACE_BYTES), b" cm/B Do BT"]
    for number, line in enumerate(layout.code_lines):
        x, y = line.x_mm * POINTS_PER_MM, height - line.baseline_mm * POINTS_PER_MM
        parts += [b"/D %.2f Tf 1 0 0 1 %.3f %.3f Tm(" % (line.size_pt, x, y)]
        parts += [Hole(f"code{number}", line.stop - line.start), b")Tj "]
    image = b"BI/W %d/H %d/BPC 1/IM true/D[1 0]/F/AHx ID " % (symbols.size, symbols.size)
    parts += [b"ET %.5f 0 0 %.5f %.5f %.5f cm " % (side, side, left, bottom), image]
    parts += [Hole("symbol", 2 * symbols.size * -(-symbols.size // 8)), b">\nEI Q\n"]
    return Record(parts)


def _filled(record: Record, layout: Layout, symbols: Symbols, codes: Bytes, places: Bytes) -> Bytes:
    grouped = grouped_codes(codes)
    pieces = {f"code{number}": grouped[:, line.start : line.stop] for number, line in enumerate(layout.code_lines)}
    modules = hex_digits(symbols.symbols(codes).reshape(len(codes), -1))
    return record.filled(len(codes), place=places[: len(codes)], symbol=modules, **pieces)


def _lower_left_corners(layout: Layout, sheet: Sheet) -> Bytes:
    """(labels of a page, _PLACE_BYTES): where each label begins, on whole dots counted from the page's upper edge."""
    template = layout.template
    _, page_height_mm = sheet.page_size_mm(template)
    dot, texts = layout.dot_mm, list[bytes]()
    for x_mm, y_mm in sheet.places_mm(template):
        x = layout.dots(x_mm) * dot * POINTS_PER_MM
        y = (page_height_mm - layout.dots(y_mm) * dot - template.height_mm) * POINTS_PER_MM
        # Blanks before a number mean nothing, so every place takes the same width.
        texts.append((b"%.4f %.4f" % (x, y)).rjust(_PLACE_BYTES))
    return np.frombuffer(b"".join(texts), dtype=np.uint8).reshape(len(texts), _PLACE_BYTES)


def _media_box(layout: Layout, sheet: Sheet) -> bytes:
    width_mm, height_mm = sheet.page_size_mm(layout.template)
    return b"0 0 %.3f %.3f" % (width_mm * POINTS_PER_MM, height_mm * POINTS_PER_MM)


def _information(title: str, created_at: datetime | None) -> bytes:
    created = f"/CreationDate(D:{created_at.astimezone(UTC):%Y%m%d%H%M%S}Z)".encode() if created_at else b""
    return b"<</Title %b/Producer(%b)%b>>" % (text_string(title), PRODUCER.encode(), created)
