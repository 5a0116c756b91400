"""Documents as PDF, with Chinese text: sample sheets, bulletins, notices.

    blocks.py        what a document is made of
    typesetting.py   texts → lines of a given width
    paths.py         SVG path data → the operators of a PDF
    layout.py        blocks → pages of marks
    grid.py          facts and tables on them
    writing.py       pages → the file

The file itself and its font are those of the labels (labels/pdf, labels/fonts.py).
"""

from .blocks import Block, Drawing, Facts, Heading, PageBreak, Paragraph, SignatureLines, Table
from .writing import render_document

__all__ = [
    "Block",
    "Drawing",
    "Facts",
    "Heading",
    "PageBreak",
    "Paragraph",
    "SignatureLines",
    "Table",
    "render_document",
]
