"""Tables `laboratory_report` and `report_finding`, the results of samples in all their versions, and every query on
them; with the counts that follow from concluded ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    ForeignKeyConstraint,
    Table,
    Text,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from ..kernel.units import Unit
from ..store.columns import STRICT, Day, Exact, Identifier, Instant, Whole, metadata
from ..store.database import Database
from ..store.hot import HotQuery
from .items import FaultClass, ItemKind, Observation, Suggestion, ViolationCode
from .model import (
    CONCLUDED,
    Decision,
    Finding,
    Limit,
    LimitKind,
    MakerResponse,
    Outcome,
    ReportKind,
    ResultSet,
    Sample,
)
from .store import SAMPLE_COLUMNS, SAMPLES_OF_BATCH, sample, sample_of_row, sample_row

laboratory_report = Table(
    "laboratory_report",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("sample_id", Identifier, primary_key=True),
    Column("version", Whole, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("laboratory", Text, nullable=False),
    Column("report_number", Text, nullable=False),
    Column("reported_on", Day, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by_id", Identifier, nullable=True),
    Column("reason", Text, nullable=False),
    Column("determination", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("fault_class", Text, nullable=False),
    Column("violations", Text, nullable=False),
    Column("decision_reason", Text, nullable=False),
    Column("decided_by_id", Identifier, nullable=True),
    Column("decided_at", Instant, nullable=True),
    ForeignKeyConstraint(["batch_id", "sample_id"], ["sample.batch_id", "sample.sample_id"]),
    **STRICT,
)
"""`verdict`, `fault_class`: "" until decided, and where there is none. `violations`: codes apart by a space."""

report_finding = Table(
    "report_finding",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("sample_id", Identifier, primary_key=True),
    Column("version", Whole, primary_key=True, autoincrement=False),
    Column("position", Whole, primary_key=True, autoincrement=False),
    Column("item", Text, nullable=False),
    Column("requirement", Text, nullable=False),
    Column("limit_kind", Text, nullable=False),
    Column("lower", Exact, nullable=True),
    Column("upper", Exact, nullable=True),
    Column("measured", Exact, nullable=True),
    Column("measured_text", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("observation", Text, nullable=False),
    Column("declared", Exact, nullable=True),
    Column("declared_unit", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("detection_limit", Exact, nullable=True),
    Column("uncertainty", Exact, nullable=True),
    Column("suggested", Text, nullable=False),
    ForeignKeyConstraint(
        ["batch_id", "sample_id", "version"],
        ["laboratory_report.batch_id", "laboratory_report.sample_id", "laboratory_report.version"],
    ),
    **STRICT,
)

_REPORT_COLUMNS = [column for column in laboratory_report.c if column.name != "batch_id"]
_FINDING_COLUMNS = [column for column in report_finding.c if column.name not in ("batch_id", "position")]

_reports = HotQuery(
    select(*_REPORT_COLUMNS)
    .where(laboratory_report.c.batch_id == bindparam("batch_id"))
    .order_by(laboratory_report.c.sample_id, laboratory_report.c.version)
)
_findings = HotQuery(
    select(*_FINDING_COLUMNS)
    .where(report_finding.c.batch_id == bindparam("batch_id"))
    .order_by(report_finding.c.sample_id, report_finding.c.version, report_finding.c.position)
)


def add_results(connection: Connection, of: Sample, new: ResultSet) -> None:
    """One version of a sample's results, decided or not."""
    key = {"batch_id": of.batch_id, "sample_id": of.sample_id, "version": new.version}
    connection.execute(
        insert(laboratory_report).values(
            **key,
            kind=new.kind.value,
            laboratory=new.laboratory,
            report_number=new.report_number,
            reported_on=new.reported_on,
            recorded_at=new.recorded_at,
            recorded_by_id=new.recorded_by_id,
            reason=new.reason,
            determination=new.determination,
            **_decision_values(new.decision),
        )
    )
    connection.execute(
        insert(report_finding),
        [{**key, "position": position, **_finding_values(each)} for position, each in enumerate(new.findings)],
    )


def set_decision(
    connection: Connection, of: Sample, version: int, decision: Decision, outcomes: Sequence[Outcome]
) -> int:
    """Rows changed: 0 where this version was decided already. `outcomes` are those of its findings, in their order."""
    table = laboratory_report.c
    own = and_(table.batch_id == of.batch_id, table.sample_id == of.sample_id, table.version == version)
    done = connection.execute(
        update(laboratory_report).where(own, table.verdict == "").values(**_decision_values(decision))
    )
    for position, outcome in enumerate(outcomes):
        connection.execute(
            update(report_finding)
            .where(
                report_finding.c.batch_id == of.batch_id,
                report_finding.c.sample_id == of.sample_id,
                report_finding.c.version == version,
                report_finding.c.position == position,
            )
            .values(outcome=outcome.value)
        )
    return done.rowcount


