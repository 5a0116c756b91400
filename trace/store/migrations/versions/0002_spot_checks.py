"""Spot checks as they are done: the sheet, sealed portions, every version of the results, every step of the way.

A sample that was there gets a sheet with what was known of it, and its results become version 1, decided where the
sample had been notified.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection

from suiyuan.trace.store import columns

revision = "0002"
down_revision = "0001"

UNDECIDED = ("taken", "reported")

Rows = list[dict[str, Any]]

_OLD_SAMPLE = sa.table(
    "sample",
    sa.column("batch_id", columns.Identifier()),
    sa.column("sample_id", columns.Identifier()),
    sa.column("sample_number", sa.Text()),
    sa.column("agency_id", columns.Identifier()),
    sa.column("taken_on", columns.Day()),
    sa.column("region_code", sa.Text()),
    sa.column("basis", sa.Text()),
    sa.column("laboratory", sa.Text()),
    sa.column("report_number", sa.Text()),
    sa.column("reported_on", columns.Day()),
    sa.column("state", sa.Text()),
    sa.column("state_at", columns.Instant()),
    sa.column("maker_response", sa.Text()),
)
_BATCH = sa.table(
    "batch",
    sa.column("batch_id", columns.Identifier()),
    sa.column("maker_id", columns.Identifier()),
    sa.column("product_id", columns.Identifier()),
)
_OLD_FINDING = sa.table(
    "finding",
    sa.column("batch_id", columns.Identifier()),
    sa.column("sample_id", columns.Identifier()),
    sa.column("position", columns.Whole),
    sa.column("item", sa.Text()),
    sa.column("requirement", sa.Text()),
    sa.column("limit_kind", sa.Text()),
    sa.column("lower", columns.Exact()),
    sa.column("upper", columns.Exact()),
    sa.column("measured", columns.Exact()),
    sa.column("measured_text", sa.Text()),
    sa.column("unit", sa.Text()),
    sa.column("outcome", sa.Text()),
)


def upgrade() -> None:
    connection = op.get_bind()
    made = {row.batch_id: row for row in connection.execute(sa.select(_BATCH))}
    samples = [
        {**row, "maker_id": made[row["batch_id"]].maker_id, "product_id": made[row["batch_id"]].product_id}
        for row in _rows(connection, _OLD_SAMPLE)
    ]
    findings = _rows(connection, _OLD_FINDING)
    op.add_column("site", sa.Column("allows_northern_moisture", columns.Flag(), nullable=True))
    op.drop_table("finding")
    op.drop_table("sample")
    _create()
    _take_over(connection, samples, findings)


def downgrade() -> None:
    raise RuntimeError("sheets and earlier versions of results would be lost")


def _rows(connection: Connection, table: sa.TableClause) -> Rows:
    return [dict(row._mapping) for row in connection.execute(sa.select(table))]


def _take_over(connection: Connection, samples: Rows, findings: Rows) -> None:
    failed = {each["sample_id"] for each in findings if each["outcome"] == "failed"}
    reported = [each for each in samples if each["reported_on"] is not None]
    _put(connection, "sample", [_sample(each) for each in samples])
    _put(connection, "sample_sheet", [_sheet(each) for each in samples])
    _put(connection, "sample_step", [_step(each) for each in samples])
    _put(connection, "laboratory_report", [_report(each, each["sample_id"] in failed) for each in reported])
    _put(connection, "report_finding", [_finding(each) for each in findings])


def _put(connection: Connection, name: str, rows: Rows) -> None:
    if rows:
        types = {"batch_id": columns.Identifier(), "sample_id": columns.Identifier(), **_TYPES}
        table = sa.table(name, *(sa.column(each, types.get(each, sa.Text())) for each in rows[0]))
        connection.execute(sa.insert(table), rows)


_TYPES: dict[str, Any] = {
    "agency_id": columns.Identifier(),
    "maker_id": columns.Identifier(),
    "product_id": columns.Identifier(),
    "taken_on": columns.Day(),
    "state_at": columns.Instant(),
    "taken_at": columns.Instant(),
    "entered_at": columns.Instant(),
    "reported_on": columns.Day(),
    "recorded_at": columns.Instant(),
    "decided_at": columns.Instant(),
    "units": columns.Whole,
    "position": columns.Whole,
    "version": columns.Whole,
    "allows_northern_moisture": columns.Flag(),
    "lower": columns.Exact(),
    "upper": columns.Exact(),
    "measured": columns.Exact(),
}


def _key(row: dict[str, Any]) -> dict[str, Any]:
    return {"batch_id": row["batch_id"], "sample_id": row["sample_id"]}


def _sample(row: dict[str, Any]) -> dict[str, Any]:
    left_out = ("laboratory", "report_number", "reported_on")
    return {**{name: value for name, value in row.items() if name not in left_out}, "stage": "trade"}


def _sheet(row: dict[str, Any]) -> dict[str, Any]:
    texts = (
        "place acknowledgement signed_by refusal_reason signature seed_crop seed_type seed_class seed_subspecies note"
    )
    return {
        **_key(row),
        "taken_at": row["state_at"],
        "units": 0,
        "allows_northern_moisture": False,
        "duplicates": "[]",
        **dict.fromkeys(texts.split(), ""),
    }


def _step(row: dict[str, Any]) -> dict[str, Any]:
    return {**_key(row), "position": 0, "state": row["state"], "entered_at": row["state_at"], "note": ""}


def _report(row: dict[str, Any], failed: bool) -> dict[str, Any]:
    is_decided = row["state"] not in UNDECIDED
    return {
        **_key(row),
        "version": 1,
        "kind": "first",
        "laboratory": row["laboratory"],
        "report_number": row["report_number"],
        "reported_on": row["reported_on"],
        "recorded_at": row["state_at"],
        "reason": "",
        "determination": "",
        "verdict": ("failed" if failed else "passed") if is_decided else "",
        "fault_class": "",
        "violations": "",
        "decision_reason": "",
        "decided_at": row["state_at"] if is_decided else None,
    }


def _finding(row: dict[str, Any]) -> dict[str, Any]:
    if row["measured"] is not None:
        observation = "measured"
    elif row["limit_kind"] == "not_detected":
        observation = "not_detected" if row["outcome"] == "passed" else "detected"
    else:
        observation = "complies" if row["outcome"] == "passed" else "does_not_comply"
    return {
        **row,
        "version": 1,
        "kind": "other_limit",
        "observation": observation,
        "declared_unit": "",
        "method": "",
        "suggested": "",
    }


def _create() -> None:
    op.create_table(
        "sample",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("sample_id", columns.Identifier(), nullable=False),
        sa.Column("maker_id", columns.Identifier(), nullable=False),
        sa.Column("product_id", columns.Identifier(), nullable=False),
        sa.Column("sample_number", sa.Text(), nullable=False),
        sa.Column("agency_id", columns.Identifier(), nullable=False),
        sa.Column("taken_on", columns.Day(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("sampled_from_id", columns.Identifier(), nullable=True),
        sa.Column("plan_id", columns.Identifier(), nullable=True),
        sa.Column("laboratory_id", columns.Identifier(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", columns.Instant(), nullable=False),
        sa.Column("maker_response", sa.Text(), nullable=False),
        sa.Column("stop_id", columns.Identifier(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["party.party_id"], name=op.f("fk_sample_agency_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_sample_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "sample_id", name=op.f("pk_sample")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sample_agency", "sample", ["agency_id", "state"], unique=False)
    op.create_index("ix_sample_laboratory", "sample", ["laboratory_id", "state"], unique=False)
    op.create_index("ix_sample_maker", "sample", ["maker_id", "taken_on"], unique=False)
    op.create_index("ix_sample_plan", "sample", ["plan_id"], unique=False)
    op.create_index("ix_sample_product", "sample", ["product_id", "taken_on"], unique=False)
    op.create_index("ix_sample_sampled_from", "sample", ["sampled_from_id", "taken_on"], unique=False)
    op.create_index("ix_sample_state", "sample", ["state", "taken_on"], unique=False)
    op.create_table(
        "sample_sheet",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("sample_id", columns.Identifier(), nullable=False),
        sa.Column("taken_at", columns.Instant(), nullable=False),
        sa.Column("captured_at", columns.Instant(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("site_id", columns.Identifier(), nullable=True),
        sa.Column("units", columns.Whole, nullable=False),
        sa.Column("movement_id", columns.Identifier(), nullable=True),
        sa.Column("acknowledgement", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("refusal_reason", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("seed_crop", sa.Text(), nullable=False),
        sa.Column("seed_type", sa.Text(), nullable=False),
        sa.Column("seed_class", sa.Text(), nullable=False),
        sa.Column("seed_subspecies", sa.Text(), nullable=False),
        sa.Column("allows_northern_moisture", columns.Flag(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("duplicates", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id", "sample_id"],
            ["sample.batch_id", "sample.sample_id"],
            name=op.f("fk_sample_sheet_batch_id_sample_id"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "sample_id", name=op.f("pk_sample_sheet")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sample_inspector",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("sample_id", columns.Identifier(), nullable=False),
        sa.Column("position", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("certificate_number", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id", "sample_id"],
            ["sample.batch_id", "sample.sample_id"],
            name=op.f("fk_sample_inspector_batch_id_sample_id"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "sample_id", "position", name=op.f("pk_sample_inspector")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sample_portion",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("sample_id", columns.Identifier(), nullable=False),
        sa.Column("position", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("seal_number", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id", "sample_id"],
            ["sample.batch_id", "sample.sample_id"],
            name=op.f("fk_sample_portion_batch_id_sample_id"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "sample_id", "position", name=op.f("pk_sample_portion")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "seal_number",
        sa.Column("seal_number", sa.Text(), nullable=False),
        sa.Column("sample_id", columns.Identifier(), nullable=False),
        sa.PrimaryKeyConstraint("seal_number", name=op.f("pk_seal_number")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sample_step",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("sample_id", columns.Identifier(), nullable=False),
        sa.Column("position", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("entered_at", columns.Instant(), nullable=False),
        sa.Column("actor_id", columns.Identifier(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id", "sample_id"],
            ["sample.batch_id", "sample.sample_id"],
            name=op.f("fk_sample_step_batch_id_sample_id"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "sample_id", "position", name=op.f("pk_sample_step")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "laboratory_report",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("sample_id", columns.Identifier(), nullable=False),
        sa.Column("version", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("laboratory", sa.Text(), nullable=False),
        sa.Column("report_number", sa.Text(), nullable=False),
        sa.Column("reported_on", columns.Day(), nullable=False),
        sa.Column("recorded_at", columns.Instant(), nullable=False),
        sa.Column("recorded_by_id", columns.Identifier(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("determination", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("fault_class", sa.Text(), nullable=False),
        sa.Column("violations", sa.Text(), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", columns.Identifier(), nullable=True),
        sa.Column("decided_at", columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id", "sample_id"],
            ["sample.batch_id", "sample.sample_id"],
            name=op.f("fk_laboratory_report_batch_id_sample_id"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "sample_id", "version", name=op.f("pk_laboratory_report")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "report_finding",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("sample_id", columns.Identifier(), nullable=False),
        sa.Column("version", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("position", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("limit_kind", sa.Text(), nullable=False),
        sa.Column("lower", columns.Exact(), nullable=True),
        sa.Column("upper", columns.Exact(), nullable=True),
        sa.Column("measured", columns.Exact(), nullable=True),
        sa.Column("measured_text", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("observation", sa.Text(), nullable=False),
        sa.Column("declared", columns.Exact(), nullable=True),
        sa.Column("declared_unit", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("detection_limit", columns.Exact(), nullable=True),
        sa.Column("uncertainty", columns.Exact(), nullable=True),
        sa.Column("suggested", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id", "sample_id", "version"],
            ["laboratory_report.batch_id", "laboratory_report.sample_id", "laboratory_report.version"],
            name=op.f("fk_report_finding_batch_id_sample_id_version"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "sample_id", "version", "position", name=op.f("pk_report_finding")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
