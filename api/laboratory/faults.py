"""What is wrong with a file of results, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...trace.kernel.errors import InvalidInput, SuiyuanError
from ...trace.kernel.texts import Language, text

MAX_FAULTS_SHOWN = 100
"""A person mends no more at a time; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One faulty cell. `row` and `column` as a spreadsheet names them: 7 and F; `field` is the name of the column, or
    what the file has in its place. `column` is "" where the cell lies in a column that is not there."""

    row: int
    column: str
    field: str
    cause: SuiyuanError

    @property
    def place(self) -> str:
        return f"{self.column}{self.row}"


@dataclass(frozen=True, slots=True)
class FaultDocument:
    """A fault on the wire. `code` is stable, `reason` is for people."""

    row: int
    column: str
    field: str
    code: str
    reason: str


class FileRefused(InvalidInput):
    """A file of results with faulty cells: nothing of it was taken. Carries the first hundred, in order of the file."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        found = sorted(faults, key=lambda each: (each.row, len(each.column), each.column))
        super().__init__("laboratory.refused", field="file", count=len(found))
        self.count = len(found)
        self.faults = tuple(found[:MAX_FAULTS_SHOWN])

    def text(self, language: Language) -> str:
        first = self.faults[0]
        reason = f"{first.field}: {first.cause.text(language)}"
        return text("error.laboratory.refused", language, count=self.count, place=first.place, reason=reason)

    def documents(self, language: Language) -> list[FaultDocument]:
        return [
            FaultDocument(each.row, each.column, each.field, each.cause.code, each.cause.text(language))
            for each in self.faults
        ]
