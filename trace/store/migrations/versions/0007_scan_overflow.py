"""Scans of one code beyond a number are counted, not kept one by one."""

import sqlalchemy as sa
from alembic import op

from suiyuan.trace.store import columns

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "scan_overflow",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("level", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("package_index", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("scans", columns.Whole, nullable=False),
        sa.Column("last_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "level", "package_index", name=op.f("pk_scan_overflow")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("scan_overflow")
