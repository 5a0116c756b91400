"""Use cases of packing: recording what is not packed regularly, and what is in which package."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from ..kernel import limits
from ..kernel.errors import InvalidInput, NotKnown
from ..kernel.intervals import Interval
from ..kernel.normalise import require_text
from ..ledger import service as ledger
from ..ledger.model import Subject
from ..parties.model import Actor
from ..store.database import Database, UnitOfWork
from . import store
from .contents import (
    Container,
    Contents,
    Foreign,
    Packages,
    PackingException,
    recorded,
    seen_from_containers,
    units_inside,
)
from .model import Batch
from .service import require_batch

MAX_EXCEPTIONS = 1_000
"""Spans of irregular packing in one batch. More means that the regular packing was stated wrongly."""

MAX_FOREIGN = 200
"""Spans of other batches in the packages of one: a scan of its pallet may look into as many batches."""


@dataclass(frozen=True, slots=True)
class Package:
    """One unit, carton or pallet: what it is in, and the units in it, those of other batches included.

    `container` always names its batch. `units` is empty for an empty package; for a unit it is the unit itself.
    """

    batch_id: UUID
    level: int
    index: int
    is_spare: bool
    container: Container | None
    units: tuple[Packages, ...]


def record_exception(work: UnitOfWork, actor: Actor, batch_id: UUID, new: PackingException) -> Contents:
    """Records where a span of units (or cartons) really is: in another carton (pallet), or in none. The maker's act.

    Raises NotKnown `batch.unknown`; NotAllowed `access.other_party`; and what `place_exception` raises.
    """
    batch = require_batch(work.connection, batch_id)
    actor.require_self(batch.maker_id)
    return place_exception(work, actor, batch, new)


def place_exception(work: UnitOfWork, actor: Actor, batch: Batch, new: PackingException) -> Contents:
    """Writes an exception that its caller was entitled to record: `record_exception`, or custody on a re-packing.

    The carton (pallet) may be a spare one, and one of another batch of the same maker: that batch learns of it in the
    same transaction, with an event on its own chain.

    Raises InvalidInput `packing.level`, `packing.span`, `packing.container`, `packing.other_maker`,
    `packing.too_many`, `text.*`; NotKnown `batch.unknown` for the container's batch.
    """
    new = _required(work.connection, batch, new)
    before = store.exceptions_in(work.connection, batch.batch_id)
    after = recorded(before, new)
    if len(after) > MAX_EXCEPTIONS:
        raise InvalidInput("packing.too_many", field="start", maximum=MAX_EXCEPTIONS)
    store.replace_exceptions(work.connection, batch.batch_id, after)
    statement = {
        "level": new.level,
        "start": new.start,
        "stop": new.stop,
        "container_index": new.container_index,
        "container_batch_id": new.container_batch_id,
        "reason": new.reason,
    }
    ledger.append(work, Subject.BATCH, batch.batch_id, "packing.recorded", statement, actor.party_id)
    _tell_containers(work, actor, batch, new, before, after)
    return contents_of(work.connection, batch)


def contents_of(connection: Connection, batch: Batch) -> Contents:
    """What is in which package of a batch."""
    batch_id = batch.batch_id
    return Contents(
        batch.packing, batch.size, store.exceptions_in(connection, batch_id), store.foreign_in(connection, batch_id)
    )


def current_contents(database: Database, batch: Batch) -> Contents:
    """The same, read on the hot path."""
    batch_id = batch.batch_id
    return Contents(batch.packing, batch.size, store.exceptions(database, batch_id), store.foreign(database, batch_id))


def units_of(connection: Connection, packages: Iterable[Packages]) -> dict[UUID, tuple[Interval, ...]]:
    """All units in packages of any batches, by batch; a batch named in `packages` is there even where it has none.

    Raises NotKnown `batch.unknown`.
    """
    return units_inside(packages, _reader(connection))


def units_of_each(connection: Connection, packages: Iterable[Packages]) -> list[dict[UUID, tuple[Interval, ...]]]:
    """The same for each of `packages` by itself, in their order; every batch is read once."""
    contents = _reader(connection)
    return [units_inside([each], contents) for each in packages]


def package_at(connection: Connection, batch: Batch, level: int, index: int) -> Package:
    """What one package is in, and what is in it. Raises InvalidInput `code.index` outside the batch."""
    if not 0 <= index < batch.packages_at(level):
        raise InvalidInput("code.index", field="index", index=index)
    container = contents_of(connection, batch).container_of(level, index) if level < 2 else None
    if container is not None and container.batch_id is None:
        container = Container(container.index, batch.batch_id)
    inside = units_of(connection, [Packages(batch.batch_id, level, index, index + 1)])
    return Package(
        batch_id=batch.batch_id,
        level=level,
        index=index,
        is_spare=index >= batch.packing.count_at(level, batch.size),
        container=container,
        units=tuple(
            Packages(batch_id, 0, units.start, units.stop) for batch_id, found in inside.items() for units in found
        ),
    )


def broken_packing(connection: Connection) -> list[str]:
    """One line per batch whose packages hold of another batch what that one does not say, or the reverse."""
    found: dict[UUID, set[Foreign]] = {}
    meant: dict[UUID, set[Foreign]] = {}
    for batch_id in store.batches_packed_together(connection):
        found[batch_id] = set(store.foreign_in(connection, batch_id))
        away = seen_from_containers(batch_id, store.exceptions_in(connection, batch_id))
        for container_id, foreign in away.items():
            meant.setdefault(container_id, set()).update(foreign)
    return [
        f"batch {batch_id}: its packages and those of other batches in them disagree"
        for batch_id in sorted(found)
        if found[batch_id] != meant.get(batch_id, set())
    ]


def _required(connection: Connection, batch: Batch, new: PackingException) -> PackingException:
    """The exception in its final form: reason folded, no container batch where it is the same one."""
    if new.level not in (0, 1):
        raise InvalidInput("packing.level", field="level")
    if not 0 <= new.start < new.stop <= batch.packages_at(new.level):
        raise InvalidInput("packing.span", field="start")
    container_batch = batch
    if new.container_batch_id not in (None, batch.batch_id):
        found = store.find_batch(connection, new.container_batch_id)
        if found is None:
            raise NotKnown("batch.unknown", field="container_batch_id", batch=new.container_batch_id)
        if found.maker_id != batch.maker_id:
            raise InvalidInput("packing.other_maker", field="container_batch_id")
        container_batch = found
    if new.container_index is None:
        container_batch = batch
    elif not 0 <= new.container_index < container_batch.packages_at(new.level + 1):
        last = container_batch.packages_at(new.level + 1) - 1
        raise InvalidInput("packing.container", field="container_index", maximum=last)
    reason = require_text(new.reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    elsewhere = None if container_batch is batch else container_batch.batch_id
    return replace(new, reason=reason, container_batch_id=elsewhere)


def _tell_containers(
    work: UnitOfWork,
    actor: Actor,
    batch: Batch,
    new: PackingException,
    before: Sequence[PackingException],
    after: Sequence[PackingException],
) -> None:
    """Writes the container's side of `after` wherever it differs from `before`, with an event for each such batch:
    what is remembered of a batch holds until its chain grows."""
    was, now = (seen_from_containers(batch.batch_id, each) for each in (before, after))
    for container_id in sorted(was.keys() | now.keys()):
        if was.get(container_id) == now.get(container_id):
            continue
        store.replace_foreign(work.connection, container_id, batch.batch_id, now.get(container_id, ()))
        if len(store.foreign_in(work.connection, container_id)) > MAX_FOREIGN:
            raise InvalidInput("packing.too_many", field="container_batch_id", maximum=MAX_FOREIGN)
        statement = {
            "foreign_batch_id": batch.batch_id,
            "level": new.level,
            "start": new.start,
            "stop": new.stop,
            "container_index": new.container_index if new.container_batch_id == container_id else None,
            "reason": new.reason,
        }
        ledger.append(work, Subject.BATCH, container_id, "packing.foreign_recorded", statement, actor.party_id)


def _reader(connection: Connection) -> Callable[[UUID], Contents]:
    """Contents by batch, each read once."""
    known: dict[UUID, Contents] = {}

    def contents(batch_id: UUID) -> Contents:
        if batch_id not in known:
            known[batch_id] = contents_of(connection, require_batch(connection, batch_id))
        return known[batch_id]

    return contents
