"""A PDF file written from front to back: objects, the tree of pages, and the table of where each object begins.

    1 catalogue → 2 root → leaf → leaf …         each leaf has up to 512 pages
                            └ page └ page …      each page is followed by nothing but the next one's content
    cross-reference stream                       8 bytes an object, compressed: in classic form it would be 20

All that is kept in memory is 8 bytes for each object. Source: ISO 32000-1 (PDF 1.7), 7.5.4-7.5.8, 7.7.3.
"""

from __future__ import annotations

import zlib
from array import array
from typing import BinaryIO

import numpy as np

PAGES_PER_LEAF = 512
"""Two levels then hold a million pages in a root of two thousand children."""

_HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_IN_USE = np.uint64(1 << 56)
_SLICE = 65_536

_LARGE = 4_096
"""Bytes from which the full window of zlib pays. For less, a small one saves setting up 256 KB each time."""


class PdfFile:
    """One file being written. `file` only needs `write`. Call `close` to make it complete."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0
        self._offsets = array("Q", [0])
        self._write(_HEADER)
        self._catalogue = self.reserve()
        self._root = self.reserve()
        self._leaves: list[int] = []
        self._leaf: list[int] = []
        self.page_count = 0

    def reserve(self) -> int:
        """A number for an object that is written later."""
        self._offsets.append(0)
        return len(self._offsets) - 1

    def add(self, body: bytes, number: int | None = None) -> int:
        """Writes an object and gives its number."""
        if number is None:
            number = self.reserve()
        self._offsets[number] = self._position
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        return number

    def add_stream(self, data: bytes, entries: bytes = b"", number: int | None = None) -> int:
        """Writes a stream, compressed, with `entries` in its dictionary beside the length."""
        packed = deflated(data)
        head = b"<<%b/Filter/FlateDecode/Length %d>>\nstream\n" % (entries, len(packed))
        return self.add(head + packed + b"\nendstream", number)

    def add_page(self, content: bytes) -> None:
        """Writes a page: what it shows, and itself. Size and resources come from the root."""
        if not self._leaf:
            self._leaves.append(self.reserve())
        page = b"<</Type/Page/Parent %d 0 R/Contents %d 0 R>>" % (self._leaves[-1], self.add_stream(content))
        self._leaf.append(self.add(page))
        self.page_count += 1
        if len(self._leaf) == PAGES_PER_LEAF:
            self._end_leaf()

    def close(self, media_box: bytes, resources: int, info: int) -> None:
        """Writes the tree, the catalogue and the cross-reference stream."""
        if self._leaf:
            self._end_leaf()
        root = b"<</Type/Pages/Kids[%b]/Count %d/MediaBox[%b]/Resources %d 0 R>>"
        kids = b" ".join(b"%d 0 R" % leaf for leaf in self._leaves)
        self.add(root % (kids, self.page_count, media_box, resources), self._root)
        self.add(b"<</Type/Catalog/Pages %d 0 R>>" % self._root, self._catalogue)
        self._write_cross_references(info)

    def _end_leaf(self) -> None:
        kids = b" ".join(b"%d 0 R" % page for page in self._leaf)
        body = b"<</Type/Pages/Parent %d 0 R/Count %d/Kids[%b]>>" % (self._root, len(self._leaf), kids)
        self.add(body, self._leaves[-1])
        self._leaf.clear()

    def _write_cross_references(self, info: int) -> None:
        number, start = self.reserve(), self._position
        self._offsets[number] = start
        packer, packed = zlib.compressobj(1), bytearray()
        for first in range(0, len(self._offsets), _SLICE):
            # One byte for the kind of entry and seven for the offset; object 0 is the head of the free ones.
            entries = np.array(self._offsets[first : first + _SLICE], dtype=np.uint64) | _IN_USE
            entries[: 1 if first == 0 else 0] = 0
            packed += packer.compress(entries.astype(">u8").tobytes())
        packed += packer.flush()
        self._write(
            b"%d 0 obj\n<</Type/XRef/Size %d/W[1 7 0]/Root %d 0 R/Info %d 0 R/Filter/FlateDecode/Length %d>>\nstream\n"
            % (number, len(self._offsets), self._catalogue, info, len(packed))
        )
        self._write(packed)
        self._write(b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start)

    def _write(self, data: bytes | bytearray) -> None:
        self._file.write(data)
        self._position += len(data)


def deflated(data: bytes) -> bytes:
    """Level 1: symbols are noise to a compressor, so trying harder gains one part in thirty and costs three times."""
    packer = zlib.compressobj(1) if len(data) >= _LARGE else zlib.compressobj(1, zlib.DEFLATED, 12, 4)
    return packer.compress(data) + packer.flush()


def text_string(text: str) -> bytes:
    """A text of the document's description."""
    return b"<FEFF%b>" % text.encode("utf-16-be").hex().upper().encode()
