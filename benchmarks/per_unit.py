"""The same shipments as EPCIS repositories keep them: one row for each unit and event, with the codes as URN text.

Source of the fields: GS1 EPCIS 2.0, ObjectEvent, section 7.4.2; of the vocabulary: CBV 2.0.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from suiyuan.trace.store.database import Database, UnitOfWork

from .engines import Engine

TABLE = """
CREATE TABLE epcis_event (
    event_id {uuid} NOT NULL,
    epc text NOT NULL,
    event_time {time} NOT NULL,
    record_time {time} NOT NULL,
    action text NOT NULL,
    biz_step text NOT NULL,
    disposition text NOT NULL,
    read_point text NOT NULL,
    biz_location text NOT NULL,
    biz_transaction text NOT NULL,
    PRIMARY KEY (event_id, epc)
)
"""
INDEXES = (
    "CREATE INDEX ix_epcis_event_epc ON epcis_event (epc, event_time)",
    "CREATE INDEX ix_epcis_event_time ON epcis_event (event_time)",
)
COLUMNS = 10
EPC = "urn:epc:id:sgtin:6901234.005678."
SERIALS = 10**15

Row = tuple[Any, ...]


def shipped(engine: Engine, movements: int, units: int, *, may_copy: bool = True) -> tuple[float, float]:
    """Bytes and seconds for `movements` shipments of `units` each, a transaction each: the medians of three runs.

    By COPY where the engine has it and `may_copy`, else by `executemany`.
    """
    database = Database(engine.new_url())
    kinds = {"uuid": "blob", "time": "text"} if database.is_sqlite else {"uuid": "uuid", "time": "timestamptz"}
    with database.engine.begin() as connection:
        for statement in (TABLE.format(**kinds), *INDEXES):
            connection.exec_driver_sql(statement)
    bytes_grown: list[float] = []
    seconds: list[float] = []
    for run in range(3):
        shipments = [_rows(database, (run * movements + number) * units, units) for number in range(movements)]
        before, started = size_bytes(database), time.perf_counter()
        for rows in shipments:
            _insert(database, rows, may_copy=may_copy)
        seconds.append(time.perf_counter() - started)
        bytes_grown.append(size_bytes(database) - before)
    database.close()
    return statistics.median(bytes_grown), statistics.median(seconds)


def _rows(database: Database, first: int, units: int) -> list[Row]:
    """One shipment, made before the clock runs. Serial numbers are spread as those of a label are: not one after
    another."""
    event_id: UUID | bytes = uuid4().bytes if database.is_sqlite else uuid4()
    now = datetime.now(UTC)
    at = now.isoformat() if database.is_sqlite else now
    return [
        (
            event_id,
            f"{EPC}{index * 618_033_988_749_895 % SERIALS:015d}",
            at,
            at,
            "OBSERVE",
            "urn:epcglobal:cbv:bizstep:shipping",
            "urn:epcglobal:cbv:disp:in_transit",
            "urn:epc:id:sgln:6901234.00001.0",
            "urn:epc:id:sgln:6901234.00001.0",
            "urn:epcglobal:cbv:bt:6901234500001:4711",
        )
        for index in range(first, first + units)
    ]


def _insert(database: Database, rows: Sequence[Row], *, may_copy: bool) -> None:
    mark = "?" if database.is_sqlite else "%s"

    def act(work: UnitOfWork) -> None:
        cursor: Any = work.connection.connection.cursor()
        if database.is_sqlite or not may_copy:
            cursor.executemany(f"INSERT INTO epcis_event VALUES ({', '.join([mark] * COLUMNS)})", rows)
            return
        with cursor.copy("COPY epcis_event FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    database.write(act)


def size_bytes(database: Database) -> int:
    """Pages in use, of tables and indexes."""
    with database.read() as connection:
        if database.is_sqlite:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        statement = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND oid >= 16384"
        return int(connection.exec_driver_sql(statement).scalar_one())
