"""Plans of spot checks with their draws, and the inspectors drawn from."""

import sqlalchemy as sa
from alembic import op

from suiyuan.trace.store import columns

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "inspector",
        sa.Column("inspector_id", columns.Identifier(), nullable=False),
        sa.Column("agency_id", columns.Identifier(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("certificate_number", sa.Text(), nullable=False),
        sa.Column("added_at", columns.Instant(), nullable=False),
        sa.Column("left_at", columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["party.party_id"], name=op.f("fk_inspector_agency_id")),
        sa.PrimaryKeyConstraint("inspector_id", name=op.f("pk_inspector")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_inspector_agency_id"), "inspector", ["agency_id"], unique=False)
    op.create_index(
        "ix_inspector_certificate",
        "inspector",
        ["certificate_number"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "inspector_interest",
        sa.Column("inspector_id", columns.Identifier(), nullable=False),
        sa.Column("party_id", columns.Identifier(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("noted_at", columns.Instant(), nullable=False),
        sa.Column("ended_at", columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["inspector_id"], ["inspector.inspector_id"], name=op.f("fk_inspector_interest_inspector_id")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.party_id"], name=op.f("fk_inspector_interest_party_id")),
        sa.PrimaryKeyConstraint("inspector_id", "party_id", name=op.f("pk_inspector_interest")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_inspector_interest_party_id"), "inspector_interest", ["party_id"], unique=False)
    op.create_table(
        "inspection_plan",
        sa.Column("plan_id", columns.Identifier(), nullable=False),
        sa.Column("plan_number", sa.Text(), nullable=False),
        sa.Column("organiser_id", columns.Identifier(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("candidate_list", sa.Text(), nullable=True),
        sa.Column("list_sha256", sa.Text(), nullable=True),
        sa.Column("sealed_secret", sa.Text(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("secret_sha256", sa.Text(), nullable=True),
        sa.Column("public_value", sa.Text(), nullable=True),
        sa.Column("committed_at", columns.Instant(), nullable=True),
        sa.Column("drawn_at", columns.Instant(), nullable=True),
        sa.Column("published_at", columns.Instant(), nullable=True),
        sa.Column("cancelled_at", columns.Instant(), nullable=True),
        sa.Column("cancellation", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["organiser_id"], ["party.party_id"], name=op.f("fk_inspection_plan_organiser_id")),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_inspection_plan")),
        sa.UniqueConstraint("plan_number", name=op.f("uq_inspection_plan_plan_number")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_inspection_plan_organiser_id"), "inspection_plan", ["organiser_id"], unique=False)
    op.create_table(
        "plan_redraw",
        sa.Column("plan_id", columns.Identifier(), nullable=False),
        sa.Column("number", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("inspector_id", columns.Identifier(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("redrawn_at", columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["inspector_id"], ["inspector.inspector_id"], name=op.f("fk_plan_redraw_inspector_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["inspection_plan.plan_id"], name=op.f("fk_plan_redraw_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "number", name=op.f("pk_plan_redraw")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan_assignment",
        sa.Column("plan_id", columns.Identifier(), nullable=False),
        sa.Column("party_id", columns.Identifier(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("visited_on", columns.Day(), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.party_id"], name=op.f("fk_plan_assignment_party_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["inspection_plan.plan_id"], name=op.f("fk_plan_assignment_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "party_id", name=op.f("pk_plan_assignment")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan_inspector",
        sa.Column("plan_id", columns.Identifier(), nullable=False),
        sa.Column("party_id", columns.Identifier(), nullable=False),
        sa.Column("inspector_id", columns.Identifier(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inspector_id"], ["inspector.inspector_id"], name=op.f("fk_plan_inspector_inspector_id")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.party_id"], name=op.f("fk_plan_inspector_party_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["inspection_plan.plan_id"], name=op.f("fk_plan_inspector_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "party_id", "inspector_id", name=op.f("pk_plan_inspector")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_plan_inspector_inspector_id"), "plan_inspector", ["inspector_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("plans that were drawn are on record for good")
