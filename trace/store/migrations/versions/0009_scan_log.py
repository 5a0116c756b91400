"""Scans become a log in the order of time, with one row for each code beside it; what they come to is kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateSequence, DropSequence

from suiyuan.trace.store import columns

revision = "0009"
down_revision = "0008"

NUMBERS = sa.Sequence("scan_position", data_type=sa.BigInteger)
STRICT = {"sqlite_strict": True, "sqlite_with_rowid": False}


_KEPT_BY_POSTGRESQL = """
INSERT INTO scan (position, batch_id, level, package_index, scanned_at, channel, region_code, basis, device)
SELECT nextval('scan_position'), batch_id, level, package_index, scanned_at, channel, '', 'none', ''
FROM (SELECT * FROM scan_by_code ORDER BY scanned_at, scan_id) AS earlier
"""
_KEPT_BY_SQLITE = """
INSERT INTO scan (position, batch_id, level, package_index, scanned_at, channel, region_code, basis, device)
SELECT row_number() OVER (ORDER BY scanned_at, scan_id),
       batch_id, level, package_index, scanned_at, channel, '', 'none', ''
FROM scan_by_code
"""


def key(*more: sa.Column, name: str) -> tuple:
    """The columns of a code, `more`, and the primary key."""
    return (
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("level", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("package_index", columns.Whole, autoincrement=False, nullable=False),
        *more,
        sa.PrimaryKeyConstraint("batch_id", "level", "package_index", name=op.f(name)),
    )


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.rename_table("scan", "scan_by_code")
    if is_postgresql:
        op.execute("ALTER INDEX pk_scan RENAME TO pk_scan_by_code")
        op.execute(CreateSequence(NUMBERS))
    op.create_table(
        "scan",
        sa.Column("position", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("level", columns.Whole, nullable=False),
        sa.Column("package_index", columns.Whole, nullable=False),
        sa.Column("scanned_at", columns.Instant(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("site_id", columns.Identifier(), nullable=True),
        sa.Column("about", columns.Whole, nullable=True),
        sa.PrimaryKeyConstraint("position", "batch_id", name=op.f("pk_scan")),
        **STRICT,
    )
    op.execute(_KEPT_BY_POSTGRESQL if is_postgresql else _KEPT_BY_SQLITE)
    op.drop_table("scan_by_code")
    op.create_table(
        "scan_code",
        *key(
            sa.Column("scans", columns.Whole, nullable=False),
            sa.Column("first_at", columns.Instant(), nullable=False),
            sa.Column("last_at", columns.Instant(), nullable=False),
            sa.Column("suspicion", sa.Text(), nullable=False),
            sa.Column("positions", sa.Text(), nullable=False),
            sa.Column("placed", columns.Whole, nullable=False),
            name="pk_scan_code",
        ),
        **STRICT,
    )
    op.create_table(
        "scan_flow",
        sa.Column("flow", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("filed", columns.Whole, nullable=False),
        sa.Column("judged", columns.Whole, nullable=False),
        sa.PrimaryKeyConstraint("flow", name=op.f("pk_scan_flow")),
        **STRICT,
    )
    op.execute("INSERT INTO scan_flow (flow, filed, judged) VALUES (1, 0, 0)")
    op.create_table(
        "scan_remark",
        sa.Column("position", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("bought_in", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", "batch_id", name=op.f("pk_scan_remark")),
        **STRICT,
    )
    op.create_table(
        "suspect",
        *key(
            sa.Column("suspect_id", columns.Identifier(), nullable=False),
            sa.Column("suspicion", sa.Text(), nullable=False),
            sa.Column("copied_odds", columns.Real, nullable=False),
            sa.Column("irregular_odds", columns.Real, nullable=False),
            sa.Column("looks", columns.Whole, nullable=False),
            sa.Column("signals", sa.Text(), nullable=False),
            sa.Column("region_code", sa.Text(), nullable=False),
            sa.Column("raised_at", columns.Instant(), nullable=False),
            sa.Column("updated_at", columns.Instant(), nullable=False),
            sa.Column("state", sa.Text(), nullable=False),
            sa.Column("dismissed_copied", columns.Real, nullable=False),
            sa.Column("dismissed_irregular", columns.Real, nullable=False),
            sa.Column("decided_at", columns.Instant(), nullable=True),
            sa.Column("decided_by_id", columns.Identifier(), nullable=True),
            sa.Column("reason", sa.Text(), nullable=False),
            sa.Column("lead_number", sa.Text(), nullable=False),
            name="pk_suspect",
        ),
        **STRICT,
    )
    op.create_index("ix_suspect_newest", "suspect", ["state", "updated_at", "suspect_id"])
    op.create_table(
        "suspect_decision",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("decision_id", columns.Identifier(), nullable=False),
        sa.Column("level", columns.Whole, nullable=False),
        sa.Column("package_index", columns.Whole, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("copied_odds", columns.Real, nullable=False),
        sa.Column("decided_at", columns.Instant(), nullable=False),
        sa.Column("decided_by_id", columns.Identifier(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "decision_id", name=op.f("pk_suspect_decision")),
        **STRICT,
    )


def downgrade() -> None:
    op.drop_table("suspect_decision")
    op.drop_table("suspect")
    op.drop_table("scan_remark")
    op.drop_table("scan_flow")
    op.drop_table("scan_code")
    op.drop_table("scan")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(DropSequence(NUMBERS))
    op.create_table(
        "scan",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("level", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("package_index", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("scanned_at", columns.Instant(), nullable=False),
        sa.Column("scan_id", columns.Identifier(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "level", "package_index", "scanned_at", "scan_id", name=op.f("pk_scan")),
        **STRICT,
    )
