"""Looks for unknown and malformed codes: written down by day, and shown to regulators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from ...codes.keyring import Keyring
from ...enforcement.reports import attempts
from ...enforcement.reports.model import pseudonym
from ...kernel.clock import day_in_china
from ...parties.model import Actor, Role
from ...store.database import UnitOfWork
from .. import probe_store
from ..probing import PrefixTally, SourceTally, Tally, TallyKey

PURPOSE = "probe source/v1"
"""What the key of pseudonyms is derived for: another one than that of reports, so that the two cannot be joined."""

MAX_SHOWN = 50
"""Prefixes, and sources, in one view: what somebody can look at."""


@dataclass(frozen=True, slots=True)
class SourceOfDay:
    """A source by the pseudonym of the one day on which it can be told from others."""

    day: date
    seen: SourceTally


@dataclass(frozen=True, slots=True)
class ProbeView:
    """Looks since a day in China. `total` counts all of them, also those that were not told apart."""

    since: date
    total: Tally
    prefixes: tuple[PrefixTally, ...]
    sources: tuple[SourceOfDay, ...]


def remembered_source(keyring: Keyring, address: str) -> str:
    """A source as the memory of a process knows it: keyed, so that no address is kept there either."""
    return pseudonym(keyring.derive(PURPOSE), b"", address)


def flush(work: UnitOfWork, keyring: Keyring, counts: Mapping[TallyKey, Tally]) -> None:
    """Adds counts by remembered source to those of the day, under the pseudonyms of that day.

    What was counted in the last moments before midnight may count on the day after.
    """
    key, salt = keyring.derive(PURPOSE), attempts.require_salt(work)
    named = {
        (prefix, pseudonym(key, salt, source) if source else ""): tally for (prefix, source), tally in counts.items()
    }
    probe_store.add(work.connection, day_in_china(work.now), named)


def view(connection: Connection, actor: Actor, now: datetime) -> ProbeView:
    """The busiest prefixes and sources of the last 30 days. Raises NotAllowed `access.role`: regulators only."""
    actor.require_role(Role.REGULATOR)
    since = day_in_china(now) - timedelta(days=probe_store.KEPT_DAYS - 1)
    return ProbeView(
        since,
        probe_store.total(connection, since),
        tuple(probe_store.busiest_prefixes(connection, since, MAX_SHOWN)),
        tuple(SourceOfDay(*each) for each in probe_store.busiest_sources(connection, since, MAX_SHOWN)),
    )
