"""Table `published_result`, results that authorities published elsewhere, and every query on it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Connection, Table, Text, delete, func, insert, select

from ..store.columns import STRICT, metadata
from .model import PublishedResult

published_result = Table(
    "published_result",
    metadata,
    Column("result_id", Text, primary_key=True),
    *(
        Column(name, Text, nullable=False)
        for name in (
            "kind",
            "product",
            "labelled_registration_number",
            "lot_or_production_date",
            "labelled_producer",
            "sampled_from",
            "place",
            "item",
            "requirement",
            "measured",
            "unit",
            "verdict",
            "fault_class",
            "value_kind",
            "authority",
            "period",
            "reliability",
            "source",
            "note",
        )
    ),
    **STRICT,
)


def replace_published(connection: Connection, results: Sequence[PublishedResult]) -> None:
    """Puts each result in place of an earlier one of the same id."""
    names = [column.name for column in published_result.c]
    connection.execute(
        delete(published_result).where(published_result.c.result_id.in_([each.result_id for each in results]))
    )
    connection.execute(insert(published_result), [{name: getattr(each, name) for name in names} for each in results])


def published(connection: Connection, limit: int) -> list[PublishedResult]:
    """Published results, the newest period first."""
    rows = connection.execute(
        select(published_result).order_by(published_result.c.period.desc(), published_result.c.result_id).limit(limit)
    )
    return [PublishedResult(**row._mapping) for row in rows]


def count_published(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(published_result)).scalar_one()
