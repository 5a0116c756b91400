"""Tables `bulletin` and `bulletin_version`, and every query on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, ForeignKey, Row, Table, Text, insert, select

from ...catalog.model import ProductKind
from ...store.columns import STRICT, Day, Identifier, Instant, Whole, metadata
from .bulletin_model import Bulletin, Scope, Version

bulletin = Table(
    "bulletin",
    metadata,
    Column("bulletin_id", Identifier, primary_key=True),
    Column("number", Text, nullable=False),
    Column("publisher_id", Identifier, ForeignKey("party.party_id"), nullable=False),
    Column("first_on", Day, nullable=False),
    Column("last_on", Day, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("plan_ids", Text, nullable=False),
    **STRICT,
)
"""`kinds`, `plan_ids`: apart by a space. The id is derived from the number's compared form: none comes twice."""

bulletin_version = Table(
    "bulletin_version",
    metadata,
    Column("bulletin_id", Identifier, ForeignKey("bulletin.bulletin_id"), primary_key=True),
    Column("version", Whole, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by_id", Identifier, nullable=True),
    Column("digest", Text, nullable=False),
    Column("contents", Text, nullable=False),
    **STRICT,
)

_VERSION = [column for column in bulletin_version.c if column.name != "contents"]


def add_bulletin(connection: Connection, new: Bulletin) -> None:
    """A bulletin without its versions."""
    connection.execute(
        insert(bulletin).values(
            bulletin_id=new.bulletin_id,
            number=new.number,
            publisher_id=new.publisher_id,
            first_on=new.scope.first,
            last_on=new.scope.last,
            kinds=" ".join(new.scope.kinds),
            plan_ids=" ".join(map(str, new.scope.plan_ids)),
        )
    )


def add_version(connection: Connection, bulletin_id: UUID, new: Version, contents: str) -> None:
    connection.execute(
        insert(bulletin_version).values(
            bulletin_id=bulletin_id,
            version=new.version,
            title=new.title,
            reason=new.reason,
            published_at=new.published_at,
            published_by_id=new.published_by_id,
            digest=new.digest,
            contents=contents,
        )
    )


def find_bulletin(connection: Connection, bulletin_id: UUID) -> Bulletin | None:
    found = _with_versions(
        connection, connection.execute(select(bulletin).where(bulletin.c.bulletin_id == bulletin_id)).all()
    )
    return found[0] if found else None


def contents_of(connection: Connection, bulletin_id: UUID, version: int) -> str | None:
    """The frozen contents of a version, as they were written."""
    return connection.execute(
        select(bulletin_version.c.contents).where(
            bulletin_version.c.bulletin_id == bulletin_id, bulletin_version.c.version == version
        )
    ).scalar_one_or_none()


def list_bulletins(connection: Connection, limit: int) -> list[Bulletin]:
    """The bulletins whose period ended last come first."""
    rows = connection.execute(select(bulletin).order_by(bulletin.c.last_on.desc(), bulletin.c.number).limit(limit))
    return _with_versions(connection, rows.all())


def _with_versions(connection: Connection, rows: Sequence[Row[Any]]) -> list[Bulletin]:
    versions = _versions(connection, [row.bulletin_id for row in rows])
    return [
        Bulletin(
            bulletin_id=row.bulletin_id,
            number=row.number,
            publisher_id=row.publisher_id,
            scope=Scope(
                first=row.first_on,
                last=row.last_on,
                kinds=tuple(ProductKind(kind) for kind in row.kinds.split()),
                plan_ids=tuple(UUID(plan) for plan in row.plan_ids.split()),
            ),
            versions=tuple(versions.get(row.bulletin_id, ())),
        )
        for row in rows
    ]


def _versions(connection: Connection, bulletin_ids: Iterable[UUID]) -> dict[UUID, list[Version]]:
    found: dict[UUID, list[Version]] = {}
    rows = connection.execute(
        select(*_VERSION)
        .where(bulletin_version.c.bulletin_id.in_(list(bulletin_ids)))
        .order_by(bulletin_version.c.bulletin_id, bulletin_version.c.version)
    )
    for row in rows:
        made = Version(row.version, row.title, row.reason, row.published_at, row.published_by_id, row.digest)
        found.setdefault(row.bulletin_id, []).append(made)
    return found
