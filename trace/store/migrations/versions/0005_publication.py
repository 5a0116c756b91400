"""Publication: concluded samples as the public may see them, bulletins with their versions, published counts.

Of the samples that were final before, a row is made of what is on file: the search finds published ones only, and the
answer to a scan counts both.
"""

import json
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

from suiyuan.trace.store import columns

revision = "0005"
down_revision = "0004"

LISTED = sa.text("published_on IS NOT NULL AND withdrawn_on IS NULL")


def upgrade() -> None:
    _create()
    _fill(op.get_bind())


def downgrade() -> None:
    raise RuntimeError("published bulletins are on record for good")


CONCLUDED_BEFORE = """
SELECT sample.batch_id, sample.sample_id, sample.sample_number, sample.plan_id, batch.product_id, product.kind,
       product.name AS product_name, product.registration_number, batch.batch_number, maker.name AS maker_name,
       maker.credit_code AS maker_credit_code, sample_sheet.place, outlet.name AS outlet_name,
       outlet.credit_code AS outlet_credit_code, sample.region_code, sample.taken_on, sample.basis, sample.stage,
       sample.maker_response, report.verdict, report.fault_class, report.violations, report.laboratory,
       report.report_number, report.reported_on, report.version
FROM sample
JOIN batch ON batch.batch_id = sample.batch_id
JOIN product ON product.product_id = batch.product_id
JOIN party AS maker ON maker.party_id = batch.maker_id
JOIN sample_sheet ON sample_sheet.batch_id = sample.batch_id AND sample_sheet.sample_id = sample.sample_id
JOIN laboratory_report AS report ON report.batch_id = sample.batch_id AND report.sample_id = sample.sample_id
LEFT JOIN party AS outlet ON outlet.party_id = sample.sampled_from_id
WHERE sample.state = 'final' AND report.verdict <> ''
ORDER BY report.version
"""
FINDINGS = """
SELECT sample_id, version, item, requirement, measured, measured_text, unit, outcome, observation
FROM report_finding ORDER BY batch_id, sample_id, version, position
"""


def _fill(connection: sa.Connection) -> None:
    """None of them is published yet: there was no such state."""
    rows = connection.execute(sa.text(CONCLUDED_BEFORE)).all()
    if not rows:
        return
    found: dict[Any, list[Any]] = {}
    for each in connection.execute(sa.text(FINDINGS)):
        found.setdefault((each.sample_id, each.version), []).append(each)
    latest = {row.sample_id: _row(row, found.get((row.sample_id, row.version), [])) for row in rows}
    names = list(next(iter(latest.values())))
    # Values come as the driver gives them and go back so: identifiers and days are not converted.
    table = sa.table("concluded_sample", *(sa.column(name) for name in names))
    connection.execute(sa.insert(table), list(latest.values()))


def _row(row: Any, findings: list[Any]) -> dict[str, Any]:
    items = list(dict.fromkeys(each.item for each in findings))
    outlet = row.outlet_name or row.place
    kept = {name: value for name, value in row._mapping.items() if name not in ("place", "maker_response")}
    return {
        **kept,
        "outlet_name": outlet,
        "outlet_credit_code": row.outlet_credit_code or "",
        "verdict": "denied" if row.maker_response == "denied" else row.verdict,
        "violations": f" {row.violations} " if row.violations else "",
        "items": json.dumps(items, ensure_ascii=False),
        "failures": json.dumps([_failure(each) for each in findings if each.outcome == "failed"], ensure_ascii=False),
        "withdrawal_reason": "",
        "month_text": str(row.taken_on)[:7],
        "product_text": _lines(row.product_name, row.registration_number),
        "maker_text": _lines(row.maker_name, row.maker_credit_code),
        "batch_text": _lines(row.batch_number),
        "outlet_text": _lines(outlet, row.outlet_credit_code or ""),
        "item_text": _lines(*items),
    }


def _failure(each: Any) -> list[str]:
    measured = str(each.measured) if each.measured is not None else each.measured_text
    return [each.item, each.requirement, measured, each.unit, each.observation]


