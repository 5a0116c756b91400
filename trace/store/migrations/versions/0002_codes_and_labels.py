"""Codes and labels: imports, irregular packing, print jobs, void codes."""

import sqlalchemy as sa
from alembic import op

from suiyuan.trace.store import columns

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "code_import",
        sa.Column("import_id", columns.Identifier(), nullable=False),
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("level", columns.Whole, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_digest", sa.Text(), nullable=False),
        sa.Column("first_index", columns.Whole, nullable=False),
        sa.Column("codes_taken", columns.Whole, nullable=False),
        sa.Column("lines_read", columns.Whole, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", columns.Instant(), nullable=False),
        sa.Column("finished_at", columns.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_code_import")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_code_import_place", "code_import", ["batch_id", "level", "file_digest"], unique=True)
    op.create_table(
        "packing_exception",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("level", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("start", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("stop", columns.Whole, nullable=False),
        sa.Column("container_index", columns.Whole, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_packing_exception_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "level", "start", name=op.f("pk_packing_exception")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "print_job",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("job_id", columns.Identifier(), nullable=False),
        sa.Column("level", columns.Whole, nullable=False),
        sa.Column("start", columns.Whole, nullable=False),
        sa.Column("stop", columns.Whole, nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("printed_by_id", columns.Identifier(), nullable=True),
        sa.Column("printed_at", columns.Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_print_job_batch_id")),
        sa.ForeignKeyConstraint(["printed_by_id"], ["party.party_id"], name=op.f("fk_print_job_printed_by_id")),
        sa.PrimaryKeyConstraint("batch_id", "job_id", name=op.f("pk_print_job")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "voided_code",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("level", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("start", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("stop", columns.Whole, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("voided_at", columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_voided_code_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "level", "start", name=op.f("pk_voided_code")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "label_key",
        sa.Column("key_number", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("retired_at", columns.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("key_number", name=op.f("pk_label_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.add_column("batch", sa.Column("is_signed", columns.Flag(), server_default=sa.false(), nullable=False))
    op.add_column("batch", sa.Column("units_carry_codes", columns.Flag(), server_default=sa.true(), nullable=False))
    op.add_column("imported_code", sa.Column("import_id", columns.Identifier(), nullable=True))


def downgrade() -> None:
    raise RuntimeError("imports and print jobs would be lost")
