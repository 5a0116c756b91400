"""From the rows of a file to findings, with every fault that shows without a look at what is registered here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ...trace.inspection.model import Finding
from ...trace.kernel.errors import InvalidInput, SuiyuanError
from ...trace.kernel.limits import MAX_FINDINGS_PER_SAMPLE
from ...trace.kernel.normalise import half_width
from .cells import RowReader, fault_at
from .columns import COLUMNS, SheetFormat, columns_by_heading, letters
from .faults import Fault, FileRefused
from .findings import read_finding
from .rows import SheetRow, rows_of
from .words import folded


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One row. `finding` is None where the row is faulty, `reported_on` where the day is."""

    row: int
    sample_number: str
    report_number: str
    reported_on: date | None
    laboratory: str
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file as it was read: its rows by sample in the order of the file, and what is wrong with them. A row that names
    no sample stands in `faults` alone."""

    samples: Mapping[str, Sequence[ResultLine]]
    faults: tuple[Fault, ...]
    positions: Mapping[str, int]

    def fault(self, row: int, column: str, cause: SuiyuanError) -> Fault:
        return fault_at(row, column, self.positions, cause)


def read_results(content: bytes, form: SheetFormat) -> ResultFile:
    """Reads a file. What is wrong with single rows stands in the result, so that the rest can be looked at too.

    Raises what `rows_of` raises; FileRefused where columns are missing, unknown or doubled.
    """
    return results_in(rows_of(content, form))


def results_in(rows: Sequence[SheetRow]) -> ResultFile:
    """The same of rows that came in another way; the first has the headings. Raises FileRefused as above."""
    heading, *rows = rows
    positions = _positions(heading)
    faults: list[Fault] = []
    samples: dict[str, list[ResultLine]] = {}
    for row in rows:
        line = _line(row, positions, faults)
        if line.sample_number:
            samples.setdefault(line.sample_number, []).append(line)
    for lines in samples.values():
        faults += _faults_between(lines, positions)
    return ResultFile(samples, tuple(faults), positions)


def _positions(heading: SheetRow) -> dict[str, int]:
    """Where each column stands. Raises FileRefused."""
    known, found, faults = columns_by_heading(), dict[str, int](), list[Fault]()
    for position, written in enumerate(heading.cells):
        name = half_width(written).strip()
        if not name:
            continue
        column = known.get(name)
        if column is None:
            cause = InvalidInput("laboratory.column_unknown", heading=name[:40])
        elif column.name in found:
            cause = InvalidInput("laboratory.column_twice", heading=name, first=letters(found[column.name]))
        else:
            found[column.name] = position
            continue
        faults.append(Fault(heading.number, letters(position), column.name if column else name[:40], cause))
    for column in COLUMNS:
        if column.is_required and column.name not in found:
            cause = InvalidInput(
                "laboratory.column_missing", heading=column.heading("zh"), english=column.heading("en")
            )
            faults.append(Fault(heading.number, "", column.name, cause))
    if faults:
        raise FileRefused(faults)
    return found


def _line(row: SheetRow, positions: Mapping[str, int], faults: list[Fault]) -> ResultLine:
    reader = RowReader(row, positions, faults)
    for position, cell in enumerate(row.cells):
        if cell.strip() and position not in positions.values():
            cause = InvalidInput("laboratory.beyond")
            faults.append(Fault(row.number, letters(position), "", cause))
    sample_number = half_width(reader.text("sample_number", required=True))
    report_number = reader.text("report_number", required=True)
    reported_on = reader.day("reported_on")
    laboratory = reader.text("laboratory")
    return ResultLine(row.number, sample_number, report_number, reported_on, laboratory, read_finding(reader))


def _faults_between(lines: Sequence[ResultLine], positions: Mapping[str, int]) -> list[Fault]:
    """What single rows do not show: one sample with two reports, an item twice, more items than there can be."""
    faults, seen = list[Fault](), dict[str, int]()
    said: dict[str, tuple[object, int]] = {}

    def blame(line: ResultLine, column: str, cause: SuiyuanError) -> None:
        faults.append(fault_at(line.row, column, positions, cause))

    for line in lines:
        for column in ("report_number", "reported_on", "laboratory"):
            value = getattr(line, column)
            if value:
                earlier, row = said.setdefault(column, (value, line.row))
                if earlier != value:
                    blame(line, column, InvalidInput("laboratory.mixed", sample=line.sample_number, row=row))
        if line.finding is not None:
            before = seen.setdefault(folded(line.finding.item), line.row)
            if before != line.row:
                blame(line, "item", InvalidInput("laboratory.item_twice", item=line.finding.item, row=before))
    if len(lines) > MAX_FINDINGS_PER_SAMPLE:
        beyond = lines[MAX_FINDINGS_PER_SAMPLE]
        blame(beyond, "sample_number", InvalidInput("finding.count", maximum=MAX_FINDINGS_PER_SAMPLE))
    return faults
