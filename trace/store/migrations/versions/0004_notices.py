"""Notices, webhooks and what is on its way to them; leads."""

import sqlalchemy as sa
from alembic import op

from suiyuan.trace.store import columns

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "lead",
        sa.Column("lead_id", columns.Identifier(), nullable=False),
        sa.Column("lead_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("batch_id", columns.Identifier(), nullable=True),
        sa.Column("sample_id", columns.Identifier(), nullable=True),
        sa.Column("maker_id", columns.Identifier(), nullable=True),
        sa.Column("outlet_id", columns.Identifier(), nullable=True),
        sa.Column("opened_at", columns.Instant(), nullable=False),
        sa.Column("opened_by_id", columns.Identifier(), nullable=True),
        sa.Column("taken_up_at", columns.Instant(), nullable=True),
        sa.Column("taken_up_by_id", columns.Identifier(), nullable=True),
        sa.Column("closed_at", columns.Instant(), nullable=True),
        sa.Column("closed_by_id", columns.Identifier(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_lead")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_lead_newest", "lead", ["opened_at", "lead_id"], unique=False)
    op.create_index("ix_lead_county", "lead", ["region_code", "opened_at"], unique=False)
    op.create_index("ix_lead_sample", "lead", ["batch_id", "sample_id"], unique=False)
    op.create_table(
        "lead_day",
        sa.Column("opened_on", columns.Day(), nullable=False),
        sa.Column("leads", columns.Whole, nullable=False),
        sa.PrimaryKeyConstraint("opened_on", name=op.f("pk_lead_day")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notice",
        sa.Column("party_id", columns.Identifier(), nullable=False),
        sa.Column("notice_id", columns.Identifier(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("batch_id", columns.Identifier(), nullable=True),
        sa.Column("sample_id", columns.Identifier(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("read_at", columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.party_id"], name=op.f("fk_notice_party_id")),
        sa.PrimaryKeyConstraint("party_id", "notice_id", name=op.f("pk_notice")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_notice_newest", "notice", ["party_id", "created_at", "notice_id"], unique=False)
    op.create_table(
        "webhook",
        sa.Column("party_id", columns.Identifier(), nullable=False),
        sa.Column("webhook_id", columns.Identifier(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("removed_at", columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.party_id"], name=op.f("fk_webhook_party_id")),
        sa.PrimaryKeyConstraint("party_id", "webhook_id", name=op.f("pk_webhook")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("party_id", columns.Identifier(), nullable=False),
        sa.Column("delivery_id", columns.Identifier(), nullable=False),
        sa.Column("webhook_id", columns.Identifier(), nullable=False),
        sa.Column("notice_id", columns.Identifier(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", columns.Whole, nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("next_attempt_at", columns.Instant(), nullable=True),
        sa.Column("settled_at", columns.Instant(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("status", columns.Whole, nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.party_id"], name=op.f("fk_webhook_delivery_party_id")),
        sa.PrimaryKeyConstraint("party_id", "delivery_id", name=op.f("pk_webhook_delivery")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_webhook_delivery_next_attempt_at", "webhook_delivery", ["next_attempt_at"], unique=False)


def downgrade() -> None:
    for table in ("webhook_delivery", "webhook", "notice", "lead_day", "lead"):
        op.drop_table(table)
