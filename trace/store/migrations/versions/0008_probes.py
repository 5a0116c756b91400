"""Looks for unknown and malformed codes are counted by day, prefix and source."""

import sqlalchemy as sa
from alembic import op

from suiyuan.trace.store import columns

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "probe_tally",
        sa.Column("tallied_on", columns.Day(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("unknown", columns.Whole, nullable=False),
        sa.Column("malformed", columns.Whole, nullable=False),
        sa.Column("slowed", columns.Whole, nullable=False),
        sa.PrimaryKeyConstraint("tallied_on", "prefix", "source", name=op.f("pk_probe_tally")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("probe_tally")
