"""What is recorded of a look at a code, and the scans that are recorded but not yet filed under their code. Pure.

look ──recorded──> log of scans, in the order of time ──filed──> one row for each code
                        │
                        └── those not yet filed: `Unfiled`, in the memory of each process
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from ..kernel.values import statically_frozen
from .signals.model import PlaceBasis, Suspicion

CodeKey: TypeAlias = tuple[UUID, int, int]
"""Batch, level and index of a package: what a code stands for."""


class Said(StrEnum):
    """Where somebody who was asked has the pack from."""

    SHOP = "shop"
    """From a shop, of a county that is told with it."""

    NO_SHOP = "no_shop"
    PHOTOGRAPH = "photograph"
    NO_ANSWER = "no_answer"


@statically_frozen
class Asker:
    """Who looks, as far as it is told. `source`: address and browser, of which only the pseudonym of the day is kept.
    `region_code`: the county, by the word of `basis`; `site_id`: the outlet whose account it is."""

    source: str = ""
    region_code: str = ""
    basis: PlaceBasis = PlaceBasis.NONE
    site_id: UUID | None = None


ANYBODY = Asker()


@statically_frozen
class Look:
    """A code that somebody looks at. `channel`: by which way, "" for a look that is no scan and is not recorded.

    `region_code`: the county, "" where nobody told; `basis`: whose word that is. `device`: the pseudonym of the day.
    `about`: the scan of which this says more, where it is no scan itself.
    """

    batch_id: UUID
    level: int
    package_index: int
    channel: str
    region_code: str = ""
    basis: PlaceBasis = PlaceBasis.NONE
    device: str = ""
    site_id: UUID | None = None
    about: int | None = None

    @property
    def key(self) -> CodeKey:
        return self.batch_id, self.level, self.package_index


@statically_frozen
class State:
    """What every answer asks anew: the version of the batch, and how often this very code was scanned before.

    `suspicion`: what the looks came to when they were last judged together, None as long as none told anything.
    """

    version: int
    scans: int
    first_at: datetime | None
    last_at: datetime | None
    suspicion: Suspicion | None = None


@statically_frozen
class Recorded:
    """What there was before a look, and where in the log its scan is; None for a look that is none."""

    state: State
    position: int | None


@statically_frozen
class Scan:
    """One row of the log, with what was said of it later. `about`: the scan that it says more of, if it is none."""

    position: int
    batch_id: UUID
    level: int
    package_index: int
    scanned_at: datetime
    channel: str
    region_code: str
    basis: PlaceBasis
    device: str
    site_id: UUID | None
    about: int | None
    said: Said | None = None
    bought_in: str = ""

    @property
    def key(self) -> CodeKey:
        return self.batch_id, self.level, self.package_index


@statically_frozen
class DayOfScans:
    """Scans of one code on one day in China in one county; `region_code` is "" where none was told."""

    day: date
    region_code: str
    scans: int


class Unfiled:
    """The scans that are recorded and not yet filed, by code. Safe to share between threads.

    `filed`: up to where the log is filed; `newest`: the last position known here. On PostgreSQL, where several
    processes record at once, a scan of another one may be missing here until it is filed: it counts a moment later.
    """

    def __init__(self) -> None:
        self.filed = 0
        self.newest = 0
        self._by_code: dict[CodeKey, tuple[list[int], list[datetime]]] = {}
        """Positions and instants of each code's scans."""
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self.newest - self.filed

    def catch_up(self, filed: int, newest: int, read: Callable[[int], Iterable[tuple[int, CodeKey, datetime]]]) -> None:
        """Forgets what is filed by now, and takes in what others recorded: `read` gives what comes after a position."""
        if filed <= self.filed and newest <= self.newest:
            return
        with self._lock:
            if filed > self.filed:
                self._forget(filed)
            if newest > self.newest:
                self._add(read(max(self.newest, self.filed)))
                self.newest = max(self.newest, newest)

    def add(self, scans: Iterable[tuple[int, CodeKey, datetime]]) -> None:
        """What this process has recorded, once it is durable."""
        with self._lock:
            self._add(scans)

    def counted(self, key: CodeKey, state: State) -> State:
        """The state of a code as filed, with what is not filed yet."""
        own = self._by_code.get(key)
        if own is None:
            return state
        with self._lock:
            positions, instants = own
            first_at = state.first_at or instants[0]
            return State(state.version, state.scans + len(positions), first_at, instants[-1], state.suspicion)

    def positions(self, key: CodeKey) -> list[int]:
        """Where the scans of a code are that are not filed yet."""
        with self._lock:
            own = self._by_code.get(key)
            return [] if own is None else list(own[0])

    def _add(self, scans: Iterable[tuple[int, CodeKey, datetime]]) -> None:
        for position, key, at in scans:
            if position > self.filed:
                own = self._by_code.get(key)
                if own is None:
                    self._by_code[key] = [position], [at]
                elif position not in own[0]:  # else another thread has read it since it was committed
                    place = bisect_right(own[0], position)
                    own[0].insert(place, position)
                    own[1].insert(place, at)
            self.newest = max(self.newest, position)

    def _forget(self, filed: int) -> None:
        self.filed, self.newest = filed, max(self.newest, filed)
        left: dict[CodeKey, tuple[list[int], list[datetime]]] = {}
        if filed < self.newest:
            for key, (positions, instants) in self._by_code.items():
                if positions[-1] > filed:
                    at = bisect_right(positions, filed)
                    left[key] = positions[at:], instants[at:]
        self._by_code = left
