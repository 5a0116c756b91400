"""Custody as spans, on SQLite and PostgreSQL: what a million units cost against one, where a unit is among ten million
spans, and the same shipments kept as one row for each unit and event, as EPCIS repositories do."""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from uuid import UUID

from sqlalchemy import Connection, text

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import Interval
from suiyuan.trace.custody.service import Goods, ship
from suiyuan.trace.parties.model import OPERATOR
from suiyuan.trace.store.database import Database

from . import per_unit
from .engines import Engine, engines, run_alone
from .figure import Figure, figure, interleaved
from .world import World, world

MILLION = 1_000_000
HAND_OVERS = 20
ROUNDS = 9

MANY_SPANS, FEW_SPANS = 10_000_000, 1_000
UNITS_PER_SPAN = 2
READ_TO_WARM = 200_000
LOOK_UPS = 2_000

MOVEMENTS, UNITS_EACH = 100, 1_000


def run_ship_million() -> Iterator[Figure]:
    """Shipped and received out of the middle of a batch: the same spans are written, whatever the number of units."""
    for engine in engines():
        with world(engine.new_url()) as made:
            many = _fresh(made, (ROUNDS + 1) * HAND_OVERS)
            one = _fresh(made, (ROUNDS + 1) * HAND_OVERS)

            def hand_over(batches: Iterator[Batch], units: int, made: World = made) -> None:
                made.deliver(next(batches), MILLION, MILLION + units)

            for _ in range(HAND_OVERS):
                hand_over(many, MILLION)
                hand_over(one, 1)
            large, small = interleaved(
                (lambda: hand_over(many, MILLION), lambda: hand_over(one, 1)),  # noqa: B023  # used before the next
                rounds=ROUNDS,
                repeats=HAND_OVERS,
            )
        yield figure(
            f"ship-million-{engine.name}",
            large * 1000,
            "ms to ship and receive 1,000,000 units",
            "ms to ship and receive 1 unit",
            small * 1000,
            "at most 1.2",
        )


def _fresh(made: World, count: int) -> Iterator[Batch]:
    """Batches of 3,000,000 units in their maker's hands, made beforehand."""
    return iter([made.register(3 * MILLION) for _ in range(count)])


def run_locate() -> Iterator[Figure]:
    for engine in engines():
        with world(engine.new_url()) as large, world(engine.new_url()) as small:
            among_many, among_few = _divided(large, MANY_SPANS), _divided(small, FEW_SPANS)
            many, few = interleaved((among_many, among_few), rounds=ROUNDS, repeats=LOOK_UPS)
        yield figure(
            f"locate-{engine.name}",
            many * 1e6,
            f"µs to the holder of a random unit among {MANY_SPANS:,} spans",
            f"µs among {FEW_SPANS:,} spans, a database of its own",
            few * 1e6,
            "at most 1.5",
        )


def _divided(made: World, spans: int) -> Callable[[], object]:
    """Divides a batch into so many spans, and gives an act that looks up a random unit of it; its pages are read."""
    batch = made.register(spans * UNITS_PER_SPAN)
    started = time.perf_counter()
    _divide(made, batch.batch_id, spans)
    print(f"{spans:,} spans: {time.perf_counter() - started:.0f} s to set up", file=sys.stderr)
    database, draw = made.instance.database, random.Random(20261124)

    def look_up() -> None:
        position = draw.randrange(batch.size)
        span, _ = custody.locate(database, batch.batch_id, position, position + 1)
        assert span.start <= position < span.stop

    for _ in range(min(READ_TO_WARM, 20 * spans)):
        look_up()
    return look_up


def _divide(made: World, batch_id: UUID, spans: int) -> None:
    """Spans of two units, with maker and dealer in turns: no history could divide a batch more finely for its size.

    Made inside the database by one statement; as the rows are right, foreign keys are not asked of each.
    """
    database = made.instance.database
    if database.is_sqlite:
        numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :spans)"
        source, before = "n", "PRAGMA foreign_keys=OFF"
    else:
        numbers, source = "", "generate_series(CAST(0 AS bigint), :spans - 1) AS n(i)"
        before = "SET session_replication_role = replica"
    parameters = {
        "spans": spans,
        "batch_id": batch_id.bytes if database.is_sqlite else batch_id,
        "maker_id": made.maker.party_id.bytes if database.is_sqlite else made.maker.party_id,
        "dealer_id": made.dealer.party_id.bytes if database.is_sqlite else made.dealer.party_id,
    }
    with database.engine.connect() as connection:
        _set(connection, before)
        with connection.begin():
            connection.execute(text("DELETE FROM span WHERE batch_id = :batch_id"), parameters)
            connection.execute(
                text(
                    f"{numbers} INSERT INTO span (batch_id, start, stop, holder_id, state)"
                    f" SELECT :batch_id, i * {UNITS_PER_SPAN}, (i + 1) * {UNITS_PER_SPAN},"
                    f" CASE WHEN i % 2 = 0 THEN :maker_id ELSE :dealer_id END, 'held' FROM {source}"
                ),
                parameters,
            )
        connection.detach()
    run_alone(
        made.settings.database_url, *(("ANALYZE",) if database.is_sqlite else ("VACUUM ANALYZE span", "CHECKPOINT"))
    )


def _set(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)
    connection.commit()


def run_per_unit_model() -> Iterator[Figure]:
    """100 shipments of 1,000 units: by `ship`, and as rows of one table in 100 transactions."""
    for engine in engines():
        ours, theirs = _shipped(engine), per_unit.shipped(engine, MOVEMENTS, UNITS_EACH)
        reference = "one row per unit and event"
        yield figure(
            f"per-unit-model-bytes-{engine.name}",
            ours[0] / 1024,
            "KiB to ship 100,000 units in 100 movements",
            f"KiB, {reference}",
            theirs[0] / 1024,
            "at most 1/100",
        )
        yield figure(
            f"per-unit-model-time-{engine.name}",
            ours[1] * 1000,
            "ms to ship 100,000 units in 100 movements",
            f"ms, {reference}, by the fastest way the engine has",
            theirs[1] * 1000,
            "at most 1/100",
        )
        if engine.name == "postgresql":
            inserted = per_unit.shipped(engine, MOVEMENTS, UNITS_EACH, may_copy=False)
            yield figure(
                f"per-unit-model-time-inserted-{engine.name}",
                ours[1] * 1000,
                "ms to ship 100,000 units in 100 movements",
                f"ms, {reference}, by INSERT",
                inserted[1] * 1000,
                "for information",
            )


def _shipped(engine: Engine) -> tuple[float, float]:
    """Bytes and seconds: the medians of five batches."""
    with world(engine.new_url()) as made:
        database = made.instance.database
        bytes_grown: list[float] = []
        seconds: list[float] = []
        for _ in range(5):
            batch = made.register(MOVEMENTS * UNITS_EACH)
            before, started = per_unit.size_bytes(database), time.perf_counter()
            for number in range(MOVEMENTS):
                _ship(made, database, batch.batch_id, number * UNITS_EACH)
            seconds.append(time.perf_counter() - started)
            bytes_grown.append(per_unit.size_bytes(database) - before)
    return statistics.median(bytes_grown), statistics.median(seconds)


def _ship(made: World, database: Database, batch_id: UUID, first: int) -> None:
    goods = [Goods(batch_id, (Interval(first, first + UNITS_EACH),))]
    database.write(lambda work: ship(work, OPERATOR, made.maker.party_id, made.dealer.party_id, goods))
