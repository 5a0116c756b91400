"""Pages of marks → a PDF file, once for each copy.

    head   title of the document                        which copy
    foot   footer                                     page / pages

Both stand on every page. One weight of the font is embedded; what is bold has its outlines drawn as well.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

from ..fonts import SubsetFont
from ..pdf.font import add_fonts, glyph_codes
from ..pdf.objects import PdfFile, text_string
from .blocks import Block
from .flow import BOTTOM, GREY, MARGIN, PAGE_HEIGHT, PAGE_WIDTH, SMALL_SIZE, TOP, WIDTH, Mark, Rule, Shape, Text
from .layout import lay_out
from .typesetting import font_of, printable

_BOLD_STROKE = 1 / 40
"""Of the size: what is drawn around bold text."""

_PEN = 1.1
"""Points: a drawn line on paper."""

_HEAD, _FOOT = TOP - 22, BOTTOM + 26
_PAGE_NUMBER = "0123456789/ "


def render_document(title: str, blocks: Sequence[Block], *, copies: Sequence[str] = ("",), footer: str = "") -> bytes:
    """The document as a PDF on A4, its text selectable; the same bytes for the same content.

    `copies`: the whole is printed once for each, with that line in the head. Characters that the font lacks are printed
    as 〓. Raises InvalidInput `document.path` for a drawing that is none.
    """
    title, footer = printable(title), printable(footer)
    copies = [printable(copy) for copy in copies] or [""]
    blocks = [_printable_block(block) for block in blocks]
    font = font_of([title, footer, *copies, _PAGE_NUMBER, *(text for block in blocks for text in _texts(block))])
    pages = [b"".join(_content(font, mark) for mark in page) for page in lay_out(font, title, blocks)]
    file = io.BytesIO()
    pdf = PdfFile(file)
    words, _ = add_fonts(pdf, font)
    resources = pdf.add(b"<</Font<</T %d 0 R>>>>" % words)
    for copy in copies:
        for number, page in enumerate(pages, start=1):
            frame = _frame(font, title, copy, footer, f"{number} / {len(pages)}")
            pdf.add_page(b"".join(_content(font, mark) for mark in frame) + page)
    box = b"0 0 %.3f %.3f" % (PAGE_WIDTH, PAGE_HEIGHT)
    pdf.close(box, resources, pdf.add(b"<</Title %b/Producer(suiyuan)>>" % text_string(title)))
    return file.getvalue()


def _frame(font: SubsetFont, title: str, copy: str, footer: str, number: str) -> Iterator[Mark]:
    yield Text(MARGIN, _HEAD, SMALL_SIZE, title, GREY)
    yield Text(MARGIN + WIDTH - font.width(copy, SMALL_SIZE + 1), _HEAD, SMALL_SIZE + 1, copy, is_bold=True)
    yield Rule(MARGIN, _HEAD + 6, WIDTH)
    yield Text(MARGIN, _FOOT, SMALL_SIZE, footer, GREY)
    yield Text(MARGIN + WIDTH - font.width(number, SMALL_SIZE), _FOOT, SMALL_SIZE, number, GREY)


def _content(font: SubsetFont, mark: Mark) -> bytes:
    match mark:
        case Text():
            if not mark.text:
                return b""
            outline = b"2 Tr %.3f w " % (mark.size * _BOLD_STROKE) if mark.is_bold else b"0 Tr "
            return b"BT %b%.2f g %.2f G /T %.2f Tf 1 0 0 1 %.3f %.3f Tm %b Tj ET\n" % (
                outline,
                mark.grey,
                mark.grey,
                mark.size,
                mark.x,
                PAGE_HEIGHT - mark.y,
                glyph_codes(font, mark.text),
            )
        case Rule():
            y = PAGE_HEIGHT - mark.y
            line = (mark.grey, mark.width, mark.x, y, mark.x + mark.length, y)
            return b"%.2f G %.2f w %.3f %.3f m %.3f %.3f l S\n" % line
        case Shape():
            # y downwards, as SVG has it; the pen is as wide as on paper, whatever the scale.
            paint = b"f" if mark.is_filled else b"S"
            place = (mark.scale, -mark.scale, mark.x, PAGE_HEIGHT - mark.y)
            pen = b"%.5f w 1 J 1 j" % (_PEN / mark.scale)
            return b"q 0 g 0 G %.6f 0 0 %.6f %.3f %.3f cm %b\n%b\n%b Q\n" % (*place, pen, mark.path, paint)


def _texts(block: Block) -> Iterator[str]:
    for field in fields(block):
        if field.name not in ("path_data", "view"):
            yield from _strings(getattr(block, field.name))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _strings(part)


def _printable_block(block: Block) -> Block:
    changed = {
        field.name: _printable_value(getattr(block, field.name)) for field in fields(block) if field.name != "path_data"
    }
    return replace(block, **changed)


def _printable_value(value: object) -> object:
    if isinstance(value, str):
        return printable(value)
    return tuple(map(_printable_value, value)) if isinstance(value, tuple) else value
