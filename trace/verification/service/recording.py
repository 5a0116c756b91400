"""Scans are recorded in groups, and counted with those that are not filed yet."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import compress

from ...store.database import Database, UnitOfWork
from ...store.grouped import GroupedWork
from .. import store
from ..scans import CodeKey, Look, Recorded, State, Unfiled
from ..store import MAX_SCANS_KEPT

FILED_IN_PLACE = 4_000
"""Scans not yet filed from which on SQLite a group files them with its own: some ten milliseconds more for it, so that
fewer than one request in a hundred waits for that, and codes looked at again are written once for several scans."""


class Recorder:
    """Records scans in one database. Safe to share between threads; `groups.done` belongs to one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unfiled = Unfiled()
        self.groups: GroupedWork[Look, Recorded] = GroupedWork(database, self._record)
        """What there was before a look, once its scan is durable."""
        self.recorded = threading.Event()
        """Set after a commit that left something to file."""

    def state(self, key: CodeKey) -> State:
        """How often a code was scanned so far. Reads only; one statement, unless another process has recorded."""
        read = store.read_state(self._database, key)
        unfiled = self._unfiled
        unfiled.catch_up(read.filed, read.newest, lambda since: store.scans_after_now(self._database, since))
        state = unfiled.counted(key, read.states[0])
        return _with(state, store.overflow(self._database, key)) if state.scans >= MAX_SCANS_KEPT else state

    def positions(self, key: CodeKey) -> list[int]:
        """Where in the log the scans of a code are that are kept, those not yet filed included."""
        self.state(key)
        unfiled = self._unfiled.positions(key)
        with self._database.read() as connection:
            return sorted({*store.positions_of(connection, [key]), *unfiled})

    def _record(self, work: UnitOfWork, looks: Sequence[Look]) -> list[Recorded]:
        """Records the scans among `looks` at the instant of the work, and gives for each look what there was before it,
        the looks before it in the same group included."""
        keys = [each.key for each in looks]
        read = store.read_states(work.connection, keys)
        unfiled = self._unfiled
        unfiled.catch_up(read.filed, read.newest, lambda since: store.scans_after(work.connection, since))
        states = list(map(unfiled.counted, keys, read.states))
        if max(each.scans for each in states) >= MAX_SCANS_KEPT:
            states = [
                _with(state, store.overflow_in(work.connection, key)) if state.scans >= MAX_SCANS_KEPT else state
                for key, state in zip(keys, states, strict=True)
            ]
        if len(set(keys)) < len(keys):
            states = _counted_on(keys, looks, states, work.now)
        is_kept = [
            bool(look.channel) and state.scans < MAX_SCANS_KEPT for look, state in zip(looks, states, strict=True)
        ]
        store.add_overflow(
            work,
            Counter(key for key, look, kept in zip(keys, looks, is_kept, strict=True) if look.channel and not kept),
        )
        if self._database.is_sqlite and read.newest - read.filed >= FILED_IN_PLACE:
            # Whoever files apart would have to wait for this writer, and this one for whoever files.
            store.move_filed(work.connection, read.filed, read.newest)
            store.file(work.connection, read.filed, read.newest)
        positions = store.append(work, list(compress(looks, is_kept)), read.newest)
        if positions:
            own = [(position, key, work.now) for position, key in zip(positions, compress(keys, is_kept), strict=True)]
            work.after_commit(lambda: unfiled.add(own))
            work.after_commit(self.recorded.set)
        left = iter(positions)
        return [Recorded(state, next(left) if kept else None) for state, kept in zip(states, is_kept, strict=True)]


def _with(state: State, overflow: tuple[int, datetime] | None) -> State:
    if overflow is None:
        return state
    scans, last_at = overflow
    return State(state.version, state.scans + scans, state.first_at, last_at, state.suspicion)


def _counted_on(keys: Sequence[CodeKey], looks: Sequence[Look], states: Sequence[State], now: datetime) -> list[State]:
    """The states of a group in which a code comes more than once: each scan counts for those that follow it."""
    latest: dict[CodeKey, State] = {}
    found: list[State] = []
    for key, look, read in zip(keys, looks, states, strict=True):
        state = latest.get(key, read)
        found.append(state)
        if look.channel:
            latest[key] = State(state.version, state.scans + 1, state.first_at or now, now, state.suspicion)
    return found
