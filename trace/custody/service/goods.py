"""What an act is about: units of batches, named by the codes scanned or by spans."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from uuid import UUID

from sqlalchemy import Connection

from ...batches import packing
from ...batches import service as batches
from ...batches.contents import Packages
from ...batches.model import Batch
from ...codes.service import Outcome, Resolver
from ...kernel import limits
from ...kernel.errors import InvalidInput
from ...kernel.intervals import Interval, united, without
from ...store.database import Database
from .. import store
from ..model import CustodyState, parts_in

MAX_OFFENDERS = 100
"""Offending codes named in one refusal."""

MAX_CODES_PER_FILE = 100_000
"""The cartons of a train; with a hundred million packs in them."""

MAX_CODE_CHARACTERS = 60
"""Of one offending code repeated in a refusal."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """One code as it was scanned, and the units of a batch it stands for."""

    text: str
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Goods:
    """Units of one batch that an act is about: sorted, disjoint intervals. `scanned`: the codes they were named by,
    which make no difference to what they are."""

    batch_id: UUID
    intervals: tuple[Interval, ...]
    scanned: tuple[Scanned, ...] = field(default=(), compare=False)


def goods_of_codes(database: Database, resolver: Resolver, texts: Sequence[str]) -> list[Goods]:
    """What scanned codes stand for: units, cartons and pallets mixed, of any batches. A code scanned twice counts once.

    A carton with units of two batches in it stands for both: for each batch that is in it there are Goods.

    Raises InvalidInput `custody.no_codes`, `custody.too_many_codes`, and `custody.unusable_codes` naming the first
    hundred that are malformed or unknown: then nothing of the request is done.
    """
    if not texts:
        raise InvalidInput("custody.no_codes", field="codes")
    if len(texts) > limits.MAX_CODES_PER_REQUEST:
        raise InvalidInput("custody.too_many_codes", field="codes", maximum=limits.MAX_CODES_PER_REQUEST)
    known, unusable = _looked_up(resolver, enumerate(dict.fromkeys(texts)))
    if unusable:
        codes = [text for _, text in unusable[:MAX_OFFENDERS]]
        raise InvalidInput("custody.unusable_codes", field="codes", count=len(unusable), codes=codes)
    return _gathered(database, known)


def goods_of_lines(database: Database, resolver: Resolver, lines: Iterable[tuple[int, str]]) -> list[Goods]:
    """The same for a file of codes with their line numbers, MAX_CODES_PER_FILE at most.

    Raises InvalidInput `custody.no_codes`, `custody.too_many_lines`, and `custody.unusable_lines` naming the first
    hundred as `line: code`.
    """
    read = list(islice(lines, MAX_CODES_PER_FILE + 1))
    if not read:
        raise InvalidInput("custody.no_codes", field="file")
    if len(read) > MAX_CODES_PER_FILE:
        raise InvalidInput("custody.too_many_lines", field="file", maximum=MAX_CODES_PER_FILE)
    known, unusable = _looked_up(resolver, read)
    if unusable:
        codes = [f"{number}: {text}" for number, text in unusable[:MAX_OFFENDERS]]
        raise InvalidInput("custody.unusable_lines", field="file", count=len(unusable), codes=codes)
    return _gathered(database, known)


def _looked_up(
    resolver: Resolver, lines: Iterable[tuple[int, str]]
) -> tuple[dict[str, Packages], list[tuple[int, str]]]:
    """The packages that texts stand for, by their codes; and those that stand for none, cut short."""
    known: dict[str, Packages] = {}
    unusable: list[tuple[int, str]] = []
    for number, text in lines:
        found = resolver.resolve(text)
        if found.outcome is not Outcome.KNOWN or found.batch_id is None:
            unusable.append((number, text[:MAX_CODE_CHARACTERS]))
        else:
            known[found.code] = Packages(found.batch_id, int(found.level), found.index, found.index + 1)
    return known, unusable


def _gathered(database: Database, known: Mapping[str, Packages]) -> list[Goods]:
    """The units in packages, by batch, each with the codes it was named by."""
    with database.read() as connection:
        inside = packing.units_of_each(connection, known.values())
    named: dict[UUID, list[Scanned]] = {}
    for code, units in zip(known, inside, strict=True):
        for batch_id, intervals in units.items():
            named.setdefault(batch_id, []).append(Scanned(code, intervals))
    return [
        Goods(batch_id, united(interval for each in found for interval in each.intervals), tuple(found))
        for batch_id, found in named.items()
    ]


def each_batch(connection: Connection, goods: Sequence[Goods]) -> Iterator[tuple[Batch, Goods]]:
    """The goods by batch, in one fixed order, so that two requests never wait for each other crosswise.

    Raises InvalidInput `custody.no_codes`, `custody.outside_batch`; NotKnown `batch.unknown`.
    """
    gathered: dict[UUID, list[Goods]] = {}
    for part in goods:
        gathered.setdefault(part.batch_id, []).append(part)
    if not any(part.intervals for part in goods):
        raise InvalidInput("custody.no_codes", field="codes")
    for batch_id in sorted(gathered):
        batch = batches.require_batch(connection, batch_id)
        intervals = [interval for part in gathered[batch_id] for interval in part.intervals]
        for interval in intervals:
            if not 0 <= interval.start < interval.stop <= batch.size:
                raise InvalidInput("custody.outside_batch", field="spans", batch_number=batch.batch_number)
        if intervals:
            scanned = tuple(each for part in gathered[batch_id] for each in part.scanned)
            yield batch, Goods(batch_id, united(intervals), scanned)


def by_condition(connection: Connection, goods: Goods, transfer_ids: Iterable[UUID]) -> tuple[Goods, Goods]:
    """Goods that were fit for sale when these shipments were sent, and those that were damaged."""
    damaged = [
        part.interval
        for transfer_id in transfer_ids
        for part in parts_in(store.before_of(connection, goods.batch_id, transfer_id), goods.intervals)
        if part.state is CustodyState.DAMAGED
    ]
    if not damaged:
        return goods, replace(goods, intervals=())
    sound = united(left for each in goods.intervals for left in without(each, damaged))
    return replace(goods, intervals=sound), replace(goods, intervals=united(damaged))


def codes_meeting(goods: Goods, intervals: Sequence[Interval]) -> list[str]:
    """The scanned codes that stand for units of `intervals`: the first hundred, for a refusal."""
    asked = united(intervals)
    starts = [interval.start for interval in asked]

    def is_met(own: Interval) -> bool:
        at = bisect_left(starts, own.stop) - 1
        return at >= 0 and asked[at].meets(own)

    return list(islice((each.text for each in goods.scanned if any(map(is_met, each.intervals))), MAX_OFFENDERS))