def samples_of(database: Database, batch_id: UUID) -> list[Sample]:
    """A batch's samples with all their results, the newest first. Three seeks, the last two only where there is a
    sample."""
    rows = SAMPLES_OF_BATCH.rows(database, batch_id=batch_id)
    if not rows:
        return []
    results = _gathered(_reports.rows(database, batch_id=batch_id), _findings.rows(database, batch_id=batch_id))
    return [sample_of_row(row, results.get(row[1], ())) for row in rows]


def find_sample(connection: Connection, batch_id: UUID, sample_id: UUID) -> Sample | None:
    """One sample with all its results, read in the caller's transaction."""
    row = sample_row(connection, batch_id, sample_id)
    if row is None:
        return None
    reports = connection.execute(
        select(*_REPORT_COLUMNS)
        .where(laboratory_report.c.batch_id == batch_id, laboratory_report.c.sample_id == sample_id)
        .order_by(laboratory_report.c.version)
    )
    findings = connection.execute(
        select(*_FINDING_COLUMNS)
        .where(report_finding.c.batch_id == batch_id, report_finding.c.sample_id == sample_id)
        .order_by(report_finding.c.version, report_finding.c.position)
    )
    return sample_of_row(row, _gathered(reports.all(), findings.all()).get(sample_id, ()))


def samples_by_id(connection: Connection, sample_ids: Sequence[UUID]) -> list[Sample]:
    """These samples with all their results, in the order asked for. Three queries."""
    rows = connection.execute(select(*SAMPLE_COLUMNS).where(sample.c.sample_id.in_(sample_ids))).all()
    reports = connection.execute(
        select(*_REPORT_COLUMNS)
        .where(laboratory_report.c.sample_id.in_(sample_ids))
        .order_by(laboratory_report.c.sample_id, laboratory_report.c.version)
    )
    findings = connection.execute(
        select(*_FINDING_COLUMNS)
        .where(report_finding.c.sample_id.in_(sample_ids))
        .order_by(report_finding.c.sample_id, report_finding.c.version, report_finding.c.position)
    )
    results = _gathered(reports.all(), findings.all())
    found = {row[1]: sample_of_row(row, results.get(row[1], ())) for row in rows}
    return [found[each] for each in sample_ids]


def _latest() -> Any:
    """The last version of each sample's results, as a subquery."""
    return (
        select(
            laboratory_report.c.batch_id,
            laboratory_report.c.sample_id,
            func.max(laboratory_report.c.version).label("version"),
        )
        .group_by(laboratory_report.c.batch_id, laboratory_report.c.sample_id)
        .subquery()
    )


def concluded_failures(connection: Connection, since: date) -> list[tuple[UUID, UUID | None]]:
    """Maker and sampled party of every concluded failure since a day of sampling that the maker did not deny."""
    latest = _latest()
    report = laboratory_report.c
    rows = connection.execute(
        select(sample.c.maker_id, sample.c.sampled_from_id)
        .join(latest, and_(latest.c.batch_id == sample.c.batch_id, latest.c.sample_id == sample.c.sample_id))
        .join(
            laboratory_report,
            and_(
                report.batch_id == latest.c.batch_id,
                report.sample_id == latest.c.sample_id,
                report.version == latest.c.version,
            ),
        )
        .where(
            sample.c.state.in_([state.value for state in CONCLUDED]),
            sample.c.taken_on >= since,
            sample.c.maker_response != MakerResponse.DENIED.value,
            report.verdict == Outcome.FAILED.value,
        )
    )
    return [(row[0], row[1]) for row in rows]


def concluded_faults(connection: Connection, batch_ids: Sequence[UUID]) -> list[tuple[UUID, bool]]:
    """Of these batches those with a concluded sample that failed or that the maker denies, and whether it denies."""
    latest = _latest()
    report = laboratory_report.c
    is_last = and_(
        report.batch_id == latest.c.batch_id,
        report.sample_id == latest.c.sample_id,
        report.version == latest.c.version,
    )
    is_denied = sample.c.maker_response == MakerResponse.DENIED.value
    rows = connection.execute(
        select(sample.c.batch_id, is_denied)
        .join(latest, and_(latest.c.batch_id == sample.c.batch_id, latest.c.sample_id == sample.c.sample_id))
        .join(laboratory_report, is_last)
        .where(
            sample.c.batch_id.in_(batch_ids),
            sample.c.state.in_([state.value for state in CONCLUDED]),
            or_(is_denied, report.verdict == Outcome.FAILED.value),
        )
        .distinct()
    )
    return [(row[0], bool(row[1])) for row in rows]


