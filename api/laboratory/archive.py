"""The parts of an XLSX that matter here, inflated within bounds. Source: ECMA-376 part 2 (packages), part 1 chapter 18.

A hundred kilobytes of ZIP may hold gigabytes of blanks. What it states to hold is added up before anything is read, and
what it does hold is counted while it is read.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.parsers import expat

from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.limits import MIB

MAX_INFLATED_BYTES = 32 * MIB
"""Ten thousand rows of sixteen cells are some 15 MiB of XML, with the texts beside them."""

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
STYLES = "xl/styles.xml"
SHARED_TEXTS = "xl/sharedStrings.xml"
COMMON_PARTS = (WORKBOOK, RELATIONS, STYLES, SHARED_TEXTS)

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

Parts = Mapping[str, bytes]
"""Parts of a package by path."""

Attributes = dict[str, str]


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet of a workbook and the part that has its cells."""

    name: str
    part: str
    is_hidden: bool


def inflated(content: bytes) -> Parts:
    """Workbook, sheets, texts and styles. Pictures, macros and the like are left.

    Raises InvalidInput `file.spreadsheet`, `laboratory.inflated`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = [info for info in archive.infolist() if _is_wanted(info.filename)]
            if sum(info.file_size for info in infos) > MAX_INFLATED_BYTES:
                raise InvalidInput("laboratory.inflated", field="file", maximum=MAX_INFLATED_BYTES)
            parts = {info.filename: _read(archive, info) for info in infos}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError):
        raise _unreadable() from None
    if len(parts) != len(infos) or WORKBOOK not in parts or RELATIONS not in parts:
        raise _unreadable()
    for name in COMMON_PARTS:
        walk(parts.get(name, b"<none/>"))
    return parts


def sheets_of(parts: Parts) -> list[SheetPart]:
    """The sheets of cells, in the order of the workbook. Raises InvalidInput `file.spreadsheet`."""
    targets: dict[str, str] = {}
    sheets: list[Attributes] = []

    def relation(name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            targets[attributes.get("Id", "")] = _path(attributes.get("Target", ""))

    def sheet(name: str, attributes: Attributes) -> None:
        if name == "sheet":
            sheets.append(attributes)

    walk(parts[RELATIONS], relation)
    walk(parts[WORKBOOK], sheet)
    found: list[SheetPart] = []
    for each in sheets:
        part = targets.get(next((value for key, value in each.items() if key.endswith(":id")), ""))
        if part is None:
            continue
        if part not in parts:
            raise _unreadable()
        found.append(SheetPart(each.get("name", ""), part, each.get("state", "visible") != "visible"))
    return found


def walk(
    content: bytes,
    on_start: Callable[[str, Attributes], None] | None = None,
    on_end: Callable[[str], None] | None = None,
) -> None:
    """Tells of every element by its name without prefix. A document type is refused: no spreadsheet has one, and its
    entities may grow without end. Raises InvalidInput `file.spreadsheet`."""
    parser = expat.ParserCreate()

    def refuse(*given: object) -> None:
        raise _unreadable()

    parser.StartDoctypeDeclHandler = refuse
    if on_start is not None:
        start = on_start
        parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
    if on_end is not None:
        end = on_end
        parser.EndElementHandler = lambda name: end(_local(name))
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError):
        raise _unreadable() from None


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.compress_type not in _METHODS or info.flag_bits & 1:  # 1: encrypted
        raise _unreadable()
    with archive.open(info) as file:
        return file.read(MAX_INFLATED_BYTES)


def _is_wanted(name: str) -> bool:
    return name in COMMON_PARTS or (name.startswith("xl/worksheets/") and name.endswith(".xml"))


def _path(target: str) -> str:
    """Where a target lies: from the top, or from the folder of the workbook."""
    return target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _unreadable() -> InvalidInput:
    return InvalidInput("file.spreadsheet", field="file")
