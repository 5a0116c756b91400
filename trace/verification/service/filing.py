"""Scans are filed under their codes behind the log, and what their looks come to is worked out there: no request waits
for it.

    log of scans ──filed──> one row for each code: counts, where in the log its scans are
                 ──judged─> units of which any look tells a county or an outlet, replayed through the detector: suspects

Any number of processes may file: who has moved the marks of `scan_flow` has filed, the others leave it to that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection

from ...codes.model import Level
from ...custody import service as custody
from ...custody.model import NEVER_ARRIVED, RECEIPTS, SHIPMENTS, Movement, MovementKind
from ...kernel.clock import day_in_china
from ...store.database import Database, LostRace, UnitOfWork
from .. import store, suspect_store
from ..scans import CodeKey, Said, Scan
from ..signals import detector
from ..signals.model import Assessment, CodeHistory, Look, Origin, Suspicion
from ..signals.state import State
from ..suspects import caution_of, looked_at_again, raised, suspicion_of
from .cards import Cards

MAX_FILED_AT_ONCE = 5_000
"""Scans in one transaction: on SQLite it keeps answers waiting for some hundredths of a second."""

MAX_LOOKS_ASKED = 60
"""Looks at one code up to which who looks is asked: some milliseconds to replay."""


class Filing:
    """Files the scans of one database. Safe to share between threads."""

    def __init__(self, database: Database, cards: Cards) -> None:
        self._database = database
        self._cards = cards

    def file(self) -> int:
        """Files all scans recorded so far, and judges the codes they are of. Gives how far the log is filed then."""
        until = self._settled()
        while self._file_some(until):
            pass
        while self._judge_some(until):
            pass
        return until

    def _settled(self) -> int:
        if not self._database.is_sqlite:
            return self._database.write(lambda work: store.settled(work.connection))
        with self._database.read() as connection:
            return store.settled(connection)

    def _file_some(self, until: int) -> bool:
        """Whether there may be more to file."""
        with self._database.read() as connection:
            seen = store.flow(connection)
            if seen.filed >= until:
                return False
            end = store.end_of(connection, seen.filed, until, MAX_FILED_AT_ONCE)

        def act(work: UnitOfWork) -> bool:
            if store.move_filed(work.connection, seen.filed, end) != 1:
                return False
            store.file(work.connection, seen.filed, end)
            return True

        return self._database.write(act)

    def _judge_some(self, until: int) -> bool:
        """Whether there may be more to judge."""
        with self._database.read() as connection:
            seen = store.flow(connection)
            if seen.judged >= min(seen.filed, until):
                return False
            end = store.end_of(connection, seen.judged, seen.filed, MAX_FILED_AT_ONCE)
            told = store.told_codes(connection, seen.judged, end, Level.UNIT)
            looks = _by_code(store.scans_at(connection, store.positions_of(connection, told)))
        found = {key: detector.assess(self._state(key, scans)) for key, scans in looks.items()}

        def act(work: UnitOfWork) -> bool:
            if store.move_judged(work.connection, seen.judged, end) != 1:
                return False
            self._write(work, found, looks)
            return True

        return self._database.write(act)

    def asks(self, key: CodeKey, positions: Sequence[int]) -> bool:
        """Whether who looked last should be asked where the pack is from; of units only, and not of one that all the
        world looks at: each answer would have all its looks replayed."""
        if key[1] != Level.UNIT or len(positions) > MAX_LOOKS_ASKED:
            return False
        with self._database.read() as connection:
            scans = store.scans_at(connection, positions)
        return detector.asks(self._state(key, scans))

    def _state(self, key: CodeKey, scans: Sequence[Scan]) -> State:
        """Looks of parties that had the pack before its present holder are explained by the record, and left out."""
        batch_id, _, index = key
        history, earlier = self._history(custody.way(self._database, batch_id, index))
        return detector.replay(_looks(each for each in scans if each.site_id not in earlier), history)

    def _history(self, way: Iterable[Movement]) -> tuple[CodeHistory, set[UUID]]:
        """What custody knows of a unit, and who had it before."""
        shipped_at: datetime | None = None
        received_at: datetime | None = None
        sold_at: datetime | None = None
        expected: UUID | None = None
        had: set[UUID] = set()
        for each in way:
            if each.undoes_id is not None or each.undone_by_id is not None:
                continue
            if each.kind in SHIPMENTS or each.kind is MovementKind.SETTLE_OVER:
                shipped_at, received_at, expected = shipped_at or each.occurred_at, None, each.to_id
            if each.kind in RECEIPTS:
                received_at, expected = each.occurred_at, each.to_id
            elif each.kind in NEVER_ARRIVED:
                expected = each.to_id
            elif each.kind is MovementKind.SELL:
                sold_at, expected = each.occurred_at, each.from_id
            elif each.kind is MovementKind.TAKE_BACK:
                sold_at, expected = None, each.to_id
            had |= {each.from_id, each.to_id}
        if expected is None:
            return CodeHistory(), had
        region = self._cards.party(expected).region_code
        return CodeHistory(region, str(expected), shipped_at, received_at, sold_at), had - {expected}

    def _write(self, work: UnitOfWork, found: dict[CodeKey, Assessment], looks: dict[CodeKey, list[Scan]]) -> None:
        """Writes what the looks at codes come to: for the public, and on the list of regulators."""
        if not found:
            return
        caution = caution_of(suspect_store.decisions(work.connection))
        for key, assessment in found.items():
            earlier = suspect_store.find(work.connection, key)
            suspicion = suspicion_of(assessment, caution, earlier)
            is_judged = assessment.placed > 0 or suspicion is not Suspicion.NONE
            store.set_suspicion(work.connection, key, suspicion if is_judged else None)
            region_code = next((each.region_code for each in reversed(looks[key]) if each.region_code), "")
            if earlier is None and suspicion is not Suspicion.NONE:
                region_code = region_code or self._cards.card(key[0]).maker.region_code
                suspect_store.add(work.connection, raised(key, suspicion, assessment, region_code, work.now))
            elif earlier is not None:
                later = looked_at_again(earlier, suspicion, assessment, region_code, work.now)
                if suspect_store.change(work.connection, earlier, later) != 1:
                    raise LostRace


def _by_code(scans: Iterable[Scan]) -> dict[CodeKey, list[Scan]]:
    found: dict[CodeKey, list[Scan]] = {}
    for each in scans:
        found.setdefault(each.key, []).append(each)
    return found


def broken_counts(connection: Connection) -> list[str]:
    """One line where the scans filed under codes are not those of the log up to where it is filed; empty where they
    are."""
    counted, logged = store.count_filed(connection)
    return [] if counted == logged else [f"scans: {counted} are filed under codes, {logged} are in the log"]


def _looks(scans: Iterable[Scan]) -> list[Look]:
    """Scans as the detector is told of them. What somebody tells at a later look of the same day, by the same device,
    holds for the first one too: repeats weigh nothing, and what they tell would be lost."""
    looks: list[Look] = []
    first: dict[tuple[date, str], int] = {}
    for each in scans:
        look = Look(
            str(each.position),
            each.scanned_at,
            each.region_code or None,
            each.basis,
            each.channel,
            each.device or None,
            str(each.site_id) if each.site_id else None,
            _origin(each),
            each.bought_in or None,
        )
        looks.append(look)
        if look.device is None:
            continue
        earlier = first.setdefault((day_in_china(each.scanned_at), look.device), len(looks) - 1)
        if looks[earlier].region_code is None and look.region_code is not None:
            looks[earlier] = replace(looks[earlier], region_code=look.region_code, basis=look.basis)
        if looks[earlier].said is Origin.UNASKED and look.said is not Origin.UNASKED:
            looks[earlier] = replace(looks[earlier], said=look.said, bought_in=look.bought_in)
    return looks


def _origin(each: Scan) -> Origin:
    if each.said is None:
        return Origin.UNASKED
    if each.said is Said.PHOTOGRAPH:
        return Origin.PHOTOGRAPH
    if each.said is not Said.SHOP:
        return Origin.NO_ANSWER
    return Origin.BOUGHT_HERE if each.region_code in ("", each.bought_in) else Origin.BROUGHT
