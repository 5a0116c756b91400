"""How often a source may report, or give a wrong check: counted under a pseudonym whose salt lives a day.

Counts stand in the database, so that they hold across a restart and for every process. They are no events.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from ...codes.keyring import Keyring
from ...kernel.clock import day_in_china
from ...kernel.errors import TooMany
from ...kernel.ids import new_id, random_secret
from ...store.database import UnitOfWork
from . import store
from .model import (
    ALL_ALLOWANCES,
    ATTEMPTS_KEPT_FOR,
    SOURCE_ALLOWANCES,
    AttemptKind,
    pseudonym,
    until_midnight,
    wait_for,
)
from .store import Attempt

PURPOSE = "report source/v1"
"""What the key of pseudonyms is derived for (`Keyring.derive`). With another one, counts begin anew."""

SALT_BYTES = 32


def count(work: UnitOfWork, keyring: Keyring, kind: AttemptKind, address: str) -> None:
    """Counts one attempt of a source, if it is allowed. Raises TooMany `report.too_many`.

    Of two reports at once, both the last one allowed, one is run again: both take the day's next lead number.
    """
    source = pseudonym(keyring.derive(PURPOSE), require_salt(work), address)
    require_allowed(work.connection, keyring, kind, address, work.now)
    store.note(work.connection, Attempt(new_id(), kind, source, work.now), work.now - ATTEMPTS_KEPT_FOR)


def require_salt(work: UnitOfWork) -> bytes:
    """The salt of the day, begun where nobody was counted on it yet; that of any other day is gone then."""
    day = day_in_china(work.now)
    salt = store.salt_of(work.connection, day)
    if salt is None:
        salt = random_secret(SALT_BYTES)
        store.begin_day(work.connection, day, salt)
    return salt


def require_allowed(connection: Connection, keyring: Keyring, kind: AttemptKind, address: str, now: datetime) -> None:
    """Raises TooMany `report.too_many` where one more is not allowed now, with the seconds to wait."""
    source = _source(connection, keyring, address, now)
    asked: list[tuple[str | None, timedelta, int]] = [
        (None, each.period, each.attempts) for each in ALL_ALLOWANCES[kind]
    ]
    if source is not None:
        asked += [(source, each.period, each.attempts) for each in SOURCE_ALLOWANCES[kind]]
    longest = timedelta()
    for of, period, attempts in asked:
        latest = store.latest_attempts(connection, kind, of, now - period, attempts)
        wait = wait_for(period, attempts, latest, now)
        # At midnight a source is another one; what counts against all goes on.
        longest = max(longest, wait if of is None else min(wait, until_midnight(now)))
    if longest:
        seconds = -(-longest // timedelta(seconds=1))
        raise TooMany("report.too_many", retry_after_seconds=seconds, minutes=-(-seconds // 60))


def _source(connection: Connection, keyring: Keyring, address: str, now: datetime) -> str | None:
    """The pseudonym of the day; None before anybody was counted on it."""
    salt = store.salt_of(connection, day_in_china(now))
    return None if salt is None else pseudonym(keyring.derive(PURPOSE), salt, address)
