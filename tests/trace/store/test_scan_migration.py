"""Scans that lay by their codes: after the migration they are a log in the order of time, and counted as before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from alembic import command

from suiyuan.trace.store import columns, migrate
from suiyuan.trace.store.database import Database, UnitOfWork
from suiyuan.trace.verification import store

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
BATCH = UUID(int=7)

old_scan = sa.table(
    "scan",
    sa.column("batch_id", columns.Identifier()),
    sa.column("level", columns.Whole),
    sa.column("package_index", columns.Whole),
    sa.column("scanned_at", columns.Instant()),
    sa.column("scan_id", columns.Identifier()),
    sa.column("channel", sa.Text()),
)


@pytest.fixture
def old(database: Database) -> Database:
    """A database of the schema before, with five scans of two codes."""
    with database.engine.connect().execution_options(begins_write=True) as connection, connection.begin():
        command.downgrade(migrate.alembic_config(connection), "0008")
        for minutes, index in ((5, 1), (1, 0), (4, 0), (2, 1), (3, 0)):
            at = AT + timedelta(minutes=minutes)
            place = {"batch_id": BATCH, "level": 0, "package_index": index}
            connection.execute(sa.insert(old_scan).values(**place, scanned_at=at, scan_id=uuid4(), channel="page"))
    return database


def test_scans_are_taken_over_in_the_order_of_time(old: Database) -> None:
    migrate.upgrade(old)
    with old.read() as connection:
        found = store.scans_at(connection, range(1, 10))
    assert [each.package_index for each in found] == [0, 1, 0, 0, 1]
    assert [each.scanned_at - AT for each in found] == [timedelta(minutes=minutes) for minutes in range(1, 6)]
    assert {(each.region_code, each.device, each.site_id) for each in found} == {("", "", None)}

    def file(work: UnitOfWork) -> None:
        connection = work.connection
        store.file(connection, 0, store.settled(connection))

    old.write(file)
    states = [store.read_state(old, (BATCH, 0, index)).states[0] for index in range(3)]
    assert [each.scans for each in states] == [3, 2, 0]
    assert states[0].first_at == AT + timedelta(minutes=1)
    assert states[1].last_at == AT + timedelta(minutes=5)
