"""Table `probe_tally`: how often codes were looked for that are unknown or malformed, by day, prefix and source.

Counts, as those of scans: they are no events. A source is a pseudonym whose salt lives a day. Rows are bounded: a day
has at most MAX_ROWS_A_DAY, and is deleted after KEPT_DAYS.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import Column, Connection, Table, Text, bindparam, delete, distinct, func, insert, select, update

from ..store.columns import STRICT, Day, Whole, metadata
from .probing import OTHERS, PrefixTally, SourceTally, Tally, TallyKey

probe_tally = Table(
    "probe_tally",
    metadata,
    Column("tallied_on", Day, primary_key=True),
    Column("prefix", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("unknown", Whole, nullable=False),
    Column("malformed", Whole, nullable=False),
    Column("slowed", Whole, nullable=False),
    **STRICT,
)

MAX_ROWS_A_DAY = 20_000
"""Some 3 MB. Whoever changes address with every guess fills no disk: the rest of a day is counted together."""

KEPT_DAYS = 30

_COUNTS = ("unknown", "malformed", "slowed")
_sums = tuple(func.sum(probe_tally.c[name]).label(name) for name in _COUNTS)
_looks = func.sum(probe_tally.c.unknown) + func.sum(probe_tally.c.malformed)


def add(connection: Connection, day: date, counts: Mapping[TallyKey, Tally]) -> None:
    """Adds to the counts of a day, and deletes days that are kept no longer."""
    own = probe_tally.c.tallied_on == day
    sources = {source for _, source in counts}
    found = connection.execute(
        select(probe_tally.c.prefix, probe_tally.c.source).where(own, probe_tally.c.source.in_(sources))
    )
    known = {(row.prefix, row.source) for row in found}
    connection.execute(delete(probe_tally).where(probe_tally.c.tallied_on <= day - timedelta(days=KEPT_DAYS)))
    room = MAX_ROWS_A_DAY - connection.execute(select(func.count()).where(own)).scalar_one()
    written: dict[TallyKey, Tally] = {}
    for key, tally in counts.items():
        if key not in known and key not in written and key != OTHERS:
            room -= 1
        kept = key if key in known or key in written or room >= 0 else OTHERS
        written[kept] = written.get(kept, Tally()) + tally
    # In one order for all writers, so that none waits for another that waits for it.
    for key, tally in sorted(written.items()):
        _add_one(connection, day, key, tally)


def _add_one(connection: Connection, day: date, key: TallyKey, tally: Tally) -> None:
    if connection.execute(_more, _named(day, key, tally)).rowcount == 0:
        prefix, source = key
        counts = {name: getattr(tally, name) for name in _COUNTS}
        connection.execute(insert(probe_tally).values(tallied_on=day, prefix=prefix, source=source, **counts))


_more = (
    update(probe_tally)
    .where(
        probe_tally.c.tallied_on == bindparam("on_day"),
        probe_tally.c.prefix == bindparam("of_prefix"),
        probe_tally.c.source == bindparam("of_source"),
    )
    .values({name: probe_tally.c[name] + bindparam(f"more_{name}", type_=Whole) for name in _COUNTS})
)


def _named(day: date, key: TallyKey, tally: Tally) -> dict[str, object]:
    counts = {f"more_{name}": getattr(tally, name) for name in _COUNTS}
    return {"on_day": day, "of_prefix": key[0], "of_source": key[1], **counts}


def total(connection: Connection, since: date) -> Tally:
    """All looks since a day, those of OTHERS included."""
    row = connection.execute(select(*_sums).where(probe_tally.c.tallied_on >= since)).one()
    return Tally(*(int(value or 0) for value in row))


def busiest_prefixes(connection: Connection, since: date, most: int) -> list[PrefixTally]:
    """The prefixes most looked for since a day, the busiest first."""
    rows = connection.execute(
        select(probe_tally.c.prefix, *_sums, func.count(distinct(probe_tally.c.source)).label("others"))
        .where(probe_tally.c.tallied_on >= since, probe_tally.c.prefix != "")
        .group_by(probe_tally.c.prefix)
        .order_by(_looks.desc(), probe_tally.c.prefix)
        .limit(most)
    )
    return [PrefixTally(row.prefix, _tally(row), row.others) for row in rows]


def busiest_sources(connection: Connection, since: date, most: int) -> list[tuple[date, SourceTally]]:
    """The sources that looked most since a day, each with its day, the busiest first."""
    named = func.count(distinct(func.nullif(probe_tally.c.prefix, ""))).label("others")
    rows = connection.execute(
        select(probe_tally.c.tallied_on, probe_tally.c.source, *_sums, named)
        .where(probe_tally.c.tallied_on >= since, probe_tally.c.source != "")
        .group_by(probe_tally.c.tallied_on, probe_tally.c.source)
        .order_by(_looks.desc(), probe_tally.c.tallied_on.desc(), probe_tally.c.source)
        .limit(most)
    )
    return [(row.tallied_on, SourceTally(row.source, _tally(row), row.others)) for row in rows]


def _tally(row: object) -> Tally:
    return Tally(*(int(getattr(row, name)) for name in _COUNTS))
