"""Buyers' reports with their photos, and how often they may be sent."""

import sqlalchemy as sa
from alembic import op

from suiyuan.trace.store import columns

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "consumer_report",
        sa.Column("lead_id", columns.Identifier(), nullable=False),
        sa.Column("sent_id", columns.Identifier(), nullable=False),
        sa.Column("check_text", sa.Text(), nullable=False),
        sa.Column("code_text", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("troubles", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("latitude_degrees", columns.Exact(), nullable=True),
        sa.Column("longitude_degrees", columns.Exact(), nullable=True),
        sa.Column("telephone_sealed", sa.Text(), nullable=False),
        sa.Column("photos", columns.Whole, nullable=False),
        sa.Column("public_answer", sa.Text(), nullable=False),
        sa.Column("erased_at", columns.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_consumer_report")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("uq_consumer_report_sent_id", "consumer_report", ["sent_id"], unique=True)
    op.create_table(
        "report_photo",
        sa.Column("lead_id", columns.Identifier(), nullable=False),
        sa.Column("number", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("content", columns.Bytes(), nullable=False),
        sa.PrimaryKeyConstraint("lead_id", "number", name=op.f("pk_report_photo")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "report_attempt",
        sa.Column("attempt_id", columns.Identifier(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("attempted_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_report_attempt")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_report_attempt_source", "report_attempt", ["kind", "source", "attempted_at"], unique=False)
    op.create_index("ix_report_attempt_kind", "report_attempt", ["kind", "attempted_at"], unique=False)
    op.create_index("ix_report_attempt_attempted_at", "report_attempt", ["attempted_at"], unique=False)
    op.create_table(
        "report_salt",
        sa.Column("salted_on", columns.Day(), nullable=False),
        sa.Column("salt", columns.Bytes(), nullable=False),
        sa.PrimaryKeyConstraint("salted_on", name=op.f("pk_report_salt")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("report_salt", "report_attempt", "report_photo", "consumer_report"):
        op.drop_table(table)
