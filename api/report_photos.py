"""Photos of a report: whatever a phone sends → a JPEG that shows the same and says nothing else.

    content → type by its first bytes → size by its header → decoded, at most 1600 px → upright → JPEG, no metadata

Names and stated types count for nothing. The size is known before anything is decoded or set aside: of WebP by the
header read here, since the decoder sets memory aside as soon as it is opened.
"""

from __future__ import annotations

import io
import struct
import threading
from enum import StrEnum
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from ..trace.kernel.errors import InvalidInput

MAX_SIDE_PIXELS = 1_600
"""A label fills a phone's screen; its small print can be read when enlarged."""

MAX_PIXELS = 52_000_000
"""Of what is sent: 8192 x 6144, the most that phones take without being told to. 200 MB decoded, one at a time."""

JPEG_QUALITY = 80
"""About 300 KiB at 1600 x 1200; the small print stays legible."""

_FAULTS = (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, OverflowError, struct.error)
"""What Pillow raises over content that is no picture after all."""

_decoding = threading.Lock()
"""One photo at a time, however many are sent: decoded, one takes up to 200 MB."""


class PhotoType(StrEnum):
    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"


_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def photo_type(head: bytes) -> PhotoType:
    """What a file is, by its first 32 bytes. Raises InvalidInput `report.photo_heic`, `report.photo_type`.

    Source: ISO/IEC 10918-1 B.1.1.3 (JPEG), ISO/IEC 15948 5.2 (PNG), RFC 9649 2.4 (WebP), ISO/IEC 23008-12 (HEIF).
    """
    if head.startswith(b"\xff\xd8\xff"):
        return PhotoType.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PhotoType.PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return PhotoType.WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        raise InvalidInput("report.photo_heic", field="photos")
    raise InvalidInput("report.photo_type", field="photos")


def small_jpeg(file: BinaryIO) -> bytes:
    """The photo as JPEG of at most MAX_SIDE_PIXELS a side, upright, without EXIF, position, profile or comment.

    Raises InvalidInput `report.photo_heic`, `report.photo_type`, `report.photo_size`, `report.photo_broken`.
    """
    file.seek(0)
    kind = photo_type(file.read(32))
    with _decoding:
        file.seek(0)
        content = file.read()
        if kind is PhotoType.WEBP:
            _require_size(*_webp_size(content))
        try:
            return _encoded(_decoded(content, kind))
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise InvalidInput("report.photo_size", field="photos", megapixels=MAX_PIXELS // 1_000_000) from None
        except (UnidentifiedImageError, *_FAULTS):
            raise InvalidInput("report.photo_broken", field="photos") from None


def _decoded(content: bytes, kind: PhotoType) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=[kind.value])
    _require_size(*image.size)
    image.draft("RGB", (MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))  # JPEG only: decodes no finer than needed
    image.thumbnail((MAX_SIDE_PIXELS, MAX_SIDE_PIXELS), reducing_gap=2.0)
    return ImageOps.exif_transpose(image)


def _encoded(image: Image.Image) -> bytes:
    if image.mode in ("P", "PA", "LA", "RGBA", "La", "RGBa"):
        over = image.convert("RGBA")
        image = Image.new("RGB", over.size, "white")
        image.paste(over, mask=over.getchannel("A"))
    plain = image.convert("RGB")
    plain.info = {}  # Pillow would write a comment and a profile on
    written = io.BytesIO()
    plain.save(written, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return written.getvalue()


def _require_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise InvalidInput("report.photo_size", field="photos", megapixels=MAX_PIXELS // 1_000_000)


def _webp_size(content: bytes) -> tuple[int, int]:
    """Width and height of the canvas. Raises InvalidInput `report.photo_broken`.

    Source: RFC 9649: 2.7 (VP8X: 24 bits each, less one), 2.6 (VP8L: 14 bits each, less one); RFC 6386 9.1 (VP8: 14
    bits each after the start code).
    """
    chunk, data = content[12:16], content[20:30]
    if len(data) == 10 and chunk == b"VP8X":
        return int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1
    if len(data) == 10 and chunk == b"VP8L" and data[0] == 0x2F:
        bits = int.from_bytes(data[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if len(data) == 10 and chunk == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF
    raise InvalidInput("report.photo_broken", field="photos")
