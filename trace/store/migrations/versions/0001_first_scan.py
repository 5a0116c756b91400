"""First scan: parties to scans"""

import sqlalchemy as sa
from alembic import op

from suiyuan.trace.store import columns

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "code_block",
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("serial", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("unit_count", columns.Whole, nullable=False),
        sa.Column("carton_count", columns.Whole, nullable=False),
        sa.Column("pallet_count", columns.Whole, nullable=False),
        sa.PrimaryKeyConstraint("scheme", "prefix", "serial", name=op.f("pk_code_block")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "code_prefix",
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("next_serial", columns.Whole, nullable=False),
        sa.PrimaryKeyConstraint("scheme", "prefix", name=op.f("pk_code_prefix")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event",
        sa.Column("subject_id", columns.Identifier(), nullable=False),
        sa.Column("sequence", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", columns.Instant(), nullable=False),
        sa.Column("actor_id", columns.Identifier(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "sequence", name=op.f("pk_event")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_head",
        sa.Column("subject_id", columns.Identifier(), nullable=False),
        sa.Column("sequence", columns.Whole, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_event_head")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "imported_code",
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("level", columns.Whole, nullable=False),
        sa.Column("package_index", columns.Whole, nullable=False),
        sa.PrimaryKeyConstraint("scheme", "code", name=op.f("pk_imported_code")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_imported_code_place", "imported_code", ["batch_id", "level", "package_index"], unique=True)
    op.create_table(
        "instance_fact",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_instance_fact")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "party",
        sa.Column("party_id", columns.Identifier(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("is_demonstration", columns.Flag(), nullable=False),
        sa.Column("registered_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("party_id", name=op.f("pk_party")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_party_credit_code")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "published_result",
        sa.Column("result_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("labelled_registration_number", sa.Text(), nullable=False),
        sa.Column("lot_or_production_date", sa.Text(), nullable=False),
        sa.Column("labelled_producer", sa.Text(), nullable=False),
        sa.Column("sampled_from", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("measured", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("fault_class", sa.Text(), nullable=False),
        sa.Column("value_kind", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("reliability", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("result_id", name=op.f("pk_published_result")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "register_entry",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("registration_number", sa.Text(), nullable=False),
        sa.Column("registration_number_normalised", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("approved_on", sa.Text(), nullable=False),
        sa.Column("reliability", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_register_entry")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_register_entry_registration_number_normalised"),
        "register_entry",
        ["registration_number_normalised"],
        unique=False,
    )
    op.create_table(
        "sample_number",
        sa.Column("sample_number", sa.Text(), nullable=False),
        sa.Column("sample_id", columns.Identifier(), nullable=False),
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.PrimaryKeyConstraint("sample_number", name=op.f("pk_sample_number")),
        sa.UniqueConstraint("sample_id", name=op.f("uq_sample_number_sample_id")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scan",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("level", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("package_index", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("scanned_at", columns.Instant(), nullable=False),
        sa.Column("scan_id", columns.Identifier(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "level", "package_index", "scanned_at", "scan_id", name=op.f("pk_scan")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("party_id", columns.Identifier(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("withdrawn_at", columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.party_id"], name=op.f("fk_api_key_party_id")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_api_key_party_id"), "api_key", ["party_id"], unique=False)
    op.create_table(
        "licence",
        sa.Column("party_id", columns.Identifier(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("product_kind", sa.Text(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("valid_until", columns.Day(), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.party_id"], name=op.f("fk_licence_party_id")),
        sa.PrimaryKeyConstraint("party_id", "number", "product_kind", "valid_from", name=op.f("pk_licence")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "party_role",
        sa.Column("party_id", columns.Identifier(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.party_id"], name=op.f("fk_party_role_party_id")),
        sa.PrimaryKeyConstraint("party_id", "role", name=op.f("pk_party_role")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "product",
        sa.Column("product_id", columns.Identifier(), nullable=False),
        sa.Column("holder_id", columns.Identifier(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("registration_number", sa.Text(), nullable=False),
        sa.Column("registration_number_normalised", sa.Text(), nullable=False),
        sa.Column("code_registration_digits", sa.Text(), nullable=False),
        sa.Column("formulation", sa.Text(), nullable=False),
        sa.Column("shelf_life_days", columns.Whole, nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("is_demonstration", columns.Flag(), nullable=False),
        sa.Column("registered_at", columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["holder_id"], ["party.party_id"], name=op.f("fk_product_holder_id")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_product_holder_id"), "product", ["holder_id"], unique=False)
    op.create_index(
        op.f("ix_product_registration_number_normalised"), "product", ["registration_number_normalised"], unique=False
    )
    op.create_table(
        "batch",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("maker_id", columns.Identifier(), nullable=False),
        sa.Column("product_id", columns.Identifier(), nullable=False),
        sa.Column("batch_number", sa.Text(), nullable=False),
        sa.Column("production_on", columns.Day(), nullable=False),
        sa.Column("expires_on", columns.Day(), nullable=False),
        sa.Column("size", columns.Whole, nullable=False),
        sa.Column("units_per_carton", columns.Whole, nullable=False),
        sa.Column("cartons_per_pallet", columns.Whole, nullable=False),
        sa.Column("pack_description", sa.Text(), nullable=False),
        sa.Column("production_type", sa.Text(), nullable=False),
        sa.Column("contract_maker", sa.Text(), nullable=False),
        sa.Column("technical_registration", sa.Text(), nullable=False),
        sa.Column("technical_maker", sa.Text(), nullable=False),
        sa.Column("factory_result", sa.Text(), nullable=False),
        sa.Column("factory_report_number", sa.Text(), nullable=False),
        sa.Column("factory_inspected_on", columns.Day(), nullable=True),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("code_prefix", sa.Text(), nullable=False),
        sa.Column("code_serial", columns.Whole, nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("is_demonstration", columns.Flag(), nullable=False),
        sa.Column("registered_at", columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["maker_id"], ["party.party_id"], name=op.f("fk_batch_maker_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.product_id"], name=op.f("fk_batch_product_id")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batch")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_batch_maker_id"), "batch", ["maker_id"], unique=False)
    op.create_index(op.f("ix_batch_product_id"), "batch", ["product_id"], unique=False)
    op.create_table(
        "product_ingredient",
        sa.Column("product_id", columns.Identifier(), nullable=False),
        sa.Column("position", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", columns.Exact(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.product_id"], name=op.f("fk_product_ingredient_product_id")),
        sa.PrimaryKeyConstraint("product_id", "position", name=op.f("pk_product_ingredient")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "batch_stop",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("stop_id", columns.Identifier(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ordered_by_id", columns.Identifier(), nullable=True),
        sa.Column("ordered_at", columns.Instant(), nullable=False),
        sa.Column("lifted_at", columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_batch_stop_batch_id")),
        sa.ForeignKeyConstraint(["ordered_by_id"], ["party.party_id"], name=op.f("fk_batch_stop_ordered_by_id")),
        sa.PrimaryKeyConstraint("batch_id", "stop_id", name=op.f("pk_batch_stop")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "movement",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("movement_id", columns.Identifier(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("transfer_id", columns.Identifier(), nullable=False),
        sa.Column("from_id", columns.Identifier(), nullable=False),
        sa.Column("to_id", columns.Identifier(), nullable=False),
        sa.Column("occurred_at", columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_movement_batch_id")),
        sa.ForeignKeyConstraint(["from_id"], ["party.party_id"], name=op.f("fk_movement_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["party.party_id"], name=op.f("fk_movement_to_id")),
        sa.PrimaryKeyConstraint("batch_id", "movement_id", name=op.f("pk_movement")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sample",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("sample_id", columns.Identifier(), nullable=False),
        sa.Column("sample_number", sa.Text(), nullable=False),
        sa.Column("agency_id", columns.Identifier(), nullable=False),
        sa.Column("taken_on", columns.Day(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("laboratory", sa.Text(), nullable=False),
        sa.Column("report_number", sa.Text(), nullable=False),
        sa.Column("reported_on", columns.Day(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", columns.Instant(), nullable=False),
        sa.Column("maker_response", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["party.party_id"], name=op.f("fk_sample_agency_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_sample_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "sample_id", name=op.f("pk_sample")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "span",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("start", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("stop", columns.Whole, nullable=False),
        sa.Column("holder_id", columns.Identifier(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("receiver_id", columns.Identifier(), nullable=True),
        sa.Column("transfer_id", columns.Identifier(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_span_batch_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["party.party_id"], name=op.f("fk_span_holder_id")),
        sa.ForeignKeyConstraint(["receiver_id"], ["party.party_id"], name=op.f("fk_span_receiver_id")),
        sa.PrimaryKeyConstraint("batch_id", "start", name=op.f("pk_span")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_span_holder_id"), "span", ["holder_id"], unique=False)
    op.create_index(op.f("ix_span_receiver_id"), "span", ["receiver_id"], unique=False)
    op.create_table(
        "finding",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("sample_id", columns.Identifier(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["batch_id", "sample_id"],
            ["sample.batch_id", "sample.sample_id"],
            name=op.f("fk_finding_batch_id_sample_id"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "sample_id", "position", name=op.f("pk_finding")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "movement_interval",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("start", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("movement_id", columns.Identifier(), nullable=False),
        sa.Column("stop", columns.Whole, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id", "movement_id"],
            ["movement.batch_id", "movement.movement_id"],
            name=op.f("fk_movement_interval_batch_id_movement_id"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "start", "movement_id", name=op.f("pk_movement_interval")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise RuntimeError("the first schema has nothing to go back to")
