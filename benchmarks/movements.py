"""Durable movements a second of 8 clients on PostgreSQL, against pgbench sending the same statements.

The statements are those that the server was sent for one shipment and its receipt, by its own log. pgbench runs them,
prepared as psycopg prepares them, on the same tables of the same server with the same durability; afterwards the
movements that it wrote are counted. On both sides there are two processes or threads of four clients each.
"""

from __future__ import annotations

import multiprocessing
import re
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing.synchronize import Barrier
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from suiyuan.trace.batches import store as batch_store
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.custody import store as custody_store
from suiyuan.trace.custody.model import Interval, Movement, Span
from suiyuan.trace.custody.service import Goods, receive, ship
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.ledger.model import Subject
from suiyuan.trace.parties.model import Actor, Role
from suiyuan.trace.store.database import Database, UnitOfWork

from .engines import Engine, postgresql
from .figure import Figure, figure
from .statements import logged, script, transactions
from .world import World, world

CLIENTS = 8
PROCESSES = 2
"""Of four threads and connections each; pgbench serves four clients with each of two threads."""

ROUNDS = 5
SECONDS = 5
WARM_UP = 20
CARTON_UNITS = 20
BATCH_UNITS = 100_000_000
CAPTURED = 1_000
"""The carton whose statements are taken."""


@dataclass(frozen=True, slots=True)
class Route:
    """Between whom the cartons of one batch travel."""

    url: str
    maker_id: UUID
    dealer_id: UUID
    batch_id: UUID

    def hand_over(self, database: Database, carton: int) -> tuple[Movement, Movement]:
        """Two movements, two transactions: one carton shipped, and received."""
        goods = [Goods(self.batch_id, (Interval(carton * CARTON_UNITS, (carton + 1) * CARTON_UNITS),))]
        maker = Actor(self.maker_id, frozenset({Role.MANUFACTURER}))
        dealer = Actor(self.dealer_id, frozenset({Role.DISTRIBUTOR}))
        [shipped] = database.write(lambda work: ship(work, maker, self.maker_id, self.dealer_id, goods))
        [received] = database.write(lambda work: receive(work, dealer, self.dealer_id, goods))
        return shipped, received


def run() -> Iterator[Figure]:
    try:
        with postgresql() as engine, world(engine.new_url()) as made, TemporaryDirectory() as folder:
            yield _measure(engine, made, Path(folder) / "movement.sql")
    except FileNotFoundError as error:
        print(f"{error}: no figure")


def _measure(engine: Engine, made: World, path: Path) -> Figure:
    sent = _captured(made)
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(ROUNDS):
        ours.append(_rate(made))
        path.write_text(sent.replace("{first}", str(number * CLIENTS + 1)), encoding="utf-8")
        theirs.append(_pgbench_rate(engine, made, path, number * CLIENTS + 1))
    return figure(
        "movements-postgresql",
        statistics.median(ours),
        f"durable movements/s, {CLIENTS} clients in {PROCESSES} processes, {sent.count(';') / 2:.1f} statements each",
        f"movements/s of pgbench, {CLIENTS} clients, the same statements",
        statistics.median(theirs),
        "at least 0.4",
    )


def _route(made: World, batch: Batch) -> Route:
    return Route(made.settings.database_url, made.maker.party_id, made.dealer.party_id, batch.batch_id)


