"""Entering the results of a file: each sample's report in one transaction with all the others, or none of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ...trace.inspection import service as inspection
from ...trace.inspection.model import Sample, SampleState
from ...trace.inspection.service import LaboratoryReport
from ...trace.kernel.errors import InvalidInput, NotKnown, SuiyuanError
from ...trace.parties import service as parties
from ...trace.parties.model import Actor, Role
from ...trace.store.database import Database, UnitOfWork
from .faults import Fault, FileRefused
from .reading import ResultFile, ResultLine
from .words import folded

SENDING_ROLES = (Role.LABORATORY, Role.INSPECTION_AGENCY, Role.REGULATOR)
"""Who enters results: the laboratory that a sample went to, and the agency for one that is not here itself."""

_IN_LINE = re.compile(r"findings\.(\d+)(?:\.(\w+))?")
_COLUMN_OF_FIELD = {
    "limit_kind": "requirement",
    "lower": "requirement",
    "upper": "requirement",
    "measured_text": "observation",
    "report_number": "report_number",
    "reported_on": "reported_on",
    "laboratory": "laboratory",
}
"""Where a field of a report has another name in a file, or concerns the whole of it."""


@dataclass(frozen=True, slots=True)
class TakenReport:
    """One sample's results, as they were taken. `items` counts them."""

    sample_id: UUID
    sample_number: str
    report_number: str
    reported_on: date
    laboratory: str
    items: int


class _Looked(Exception):
    """The result of a check, on its way out of a transaction that must not be kept."""

    def __init__(self, reports: list[TakenReport]) -> None:
        super().__init__(len(reports))
        self.reports = reports


def require_sender(actor: Actor) -> None:
    """Raises NotAllowed `access.role`."""
    actor.require_role(*SENDING_ROLES)


def take(work: UnitOfWork, actor: Actor, file: ResultFile) -> list[TakenReport]:
    """Enters every sample's report: the first of a received sample, the second of one in re-test.

    Raises NotAllowed `access.role`; FileRefused with the faults of the file and those of what it is about: samples that
    are not known here, not this laboratory's, or not in the state to be reported.
    """
    require_sender(actor)
    faults, taken = list(file.faults), list[TakenReport]()
    faulty_rows = {fault.row for fault in file.faults}
    for number, lines in file.samples.items():
        try:
            is_sound = not any(line.row in faulty_rows for line in lines)
            taken.append(_take_sample(work, actor, number, lines, is_sound=is_sound))
        except _Unsound:
            continue
        except SuiyuanError as error:
            faults.append(blamed(file, lines, error))
    if faults:
        raise FileRefused(faults)
    return taken


def look(database: Database, actor: Actor, file: ResultFile) -> list[TakenReport]:
    """What `take` would do, without doing it. Raises what it raises."""

    def act(work: UnitOfWork) -> None:
        raise _Looked(take(work, actor, file))

    try:
        database.write(act)
    except _Looked as looked:
        return looked.reports
    raise AssertionError("a check came to an end without a result")


class _Unsound(Exception):
    """A sample some of whose rows are faulty: they are named already."""


def _take_sample(
    work: UnitOfWork, actor: Actor, number: str, lines: Sequence[ResultLine], *, is_sound: bool
) -> TakenReport:
    """Looks at the sample before its rows, so that all that is wrong is said at once."""
    first = lines[0]
    sample_id = inspection.find_sample_id(work.connection, number)
    if sample_id is None:
        raise NotKnown("sample.unknown", field="sample_number")
    sample = inspection.require_sample(work.connection, sample_id)
    _require_own(actor, sample)
    named = next((line.laboratory for line in lines if line.laboratory), "")
    laboratory = _laboratory(work, actor, sample, named)
    findings = tuple(line.finding for line in lines if line.finding is not None)
    if not is_sound or first.reported_on is None:
        raise _Unsound
    report = LaboratoryReport(laboratory, first.report_number, first.reported_on, findings)
    record = inspection.record_retest if sample.state is SampleState.RETEST else inspection.record_report
    done = record(work, actor, sample_id, report)
    return TakenReport(sample_id, number, done.report_number, first.reported_on, done.laboratory, len(findings))


def _require_own(actor: Actor, sample: Sample) -> None:
    """Raises InvalidInput `laboratory.not_yours`."""
    if not actor.has_role(Role.REGULATOR) and actor.party_id not in (sample.laboratory_id, sample.agency_id):
        raise InvalidInput("laboratory.not_yours", field="sample_number")


def _laboratory(work: UnitOfWork, actor: Actor, sample: Sample, given: str) -> str:
    """The name that the report is kept under. A laboratory reports in its own name; an agency names one, unless the
    sample went to one that is registered here. Raises InvalidInput `laboratory.name`, `text.missing`."""
    party_id = actor.party_id if actor.has_role(Role.LABORATORY) else sample.laboratory_id
    if party_id is None:
        if not given:
            raise InvalidInput("text.missing", field="laboratory")
        return given
    party = parties.require_party(work.connection, party_id)
    if given and folded(given) not in {folded(party.name), folded(party.short_name)}:
        raise InvalidInput("laboratory.name", field="laboratory", name=party.name)
    return party.name


def blamed(file: ResultFile, lines: Sequence[ResultLine], error: SuiyuanError) -> Fault:
    """A refusal at the cell it is about: an item's, or the first row of its sample."""
    match = _IN_LINE.fullmatch(error.field or "")
    if match is None:
        return file.fault(lines[0].row, _COLUMN_OF_FIELD.get(error.field or "", "sample_number"), error)
    line = lines[min(int(match[1]), len(lines) - 1)]
    column = match[2] or "item"
    return file.fault(line.row, _COLUMN_OF_FIELD.get(column, column), error)