def _lines(*values: str) -> str:
    folded = (" ".join(unicodedata.normalize("NFKC", value).casefold().split()) for value in values if value)
    return "\n".join(folded)


def _create() -> None:
    op.create_table(
        "concluded_sample",
        sa.Column("batch_id", columns.Identifier(), nullable=False),
        sa.Column("sample_id", columns.Identifier(), nullable=False),
        sa.Column("sample_number", sa.Text(), nullable=False),
        sa.Column("plan_id", columns.Identifier(), nullable=True),
        sa.Column("product_id", columns.Identifier(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("product_name", sa.Text(), nullable=False),
        sa.Column("registration_number", sa.Text(), nullable=False),
        sa.Column("batch_number", sa.Text(), nullable=False),
        sa.Column("maker_name", sa.Text(), nullable=False),
        sa.Column("maker_credit_code", sa.Text(), nullable=False),
        sa.Column("outlet_name", sa.Text(), nullable=False),
        sa.Column("outlet_credit_code", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("taken_on", columns.Day(), nullable=False),
        sa.Column("month_text", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("fault_class", sa.Text(), nullable=False),
        sa.Column("violations", sa.Text(), nullable=False),
        sa.Column("laboratory", sa.Text(), nullable=False),
        sa.Column("report_number", sa.Text(), nullable=False),
        sa.Column("reported_on", columns.Day(), nullable=False),
        sa.Column("version", columns.Whole, nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("failures", sa.Text(), nullable=False),
        sa.Column("refusal_reason", sa.Text(), nullable=True),
        sa.Column("published_on", columns.Day(), nullable=True),
        sa.Column("withdrawn_on", columns.Day(), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=False),
        sa.Column("product_text", sa.Text(), nullable=False),
        sa.Column("maker_text", sa.Text(), nullable=False),
        sa.Column("batch_text", sa.Text(), nullable=False),
        sa.Column("outlet_text", sa.Text(), nullable=False),
        sa.Column("item_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id", "sample_id"],
            ["sample.batch_id", "sample.sample_id"],
            name=op.f("fk_concluded_sample_batch_id_sample_id"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "sample_id", name=op.f("pk_concluded_sample")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_concluded_sample_newest",
        "concluded_sample",
        ["taken_on", "sample_number"],
        unique=False,
        sqlite_where=LISTED,
        postgresql_where=LISTED,
    )
    op.create_index(
        "ix_concluded_sample_counted",
        "concluded_sample",
        ["kind", "stage", "region_code", "month_text", "verdict", "published_on", "withdrawn_on"],
        unique=False,
    )
    op.create_index(
        "ix_concluded_sample_product",
        "concluded_sample",
        ["product_id", "taken_on", "verdict", "withdrawn_on"],
        unique=False,
    )
    op.create_table(
        "bulletin",
        sa.Column("bulletin_id", columns.Identifier(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("publisher_id", columns.Identifier(), nullable=False),
        sa.Column("first_on", columns.Day(), nullable=False),
        sa.Column("last_on", columns.Day(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("plan_ids", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["publisher_id"], ["party.party_id"], name=op.f("fk_bulletin_publisher_id")),
        sa.PrimaryKeyConstraint("bulletin_id", name=op.f("pk_bulletin")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bulletin_version",
        sa.Column("bulletin_id", columns.Identifier(), nullable=False),
        sa.Column("version", columns.Whole, autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("published_at", columns.Instant(), nullable=False),
        sa.Column("published_by_id", columns.Identifier(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.bulletin_id"], name=op.f("fk_bulletin_version_bulletin_id")
        ),
        sa.PrimaryKeyConstraint("bulletin_id", "version", name=op.f("pk_bulletin_version")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "published_aggregate",
        sa.Column("aggregate_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("samples", columns.Whole, nullable=False),
        sa.Column("passed", columns.Whole, nullable=False),
        sa.Column("failed", columns.Whole, nullable=False),
        sa.Column("fail_percent", columns.Exact(), nullable=True),
        sa.Column("fake_count", columns.Whole, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reliability", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("aggregate_id", name=op.f("pk_published_aggregate")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
