"""A ZIP of very many small files, written from front to back.

`zipfile` keeps an object for each member until the end, some 700 bytes; here the directory waits in a temporary file.
Members are stored as they are (labels are compressed already or not worth it), dated 1980-01-01 so that the same labels
make the same bytes. Source: APPNOTE.TXT 6.3.10, 4.3.7, 4.3.12-4.3.16 (ZIP64 beyond 65,535 members or 4 GB).

    header │ name │ data │ header │ name │ data │ … │ directory │ end
"""

from __future__ import annotations

import shutil
import struct
import zlib
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

_DAY_1980 = 0x21
_VERSION, _VERSION_64 = 20, 45
_UTF8 = 0x800
_MOST_16, _MOST_32 = 0xFFFF, 0xFFFFFFFF
_IN_MEMORY_BYTES = 4 * 1024 * 1024

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_EXTRA_64 = struct.Struct("<2HQ")


class ZipWriter:
    """`file` only needs `write`. A context manager: the directory is written on leaving without an error."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._directory = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - closed in __exit__
        self._position = 0
        self._members = 0

    def __enter__(self) -> ZipWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._directory:
            if kind is None:
                self._write_directory()

    def add(self, name: str, data: bytes) -> None:
        """Writes one member of less than 4 GB."""
        encoded, check = name.encode(), zlib.crc32(data)
        same = (_UTF8, 0, 0, _DAY_1980, check, len(data), len(data), len(encoded))
        offset, extra = self._position, b""
        if offset >= _MOST_32:
            offset, extra = _MOST_32, _EXTRA_64.pack(1, 8, self._position)
        version = _VERSION_64 if extra else _VERSION
        self._directory.write(
            _CENTRAL.pack(b"PK\1\2", _VERSION_64, version, *same, len(extra), 0, 0, 0, 0, offset) + encoded + extra
        )
        self._members += 1
        self._write(_LOCAL.pack(b"PK\3\4", _VERSION, *same, 0) + encoded + data)

    def _write_directory(self) -> None:
        start, size = self._position, self._directory.tell()
        self._directory.seek(0)
        shutil.copyfileobj(self._directory, self._file)
        self._position += size
        members = self._members
        if members >= _MOST_16 or start + size >= _MOST_32:
            end = self._position
            self._write(
                _END_64.pack(b"PK\6\6", 44, _VERSION_64, _VERSION_64, 0, 0, members, members, size, start)
                + _LOCATOR_64.pack(b"PK\6\7", 0, end, 1)
            )
        few, small = min(members, _MOST_16), min(size, _MOST_32)
        self._write(_END.pack(b"PK\5\6", 0, 0, few, few, small, min(start, _MOST_32), 0))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._position += len(data)
