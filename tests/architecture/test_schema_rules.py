"""Rules that keep the schema fit for growing past one machine: LIBRARIES.md, docs/architecture.md.

Every exception is listed with its reason, and fails once it is no longer needed. (conftest.py imports every table.)
"""

from __future__ import annotations

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

from suiyuan.trace.store.columns import Bytes, Day, Exact, Flag, Identifier, Instant, metadata

TABLES = [pytest.param(table, id=table.name) for table in metadata.sorted_tables]
BATCH_ID = "batch_id"

NOT_KEYED_BY_BATCH = {
    "code_block": "a code names its batch: the look-up from code to batch cannot go by batch",
    "imported_code": "the same for codes issued elsewhere; unique over all batches, which nothing else could enforce",
    "notice": "found by whom it is for; some are about no batch",
    "lead": "found by its number, county and state; some are about no batch",
    "seal_number": "a seal is used once over all samples",
    "consumer_report": "found by its lead; most are about no batch that is known",
    "report_photo": "the same",
    "report_attempt": "counted by source and time, and dropped after a day",
    "report_salt": "one of each day, and dropped after it",
    "probe_tally": "looks for codes that belong to no batch, by day; dropped after a month",
    "scan": "a log in the order of time; what an answer asks of a code is in scan_code, which begins with the batch",
    "scan_remark": "beside a row of that log, found by its position",
    "sample_number": "a sheet number is unique over all batches and finds its sample without knowing the batch",
}
UNIQUE_ACROSS_BATCHES = {
    ("sample_number", ("sample_id",)): "the id is derived from the sheet number, which is the key",
}
KEYED_BY_SUBJECT = {
    "event": "keyed by subject_id, which is the batch_id for a batch's chain",
    "event_head": "keyed by subject_id, which is the batch_id for a batch's chain",
}
KEYED_BY_PARTY = {
    "idempotency_key": "answers of many batches; found by who asked, and dropped after a month",
    "webhook": "a party's own addresses",
    "webhook_delivery": "its notices on their way there",
}
REFERENCE_TABLES = {
    "party",
    "party_role",
    "licence",
    "site",
    "api_key",
    "product",
    "product_ingredient",
    "register_entry",
    "published_result",
    "published_aggregate",
    "bulletin",
    "bulletin_version",
    "code_prefix",
    "inspector",
    "inspector_interest",
    "inspection_plan",
    "plan_redraw",
    "plan_assignment",
    "plan_inspector",
    "lead_day",
    "label_key",
    "instance_fact",
    "scan_flow",
}
"""Small, the same on every machine, and without any batch."""

ALLOWED_TYPES = (Identifier, Instant, Day, Exact, Flag, Bytes, Text, BigInteger, Double)


def about_batches() -> list[Table]:
    return [table for table in metadata.sorted_tables if BATCH_ID in table.c]


def test_every_table_is_of_one_sort() -> None:
    keyed = {table.name for table in about_batches()} - set(NOT_KEYED_BY_BATCH)
    sorts = [keyed, set(NOT_KEYED_BY_BATCH), set(KEYED_BY_SUBJECT), set(KEYED_BY_PARTY), REFERENCE_TABLES]
    assert set().union(*sorts) == set(metadata.tables)
    assert sum(map(len, sorts)) == len(metadata.tables)
    assert {
        "batch",
        "batch_stop",
        "span",
        "movement",
        "movement_interval",
        "sample",
        "report_finding",
        "scan_code",
    } <= keyed


@pytest.mark.parametrize("table", TABLES)
def test_a_table_about_batches_has_the_batch_first_in_its_key(table: Table) -> None:
    first = next(iter(table.primary_key)).name
    if table.name in NOT_KEYED_BY_BATCH:
        assert first != BATCH_ID, "the exception is not needed any more"
    elif table.name in KEYED_BY_SUBJECT:
        assert first == "subject_id"
    elif table.name in KEYED_BY_PARTY:
        assert first == "party_id"
    elif BATCH_ID in table.c:
        assert first == BATCH_ID


def uniques(table: Table) -> list[tuple[str, ...]]:
    named: list[UniqueConstraint | Index] = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    named += [index for index in table.indexes if index.unique]
    return [tuple(column.name for column in each.columns) for each in named]


@pytest.mark.parametrize("table", about_batches(), ids=lambda table: table.name)
def test_whatever_is_unique_is_so_within_a_batch(table: Table) -> None:
    for columns in uniques(table):
        if (table.name, columns) not in UNIQUE_ACROSS_BATCHES:
            assert columns[0] == BATCH_ID, columns


def test_no_exception_for_uniqueness_is_left_over() -> None:
    found = {(table.name, columns) for table in about_batches() for columns in uniques(table)}
    assert set(UNIQUE_ACROSS_BATCHES) <= found


@pytest.mark.parametrize("table", TABLES)
def test_foreign_keys_stay_within_the_batch_or_point_to_reference_tables(table: Table) -> None:
    for constraint in table.foreign_key_constraints:
        assert isinstance(constraint, ForeignKeyConstraint)
        target = constraint.referred_table
        if target.name in REFERENCE_TABLES:
            continue
        assert table.name not in REFERENCE_TABLES, "a reference table points to a batch"
        assert constraint.column_keys[0] == BATCH_ID
        assert [element.column.name for element in constraint.elements] == [c.name for c in target.primary_key]


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_strict_and_clustered_on_sqlite(table: Table) -> None:
    assert table.dialect_kwargs["sqlite_strict"] is True
    assert table.dialect_kwargs["sqlite_with_rowid"] is False


@pytest.mark.parametrize("table", TABLES)
def test_column_types_mean_the_same_on_every_engine(table: Table) -> None:
    for column in table.c:
        assert isinstance(column.type, ALLOWED_TYPES), f"{column}: {column.type!r}"
        if isinstance(column.type, TypeDecorator):
            assert isinstance(column.type.impl_instance, Text | Integer | LargeBinary | Boolean)
        assert column.server_default is None, f"{column}: defaults are made in Python"
        assert column.default is None, f"{column}: defaults are made in Python"


@pytest.mark.parametrize("table", TABLES)
def test_names_say_what_a_column_holds(table: Table) -> None:
    for column in table.c:
        assert column.name.endswith("_at") == isinstance(column.type, Instant), column
        if isinstance(column.type, Day):
            assert column.name.endswith("_on") or column.name in ("valid_from", "valid_until"), column
        if isinstance(column.type, Identifier):
            assert column.name.endswith("_id"), column
