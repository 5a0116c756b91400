"""The answer to a scan, and its record. One way for callers on an event loop, one for all others."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from operator import attrgetter
from typing import TypeVar
from uuid import UUID

from ...codes.claims import NO_CLAIMS
from ...codes.model import Level
from ...codes.service import Outcome, Resolution, Resolver
from ...kernel.clock import day_in_china
from ...kernel.errors import InvalidInput
from ...parties.model import Role
from ...store.database import Database
from .. import store
from ..judge import judge, with_scans
from ..model import Answer, Facts, ScanFacts
from ..scans import ANYBODY, Asker, CodeKey, DayOfScans, Look, Recorded, State
from ..signals.model import PlaceBasis, Suspicion
from ..signals.positions import county_at
from .cards import Card, Cards
from .devices import DeviceNames
from .filing import Filing
from .gathering import Gatherer
from .marks import Marks, MarksOfBatches, Stretch
from .recording import Recorder

T = TypeVar("T")

DEALERS = frozenset({Role.OUTLET, Role.DISTRIBUTOR})
"""Whose looks are made where their goods are."""

_NEVER = ScanFacts(0, None, None)

_shared = attrgetter(
    "product",
    "batch",
    "stops",
    "stops_elsewhere",
    "samples",
    "other_batches",
    "whereabouts",
    "out_of_trade",
    "way",
)


class Answers:
    """Answers scans of one database. Safe to share between threads; `look` belongs to one event loop."""

    def __init__(self, database: Database, resolver: Resolver) -> None:
        self._database = database
        self._resolver = resolver
        self._cards = Cards(database)
        self._marks = MarksOfBatches(database, self._cards)
        self._gatherer = Gatherer(database, self._cards, self._marks)
        self._devices = DeviceNames(database, resolver.keyring)
        self.recorder = Recorder(database)
        self.filing = Filing(database, self._cards)

    def resolve(self, text: str) -> Resolution:
        return self._resolver.resolve(text)

    def answer(self, resolution: Resolution) -> Answer:
        """The answer to a well-formed code, as of now. Reads only.

        Raises InvalidInput `code.<reason>` for a malformed one: there is nothing to judge.
        """
        _require_well_formed(resolution)
        batch_id = resolution.batch_id
        if resolution.outcome is not Outcome.KNOWN or batch_id is None:
            return judge(Facts(resolution.scheme, resolution.code), self._database.clock.now())
        state = self.recorder.state(key_of(resolution, batch_id))
        card = self._cards.card(batch_id)
        return self._answer(resolution, card, Recorded(state, None), self._marks.marks(card, state.version))

    async def look(self, text: str, channel: str | None, asker: Asker = ANYBODY) -> tuple[Resolution, Answer | None]:
        """What a scanned text resolves to, and the answer: None for a malformed one.

        With a channel it is recorded as a scan of the code by `asker`, durable before this returns; without one nothing
        is.
        Scans that arrive together are read and recorded together. SQLite is read in place, a seek being shorter than a
        thread's turn; where the database is across a network, a thread waits for it.
        """
        resolution = self._resolver.recall(text)
        if resolution is None:
            resolution = await self._apart(self._resolver.resolve, text)
        if resolution.reason is not None:
            return resolution, None
        batch_id = resolution.batch_id
        if batch_id is None:
            return resolution, self.answer(resolution)
        if channel is None and self._database.is_sqlite:
            return resolution, self.answer(resolution)
        if channel is not None and not self._devices.is_current():
            await self._apart(self._devices.renew)
        recorded = await self.recorder.groups.done(self._look_of(resolution, channel, asker))
        state = recorded.state
        card = self._cards.recall(batch_id) or await self._apart(self._cards.card, batch_id)
        marks = self._marks.recall(batch_id, state.version)
        if marks is None:
            marks = await self._apart(self._marks.marks, card, state.version)
        if self._is_plain(resolution, marks, state) and self._marks.recall_others(card) is not None:
            return resolution, self._answer(resolution, card, recorded, marks)
        return resolution, await self._apart(self._answer, resolution, card, recorded, marks)

    def asker(self, source: str, party_id: UUID | None, position: tuple[float, float] | None = None) -> Asker:
        """Who looks: from an address and browser, with which party's account, and at which latitude and longitude,
        where that was told. A dealer's account tells the county the dealer is in; other accounts tell no place."""
        if party_id is not None:
            party = self._cards.party(party_id)
            if party.roles & DEALERS:
                return Asker(source, party.region_code, PlaceBasis.OUTLET, party_id)
        county = county_at(*position) if position is not None else None
        return Asker(source) if county is None else Asker(source, county.code, PlaceBasis.CONSENT)

    def history(self, resolution: Resolution) -> tuple[DayOfScans, ...]:
        """How often a code was scanned in which county on which day in China, the latest first; of a code that is not
        known nothing. Counts only: whom nobody knew where to look for is left without a county."""
        if resolution.batch_id is None:
            return ()
        positions = self.recorder.positions(key_of(resolution, resolution.batch_id))
        with self._database.read() as connection:
            found = store.scans_at(connection, positions)
        counts = Counter((day_in_china(each.scanned_at), each.region_code) for each in found)
        ordered = sorted(counts.items(), key=lambda each: (-each[0][0].toordinal(), not each[0][1], each[0][1]))
        return tuple(DayOfScans(day, region_code, scans) for (day, region_code), scans in ordered)

    def asks(self, key: CodeKey) -> bool:
        """Whether who looked last at a code should be asked where the pack is from."""
        return self.filing.asks(key, self.recorder.positions(key))

    def record_scan_and_wait(self, resolution: Resolution, channel: str, asker: Asker = ANYBODY) -> None:
        """Records a scan of a known code; returns once it is durable. Other texts are no scan of anything."""
        if resolution.batch_id is not None:
            if not self._devices.is_current():
                self._devices.renew()
            self.recorder.groups.done_and_wait(self._look_of(resolution, channel, asker))

    def _look_of(self, resolution: Resolution, channel: str | None, asker: Asker) -> Look:
        batch_id = resolution.batch_id
        if batch_id is None:
            raise ValueError("a code that is not known is no place to look at")
        if channel is None:
            return Look(*key_of(resolution, batch_id), "")
        return Look(
            *key_of(resolution, batch_id),
            channel,
            asker.region_code,
            asker.basis,
            self._devices.name_of(asker.source) if asker.source else "",
            asker.site_id,
        )

    async def _apart(self, act: Callable[..., T], *arguments: object) -> T:
        """On the loop for SQLite, in a thread where the loop would have to wait for a network."""
        if self._database.is_sqlite:
            return act(*arguments)
        return await asyncio.to_thread(act, *arguments)

    def _is_plain(self, resolution: Resolution, marks: Marks, state: State) -> bool:
        """Whether the answer follows from what its stretch shares: not for packages, void codes, codes that may be
        copied, and labels that say more than their code."""
        if state.suspicion is Suspicion.SUSPECT:
            return False
        says_no_more = resolution.claims is NO_CLAIMS and resolution.statement is None
        is_unit = resolution.level is Level.UNIT and not resolution.has_bad_signature
        return says_no_more and is_unit and bool(marks.boundaries) and not marks.voided

    def _answer(self, resolution: Resolution, card: Card, recorded: Recorded, marks: Marks) -> Answer:
        now, state = self._database.clock.now(), recorded.state
        scans = ScanFacts(state.scans, state.first_at, state.last_at, state.suspicion)
        if not self._is_plain(resolution, marks, state):
            answer = judge(self._gatherer.gather(resolution, card, marks, scans), now)
            return replace(answer, position=recorded.position)
        day, others = day_in_china(now), self._marks.others(card)
        number = bisect_right(marks.boundaries, resolution.index)
        stretch = marks.stretches.get(number)
        if stretch is None or stretch.day != day or stretch.others is not others:
            answer = judge(self._gatherer.gather(resolution, card, marks, _NEVER), now)
            stretch = Stretch(day, others, replace(answer, kept={}), _shared(answer.facts))
            self._marks.keep(marks, number, stretch)
        shared = stretch.answer
        facts = Facts(
            resolution.scheme, resolution.code, resolution.level, resolution.index, 1, *stretch.shared, scans=scans
        )
        return Answer(shared.verdict, with_scans(shared.reasons, scans), facts, now, shared.kept, recorded.position)


def key_of(resolution: Resolution, batch_id: UUID) -> CodeKey:
    """What a known code, which is of this batch, stands for."""
    return batch_id, int(resolution.level), resolution.index


def _require_well_formed(resolution: Resolution) -> None:
    if resolution.reason is not None:
        raise InvalidInput(f"code.{resolution.reason.value}", field="code")
