"""One row of a file, read cell by cell. A cell that cannot be read is noted, and the next one is read all the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from ...trace.kernel.errors import InvalidInput, SuiyuanError
from ...trace.kernel.limits import MAX_NAME_CHARACTERS
from ...trace.kernel.normalise import half_width, require_text
from ...trace.kernel.units import Unit, parse_decimal
from ..forms.base import FIRST_DAY, LAST_DAY
from .columns import letters
from .faults import Fault
from .rows import SheetRow
from .words import find_word

Member = TypeVar("Member", bound=Enum)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER_LIKE = re.compile(r"[0-9.,]+")
_MAX_SHOWN = 40


class RowReader:
    """`positions`: where each column stands, by name. `faults` grows as cells are read."""

    def __init__(self, row: SheetRow, positions: Mapping[str, int], faults: list[Fault]) -> None:
        self._row = row
        self._positions = positions
        self._faults = faults
        self._faulty: set[str] = set()

    @property
    def is_sound(self) -> bool:
        """Whether every cell read so far could be read."""
        return not self._faulty

    def blame(self, column: str, cause: SuiyuanError) -> None:
        """Notes a fault, the first of each cell."""
        if column not in self._faulty:
            self._faulty.add(column)
            self._faults.append(fault_at(self._row.number, column, self._positions, cause))

    def is_faulty(self, column: str) -> bool:
        return column in self._faulty

    def written(self, column: str) -> str:
        """The cell as it stands, "" where its column is not there."""
        position = self._positions.get(column)
        return self._row.cells[position].strip() if position is not None and position < len(self._row.cells) else ""

    def text(self, column: str, *, required: bool = False) -> str:
        try:
            return require_text(self.written(column), column, MAX_NAME_CHARACTERS, required=required)
        except InvalidInput as error:
            self.blame(column, error)
            return ""

    def number(self, column: str) -> Decimal | None:
        """A plain decimal that is not negative, its digits kept."""
        written = half_width(self.written(column))
        if not written:
            return None
        try:
            value = parse_decimal(written, column)
        except InvalidInput as error:
            is_comma = column != "measured" or _NUMBER_LIKE.fullmatch(written) is not None
            self.blame(column, error if is_comma else InvalidInput("laboratory.no_value", value=written[:_MAX_SHOWN]))
            return None
        if value < 0:
            self.blame(column, InvalidInput("laboratory.negative", value=written))
            return None
        return value

    def day(self, column: str) -> date | None:
        written = half_width(self.written(column))
        if not written:
            self.blame(column, InvalidInput("text.missing"))
            return None
        try:
            day = date.fromisoformat(written) if _DAY.fullmatch(written) else None
        except ValueError:
            day = None
        if day is None or not FIRST_DAY <= day <= LAST_DAY:
            self.blame(column, InvalidInput("laboratory.day", value=written[:_MAX_SHOWN]))
            return None
        return day

    def word(self, column: str, enum: type[Member]) -> Member | None:
        """One of the words of `enum`; None where the cell is empty."""
        written = self.written(column)
        if not written:
            return None
        found = find_word(enum, written)
        if found is None:
            value = written[:_MAX_SHOWN]
            if enum is Unit:
                known = ", ".join(unit.value for unit in Unit if unit.value)
                self.blame(column, InvalidInput("laboratory.unit", value=value, known=known))
            else:
                self.blame(column, InvalidInput("laboratory.word", value=value))
        return found


def fault_at(row: int, column: str, positions: Mapping[str, int], cause: SuiyuanError) -> Fault:
    position = positions.get(column)
    return Fault(row, "" if position is None else letters(position), column, cause)