def last_visits(connection: Connection) -> dict[UUID, date]:
    """The last day on which a sample was taken, by the party in whose hands the goods were."""
    rows = connection.execute(
        select(sample.c.sampled_from_id, func.max(sample.c.taken_on))
        .where(sample.c.sampled_from_id.is_not(None))
        .group_by(sample.c.sampled_from_id)
    )
    return {row[0]: row[1] for row in rows}


def _gathered(reports: Iterable[Sequence[Any]], findings: Iterable[Sequence[Any]]) -> dict[UUID, tuple[ResultSet, ...]]:
    """Result sets by sample, in order of their versions."""
    found: dict[tuple[UUID, int], list[Finding]] = {}
    for row in findings:
        found.setdefault((row[0], row[1]), []).append(_finding(row))
    gathered: dict[UUID, list[ResultSet]] = {}
    for row in reports:
        gathered.setdefault(row[0], []).append(_result_set(row, tuple(found.get((row[0], row[1]), ()))))
    return {sample_id: tuple(sets) for sample_id, sets in gathered.items()}


def _result_set(row: Sequence[Any], findings: tuple[Finding, ...]) -> ResultSet:
    _, version, kind, laboratory, number, reported_on, recorded_at, recorded_by_id, reason, determination = row[:10]
    verdict, fault_class, violations, decision_reason, decided_by_id, decided_at = row[10:]
    decision = None
    if verdict:
        decision = Decision(
            verdict=Outcome(verdict),
            fault_class=FaultClass(fault_class) if fault_class else None,
            violations=tuple(ViolationCode(code) for code in violations.split()),
            reason=decision_reason,
            decided_by_id=decided_by_id,
            decided_at=decided_at,
        )
    return ResultSet(
        version=version,
        kind=ReportKind(kind),
        laboratory=laboratory,
        report_number=number,
        reported_on=reported_on,
        recorded_at=recorded_at,
        recorded_by_id=recorded_by_id,
        reason=reason,
        determination=determination,
        decision=decision,
        findings=findings,
    )


def _decision_values(decision: Decision | None) -> dict[str, object]:
    if decision is None:
        return {
            "verdict": "",
            "fault_class": "",
            "violations": "",
            "decision_reason": "",
            "decided_by_id": None,
            "decided_at": None,
        }
    return {
        "verdict": decision.verdict.value,
        "fault_class": decision.fault_class.value if decision.fault_class else "",
        "violations": " ".join(decision.violations),
        "decision_reason": decision.reason,
        "decided_by_id": decision.decided_by_id,
        "decided_at": decision.decided_at,
    }


def _finding_values(each: Finding) -> dict[str, object]:
    return {
        "item": each.item,
        "requirement": each.requirement,
        "limit_kind": each.limit.kind.value,
        "lower": each.limit.lower,
        "upper": each.limit.upper,
        "measured": each.measured,
        "measured_text": each.measured_text,
        "unit": each.unit.value,
        "outcome": each.outcome.value if each.outcome else "",
        "kind": each.kind.value,
        "observation": each.observation.value,
        "declared": each.declared,
        "declared_unit": each.declared_unit.value,
        "method": each.method,
        "detection_limit": each.detection_limit,
        "uncertainty": each.uncertainty,
        "suggested": each.suggested.value if each.suggested else "",
    }


def _finding(row: Sequence[Any]) -> Finding:
    item, requirement, limit_kind, lower, upper, measured, measured_text, unit, outcome = row[2:11]
    kind, observation, declared, declared_unit, method, detection_limit, uncertainty, suggested = row[11:]
    return Finding(
        item=item,
        requirement=requirement,
        limit=Limit(LimitKind(limit_kind), lower, upper),
        measured=measured,
        measured_text=measured_text,
        unit=Unit(unit),
        outcome=Outcome(outcome) if outcome else None,
        kind=ItemKind(kind),
        observation=Observation(observation),
        declared=declared,
        declared_unit=Unit(declared_unit),
        method=method,
        detection_limit=detection_limit,
        uncertainty=uncertainty,
        suggested=Suggestion(suggested) if suggested else None,
    )
