"""Looks for codes that are unknown or malformed: counted, and slowed by source and by the beginning of the code. Pure.

    look ──► source's bucket ──► prefix's bucket ──► answered as unknown or malformed
                  │ empty             │ empty
                  └───────────────────┴──► later, with the time to wait

Codes that are known never come here: a farmer behind an address that many share is never kept from a genuine pack.
Guesses do not hit anyway (docs/security.md); what is guarded is the work they make, and that regulators see them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

PREFIX_CHARACTERS = 11
"""Of a code: what is printed openly of a pesticide code (registration, type, pack); of others a part as long."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `burst` at once, and one more for each `every` that passes."""

    burst: int
    every: timedelta


SOURCE_RATE = Rate(30, timedelta(seconds=10))
"""A village, or all phones of one network, behind an address: their typing errors, and a batch registered late."""

PREFIX_RATE = Rate(300, timedelta(seconds=1))
"""A product whose batch is registered late is looked for by many; a walk through its codes is faster."""

MAX_BUCKETS = 50_000
"""Sources, and prefixes, remembered by one process, some 200 bytes each. Who has been idle longest is forgotten, and
begins anew with a full bucket."""

MAX_TALLIED = 10_000
"""Keys counted apart between two flushes; what comes on top is counted together."""

MAX_FLUSHED = 1_000
"""Keys of one flush that keep rows of their own, the busiest."""

TallyKey: TypeAlias = tuple[str, str]
"""Prefix ("" of what is no code) and source."""

OTHERS: TallyKey = ("", "")
"""What is counted together since there is too much to be told apart."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of looks. `slowed` are those of the others that were told to come later."""

    unknown: int = 0
    malformed: int = 0
    slowed: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.unknown + other.unknown, self.malformed + other.malformed, self.slowed + other.slowed)

    @property
    def looks(self) -> int:
        return self.unknown + self.malformed


@dataclass(frozen=True, slots=True)
class PrefixTally:
    """One beginning of codes. `sources`: pseudonyms that looked, a source counting again on each day."""

    prefix: str
    tally: Tally
    sources: int


@dataclass(frozen=True, slots=True)
class SourceTally:
    """One source, of one day: on another it has another pseudonym. `prefixes`: beginnings of codes it tried."""

    source: str
    tally: Tally
    prefixes: int


def wait_for(rate: Rate, full_at: datetime, now: datetime) -> timedelta:
    """How long until a token is there; zero where one is. A bucket is known by when it will be full again."""
    return max(full_at - (rate.burst - 1) * rate.every - now, timedelta())


def taken(rate: Rate, full_at: datetime, now: datetime) -> datetime:
    """When the bucket will be full again once a token has been taken out of it now."""
    return max(full_at, now) + rate.every


class Buckets:
    """Buckets by key, at most `most` of them. Not for several threads at once."""

    def __init__(self, rate: Rate, most: int = MAX_BUCKETS) -> None:
        self._rate = rate
        self._most = most
        self._full_at: OrderedDict[str, datetime] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, key: str, now: datetime) -> timedelta:
        return wait_for(self._rate, self._full_at.get(key, now), now)

    def take(self, key: str, now: datetime) -> None:
        self._full_at[key] = taken(self._rate, self._full_at.get(key, now), now)
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)


class Probes:
    """What one process remembers of such looks. Safe to share between threads."""

    def __init__(
        self, source_rate: Rate = SOURCE_RATE, prefix_rate: Rate = PREFIX_RATE, most: int = MAX_BUCKETS
    ) -> None:
        self._lock = threading.Lock()
        self._sources = Buckets(source_rate, most)
        self._prefixes = Buckets(prefix_rate, most)
        self._tallies: dict[TallyKey, Tally] = {}
        self.counted = threading.Event()
        """Set while something is counted that was not drained."""

    def look(self, source: str, prefix: str | None, now: datetime) -> timedelta:
        """Counts one look of a source for an unknown code with this prefix, or (None) for a text that is no code.

        Gives how long to wait before the next is answered; zero where this one is, which costs a token of the source
        and of the prefix. One that has to wait costs none.
        """
        with self._lock:
            wait = self._sources.wait(source, now)
            if prefix is not None:
                wait = max(wait, self._prefixes.wait(prefix, now))
            if not wait:
                self._sources.take(source, now)
                if prefix is not None:
                    self._prefixes.take(prefix, now)
            is_malformed = prefix is None
            self._count((prefix or "", source), Tally(int(not is_malformed), int(is_malformed), int(bool(wait))))
        return wait

    def drain(self) -> dict[TallyKey, Tally]:
        """What was counted since the last time: the MAX_FLUSHED busiest keys, all others together under OTHERS."""
        with self._lock:
            found, self._tallies = self._tallies, {}
            self.counted.clear()
        ranked = sorted(found.items(), key=lambda each: (each[0] == OTHERS, -each[1].looks, each[0]))
        kept = dict(ranked[:MAX_FLUSHED])
        for _, tally in ranked[MAX_FLUSHED:]:
            kept[OTHERS] = kept.get(OTHERS, Tally()) + tally
        return kept

    def put_back(self, drained: Mapping[TallyKey, Tally]) -> None:
        """Counts again what was drained and could not be written."""
        with self._lock:
            for key, tally in drained.items():
                self._count(key, tally)

    def _count(self, key: TallyKey, tally: Tally) -> None:
        if key not in self._tallies and len(self._tallies) >= MAX_TALLIED:
            key = OTHERS
        self._tallies[key] = self._tallies.get(key, Tally()) + tally
        self.counted.set()
