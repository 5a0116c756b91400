"""Photos of reports: what is taken, what is refused before it costs anything, and what is left of them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from suiyuan.api.report_photos import MAX_PIXELS, MAX_SIDE_PIXELS, photo_type, small_jpeg
from suiyuan.trace.kernel.errors import InvalidInput

ORIENTATION, GPS = 0x0112, 0x8825
NORTH = b"NORTHERNPLACE"


def picture(form: str, size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    written = io.BytesIO()
    image.convert(mode).save(written, form, **options)
    return written.getvalue()


def located(orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010E] = NORTH.decode()
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (38.0, 29.0, 14.0)
    return picture("JPEG", exif=exif, comment=NORTH, icc_profile=NORTH * 10, xmp=NORTH)


def small(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(small_jpeg(io.BytesIO(content))))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of(width: int, height: int, data: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def webp_of(width: int, height: int) -> bytes:
    canvas = b"\x00" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg_of(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    content = bytearray(picture("JPEG"))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        picture("JPEG"),
        picture("JPEG", progressive=True),
        picture("PNG"),
        picture("PNG", mode="RGBA"),
        picture("PNG", mode="P"),
        picture("WEBP", lossless=True),
        picture("WEBP"),
        picture("JPEG", mode="CMYK"),
    ],
    ids=["jpeg", "progressive", "png", "transparent", "palette", "webp-lossless", "webp", "cmyk"],
)
def test_every_picture_becomes_a_jpeg_of_the_same(content: bytes) -> None:
    found = small(content)
    assert (found.format, found.mode, found.size) == ("JPEG", "RGB", (60, 40))
    left, right = (found.getpixel((x, 20)) for x in (10, 50))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 150 > 100 > left[2]
    assert right[2] > 150 > 100 > right[0]


def test_a_transparent_ground_is_white() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(written, "PNG")
    assert small(written.getvalue()).getpixel((4, 4)) == (255, 255, 255)


def test_positions_and_all_else_that_a_photo_says_are_dropped() -> None:
    content = located()
    assert content.count(NORTH) >= 3
    assert GPS in Image.open(io.BytesIO(content)).getexif()
    left = small_jpeg(io.BytesIO(content))
    assert NORTH not in left
    assert b"Exif" not in left
    found = Image.open(io.BytesIO(left))
    assert dict(found.getexif()) == {}
    assert set(found.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_photo_taken_upright_stays_upright() -> None:
    found = small(located(orientation=6))
    assert found.size == (40, 60)
    top, bottom = found.getpixel((20, 10)), found.getpixel((20, 50))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > top[2]
    assert bottom[2] > bottom[0]


def test_large_photos_are_made_small() -> None:
    assert small(picture("JPEG", (2_000, 1_500))).size == (MAX_SIDE_PIXELS, 1_200)
    assert small(picture("PNG", (100, 3_200))).size == (50, MAX_SIDE_PIXELS)
    assert small(picture("JPEG", (1, 1))).size == (1, 1)


@pytest.mark.parametrize(
    "content",
    [
        png_of(50_000, 50_000),
        png_of(2**31 - 1, 2**31 - 1),
        webp_of(16_384, 16_384),
        webp_of(2**24, 2**24),
        jpeg_of(65_500, 65_500),
        jpeg_of(MAX_PIXELS // 1_000 + 1, 1_000),
    ],
    ids=["png", "png-absurd", "webp", "webp-absurd", "jpeg", "jpeg-just-over"],
)
def test_a_bomb_is_refused_by_the_size_it_states(content: bytes) -> None:
    assert len(content) < 10_000
    with pytest.raises(InvalidInput) as refused:
        small_jpeg(io.BytesIO(content))
    assert (refused.value.code, refused.value.field) == ("report.photo_size", "photos")
    assert refused.value.evidence == {"megapixels": 52}


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"hevc"])
def test_heic_is_refused_with_what_to_do(brand: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        small_jpeg(io.BytesIO(struct.pack(">I", 24) + b"ftyp" + brand + b"\x00" * 16))
    assert refused.value.code == "report.photo_heic"
    assert "兼容性最佳" in refused.value.text("zh")
    assert "Most Compatible" in refused.value.text("en")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + b"\x00" * 30,
        b"%PDF-1.7",
        b"<svg onload='alert(1)'/>",
        b"MZ" + b"\x00" * 64,
        b"\xff\xd8",
        b"RIFF\x00\x00\x00\x00WAVE",
        struct.pack(">I", 24) + b"ftypavif" + b"\x00" * 16,
        b"BM" + b"\x00" * 60,
    ],
    ids=["empty", "gif", "pdf", "svg", "program", "two-bytes", "wave", "avif", "bmp"],
)
def test_what_is_no_photo_by_its_content(content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        photo_type(content)
    assert refused.value.code == "report.photo_type"


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff" + b"\x00" * 100,
        picture("JPEG", (400, 400))[:700],
        picture("PNG", (400, 400))[:90],
        png_of(10, 10, b"too short"),
        png_of(0, 10),
        webp_of(40, 40),
        picture("WEBP")[:34],
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        b"RIFF\x00\x00\x00\x00WEBP" + b"JUNK" * 10,
    ],
    ids=range(9),
)
def test_a_damaged_photo_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        small_jpeg(io.BytesIO(content))
    assert (refused.value.code, refused.value.field) == ("report.photo_broken", "photos")
