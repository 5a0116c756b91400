"""Table `published_aggregate`, and every query on it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Connection, Table, Text, delete, insert, select

from ...store.columns import STRICT, Exact, Whole, metadata
from .aggregate_model import PublishedAggregate

published_aggregate = Table(
    "published_aggregate",
    metadata,
    Column("aggregate_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("samples", Whole, nullable=False),
    Column("passed", Whole, nullable=False),
    Column("failed", Whole, nullable=False),
    Column("fail_percent", Exact, nullable=True),
    Column("fake_count", Whole, nullable=True),
    Column("note", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("reliability", Text, nullable=False),
    **STRICT,
)


def replace_aggregates(connection: Connection, aggregates: Sequence[PublishedAggregate]) -> None:
    """Puts each in place of an earlier one of the same id."""
    names = [column.name for column in published_aggregate.c]
    ids = [each.aggregate_id for each in aggregates]
    connection.execute(delete(published_aggregate).where(published_aggregate.c.aggregate_id.in_(ids)))
    connection.execute(
        insert(published_aggregate), [{name: getattr(each, name) for name in names} for each in aggregates]
    )


def aggregates(connection: Connection, limit: int) -> list[PublishedAggregate]:
    """Published counts, the newest period first."""
    order = (published_aggregate.c.period.desc(), published_aggregate.c.aggregate_id)
    rows = connection.execute(select(published_aggregate).order_by(*order).limit(limit))
    return [PublishedAggregate(**row._mapping) for row in rows]
