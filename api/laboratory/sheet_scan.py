"""What the XML of a sheet says of its cells beside their values: how far they reach, formulas, merged cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...trace.kernel.errors import InvalidInput, SuiyuanError
from .archive import STYLES, Attributes, Parts, walk
from .columns import letters
from .faults import Fault

_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_QUOTED = re.compile(r'"[^"]*"|\\.')
_BUILT_IN_PERCENT = frozenset({"9", "10"})
"""Number formats `0%` and `0.00%`. Source: ECMA-376 part 1, 18.8.30."""


@dataclass(frozen=True, slots=True)
class CellTrouble:
    """A cell that cannot be taken for what it shows. `row` counts from 1, `position` of the column from 0."""

    row: int
    position: int
    cause: SuiyuanError

    def fault(self, headings: Sequence[str]) -> Fault:
        heading = headings[self.position].strip() if self.position < len(headings) else ""
        return Fault(self.row, letters(self.position), heading, self.cause)


@dataclass(slots=True)
class SheetScan:
    """How far the filled cells of a sheet reach, 0 where none is, and what is wrong with some."""

    last_row: int = 0
    last_column: int = 0
    troubles: list[CellTrouble] = field(default_factory=list[CellTrouble])


def percent_styles(parts: Parts) -> frozenset[str]:
    """The styles of cells that show a hundred times what they store."""
    if STYLES not in parts:
        return frozenset()
    formats = set(_BUILT_IN_PERCENT)
    cells: list[str] = []
    within: list[str] = []

    def start(name: str, attributes: Attributes) -> None:
        within.append(name)
        if name == "numFmt" and "%" in _QUOTED.sub("", attributes.get("formatCode", "")):
            formats.add(attributes.get("numFmtId", ""))
        if name == "xf" and "cellXfs" in within:
            cells.append(attributes.get("numFmtId", ""))

    walk(parts[STYLES], start, lambda name: within.remove(name))
    return frozenset(str(number) for number, each in enumerate(cells) if each in formats)


def scan(content: bytes, in_percent: frozenset[str]) -> SheetScan:
    """Looks through a sheet. Raises InvalidInput `file.spreadsheet`."""
    scanner = _Scanner(in_percent)
    walk(content, scanner.start, scanner.end)
    return scanner.found


class _Scanner:
    def __init__(self, in_percent: frozenset[str]) -> None:
        self.found = SheetScan()
        self._in_percent = in_percent
        self._row = 0
        self._position = -1
        self._attributes: Attributes = {}
        self._is_formula = False
        self._has_value = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "row":
            self._row, self._position = _whole(attributes.get("r"), self._row + 1), -1
        elif name == "c":
            self._begin_cell(attributes)
        elif name in ("v", "is"):
            self._has_value = True
        elif name == "f":
            self._is_formula = True
        elif name == "mergeCell":
            self._merged(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if name == "c":
            self._end_cell()

    def _begin_cell(self, attributes: Attributes) -> None:
        self._attributes, self._is_formula, self._has_value = attributes, False, False
        place = attributes.get("r")
        if place is None:
            self._position += 1
        else:
            self._row, self._position = _place(place)

    def _end_cell(self) -> None:
        if not (self._has_value or self._is_formula):
            return
        self.found.last_row = max(self.found.last_row, self._row)
        self.found.last_column = max(self.found.last_column, self._position + 1)
        kind = self._attributes.get("t", "n")
        if self._is_formula:
            self._trouble(InvalidInput("laboratory.formula"))
        elif kind == "e":
            self._trouble(InvalidInput("laboratory.error_value"))
        elif kind == "n" and self._attributes.get("s", "0") in self._in_percent:
            self._trouble(InvalidInput("laboratory.percent_format"))

    def _merged(self, reference: str) -> None:
        row, position = _place(reference.partition(":")[0])
        self.found.troubles.append(CellTrouble(row, position, InvalidInput("laboratory.merged", cells=reference[:20])))

    def _trouble(self, cause: InvalidInput) -> None:
        self.found.troubles.append(CellTrouble(self._row, self._position, cause))


def _place(reference: str) -> tuple[int, int]:
    """Row from 1 and position of the column from 0 of a cell such as B7. Raises InvalidInput `file.spreadsheet`."""
    match = _CELL.fullmatch(reference)
    if match is None:
        raise InvalidInput("file.spreadsheet", field="file")
    position = 0
    for letter in match[1]:
        position = position * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), position - 1


def _whole(value: str | None, otherwise: int) -> int:
    """Raises InvalidInput `file.spreadsheet`."""
    if value is None:
        return otherwise
    if not (value.isascii() and value.isdigit() and len(value) <= 7):
        raise InvalidInput("file.spreadsheet", field="file")
    return int(value)