def _rate(made: World) -> float:
    """Movements a second of CLIENTS processes, each with a batch of its own."""
    context = multiprocessing.get_context("spawn")
    ready, rates = context.Barrier(PROCESSES), context.Queue()
    routes = [_route(made, made.register(BATCH_UNITS)) for _ in range(CLIENTS)]
    processes = [
        context.Process(target=_clients, args=(routes[number::PROCESSES], ready, rates)) for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    measured = [rates.get(timeout=60 + 10 * SECONDS) for _ in processes]
    for process in processes:
        process.join()
    return sum(measured)


def _clients(routes: list[Route], ready: Barrier, rates: Queue[float]) -> None:
    """One process: a thread and a connection for each route."""
    database = Database(routes[0].url)

    def all_are_ready() -> None:
        ready.wait()

    together = threading.Barrier(len(routes), all_are_ready)

    def client(route: Route) -> float:
        for carton in range(WARM_UP):
            route.hand_over(database, carton)
        together.wait()
        carton, started = WARM_UP, time.perf_counter()
        while (elapsed := time.perf_counter() - started) < SECONDS:
            route.hand_over(database, carton)
            carton += 1
        return 2 * (carton - WARM_UP) / elapsed

    with ThreadPoolExecutor(len(routes)) as pool:
        rates.put(sum(pool.map(client, routes)))
    database.close()


def _captured(made: World) -> str:
    """What the server is sent for one carton's shipment and receipt, among many, as a pgbench script.

    `{first}` is to become the number of the first client's batch.
    """
    route = _route(made, made.register(BATCH_UNITS))
    moved: list[Movement] = []

    def act() -> None:
        database = Database(route.url)
        for carton in range(CAPTURED - WARM_UP, CAPTURED + 1):
            moved[:] = route.hand_over(database, carton)
        database.close()

    sent = transactions(logged(route.url, act))[-2:]
    shipped, received = moved
    first_unit = CAPTURED * CARTON_UNITS
    identifiers = {
        str(route.batch_id): "{first} + :client_id",
        str(shipped.movement_id): "2 * :carton + 1",
        str(received.movement_id): "2 * :carton + 2",
    }
    numbers = {
        **{first_unit + by: f"{CARTON_UNITS} * :carton + {by}" for by in (-1, 0, CARTON_UNITS)},
        **{shipped.sequence + by: f"2 * :carton + {2 + by}" for by in (-1, 0, 1)},
    }
    both = [statement for transaction in sent for statement in transaction]
    return f"\\set carton :carton + 1\n{script(both, identifiers, numbers)}"


def _pgbench_rate(engine: Engine, made: World, path: Path, first: int) -> float:
    """Movements a second of pgbench. Each client has a batch of its own, whose id is `first` plus its number."""
    batch_ids = [UUID(hex=str(first + number).zfill(32)) for number in range(CLIENTS)]
    template = made.register(BATCH_UNITS)
    for batch_id in batch_ids:
        made.instance.database.write(lambda work, batch_id=batch_id: _copy(work, template, batch_id))
    url = make_url(made.settings.database_url)
    assert engine.binaries is not None
    server = ("-h", str(url.query["host"]), "-U", "postgres", url.database or "")
    clients = ("-c", str(CLIENTS), "-j", str(PROCESSES), "-T", str(SECONDS))
    load = ("-M", "prepared", *clients, "-D", "carton=-1", "-f", str(path))
    done = subprocess.run(
        [engine.binaries / "pgbench", "-n", *load, *server], check=True, capture_output=True, text=True
    )
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    count = re.search(r"transactions actually processed: (\d+)", done.stdout)
    assert rate is not None and count is not None, done.stdout
    assert _moved(made, batch_ids) == 2 * int(count[1]), "pgbench did not do what the movements do"
    return 2 * float(rate[1])


def _copy(work: UnitOfWork, template: Batch, batch_id: UUID) -> None:
    """The same batch once more under another id, in its maker's hands."""
    batch_store.add_batch(work.connection, replace(template, batch_id=batch_id))
    custody_store.add_spans(work.connection, batch_id, [Span(0, template.size, template.maker_id)])
    ledger.append(work, Subject.BATCH, batch_id, "batch.registered", {}, None)


def _moved(made: World, batch_ids: list[UUID]) -> int:
    """Movements of these batches."""
    table = custody_store.movement
    with made.instance.database.read() as connection:
        return connection.execute(select(func.count()).where(table.c.batch_id.in_(batch_ids))).scalar_one()
