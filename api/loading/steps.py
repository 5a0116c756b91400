"""Steps: one act per line of a file, done in one transaction; and how lines name products, batches and instants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from pydantic import TypeAdapter

from ...trace.batches import service as batches
from ...trace.batches.model import Batch
from ...trace.catalog import service as catalog
from ...trace.catalog.model import Product
from ...trace.kernel.clock import CHINA
from ...trace.parties import service as parties
from ...trace.parties.model import OPERATOR, Actor
from ...trace.store.database import Database, UnitOfWork
from ..tables import Line, blamed_on, read_table

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""When undated facts (parties, licences, products) are taken to have been there: before any batch."""

CLOSING_TIME = time(17, 0, tzinfo=CHINA)
"""The hour given to acts of which a file knows only the day."""

BATCH_NAME = ("maker_credit_code", "registration_number", "batch_number")
"""How a line names a batch."""

Act = Callable[[UnitOfWork], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One act to do at an instant, and the line that asks for it."""

    at: datetime
    line: Line
    act: Act


@dataclass(frozen=True, slots=True)
class Options:
    """`is_dated`: acts happen at the instants their files give, else now. `is_demonstration` marks what is made up."""

    is_dated: bool = False
    is_demonstration: bool = False
    accept_warnings: bool = False
    actor: Actor = OPERATOR


def run(database: Database, steps: Iterable[Step], options: Options) -> int:
    """Does the steps in one transaction and returns how many there were. Raises LineRefused with nothing written."""
    ordered = list(steps)
    database.write(lambda work: do(work, ordered, options))
    return len(ordered)


def do(work: UnitOfWork, steps: Iterable[Step], options: Options) -> None:
    """Does the steps in the order given, each at its own instant where the options say so. Raises LineRefused."""
    for step in steps:
        if options.is_dated:
            work.now = step.at
        with blamed_on(step.line):
            step.act(work)


def table_steps(
    path: Path,
    columns: Sequence[str],
    act: Callable[[Line], Act],
    at: Callable[[Line], datetime] = lambda line: LONG_AGO,
) -> list[Step]:
    """One step per line. A line that cannot be read is refused here, before anything is done."""
    steps: list[Step] = []
    for line in read_table(path, columns):
        with blamed_on(line):
            steps.append(Step(at(line), line, act(line)))
    return steps


def product_of(work: UnitOfWork, line: Line) -> Product:
    """The product a line names by maker and registration number. Raises NotKnown `party.unknown`, `product.unknown`."""
    maker = parties.require_party_by_credit_code(work.connection, line["maker_credit_code"], "maker_credit_code")
    return catalog.find_by_number(work.connection, maker.party_id, line["registration_number"])


def batch_of(work: UnitOfWork, line: Line) -> Batch:
    """The batch a line names. Raises NotKnown `party.unknown`, `product.unknown`, `batch.unknown`."""
    product = product_of(work, line)
    batch_id = batches.batch_id_of(product.holder_id, product.product_id, line["batch_number"])
    return batches.require_batch(work.connection, batch_id)


def instant_of(value: str) -> datetime:
    """An ISO 8601 instant; without a zone it is China's. Raises pydantic's ValidationError."""
    instant = TypeAdapter(datetime).validate_python(value)
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=CHINA)


def closing_time_on(day: str) -> datetime:
    """The end of a working day. Raises pydantic's ValidationError."""
    return datetime.combine(TypeAdapter(date).validate_python(day), CLOSING_TIME)
