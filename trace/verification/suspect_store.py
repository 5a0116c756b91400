"""Tables `suspect` and `suspect_decision`, and every query on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Column, Connection, Index, Row, Table, Text, and_, insert, or_, select, update

from ..enforcement.model import county_prefix
from ..store.columns import STRICT, Identifier, Instant, Real, Whole, metadata
from .scans import CodeKey
from .signals.model import Signal, SignalKind, Suspicion
from .suspects import Decision, Suspect, SuspectState

suspect = Table(
    "suspect",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("level", Whole, primary_key=True, autoincrement=False),
    Column("package_index", Whole, primary_key=True, autoincrement=False),
    Column("suspect_id", Identifier, nullable=False),
    Column("suspicion", Text, nullable=False),
    Column("copied_odds", Real, nullable=False),
    Column("irregular_odds", Real, nullable=False),
    Column("looks", Whole, nullable=False),
    Column("signals", Text, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("dismissed_copied", Real, nullable=False),
    Column("dismissed_irregular", Real, nullable=False),
    Column("decided_at", Instant, nullable=True),
    Column("decided_by_id", Identifier, nullable=True),
    Column("reason", Text, nullable=False),
    Column("lead_number", Text, nullable=False),
    Index("ix_suspect_newest", "state", "updated_at", "suspect_id"),
    **STRICT,
)

suspect_decision = Table(
    "suspect_decision",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("decision_id", Identifier, primary_key=True),
    Column("level", Whole, nullable=False),
    Column("package_index", Whole, nullable=False),
    Column("state", Text, nullable=False),
    Column("copied_odds", Real, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("decided_by_id", Identifier, nullable=True),
    Column("reason", Text, nullable=False),
    **STRICT,
)

MAX_DECISIONS = 1_000
"""The latest that are learnt from: some hundred already say what there is to say."""


def _at(key: CodeKey) -> Any:
    batch_id, level, index = key
    return and_(suspect.c.batch_id == batch_id, suspect.c.level == level, suspect.c.package_index == index)


def find(connection: Connection, key: CodeKey) -> Suspect | None:
    row = connection.execute(select(suspect).where(_at(key))).one_or_none()
    return None if row is None else _suspect(row)


def add(connection: Connection, new: Suspect) -> None:
    connection.execute(insert(suspect).values(_values(new)))


def change(connection: Connection, seen: Suspect, later: Suspect) -> int:
    """Rows changed, by compare-and-swap: 0 where it was changed since it was seen."""
    own = and_(_at(seen.key), suspect.c.state == seen.state.value, suspect.c.updated_at == seen.updated_at)
    return connection.execute(update(suspect).where(own).values(_values(later))).rowcount


def newest(
    connection: Connection,
    state: SuspectState | None,
    region_code: str,
    most: int,
    before: tuple[datetime, UUID] | None = None,
) -> list[Suspect]:
    """The suspects asked for, those changed last first, at most `most`: those after `before` in that order."""
    chosen = select(suspect)
    if state is not None:
        chosen = chosen.where(suspect.c.state == state.value)
    if region_code:
        chosen = chosen.where(suspect.c.region_code.startswith(county_prefix(region_code), autoescape=True))
    if before is not None:
        at, suspect_id = before
        chosen = chosen.where(
            suspect.c.updated_at <= at, or_(suspect.c.updated_at < at, suspect.c.suspect_id < suspect_id)
        )
    ordered = chosen.order_by(suspect.c.updated_at.desc(), suspect.c.suspect_id.desc())
    return [_suspect(row) for row in connection.execute(ordered.limit(most))]


def add_decision(connection: Connection, decision_id: UUID, decided: Suspect) -> None:
    """Keeps what was decided of a code, and the odds it was decided on: what calibration rests on."""
    connection.execute(
        insert(suspect_decision).values(
            batch_id=decided.batch_id,
            decision_id=decision_id,
            level=decided.level,
            package_index=decided.package_index,
            state=decided.state.value,
            copied_odds=decided.copied_odds,
            decided_at=decided.decided_at,
            decided_by_id=decided.decided_by_id,
            reason=decided.reason,
        )
    )


def decisions(connection: Connection) -> list[Decision]:
    """The latest decisions of all regulators, at most MAX_DECISIONS."""
    rows = connection.execute(
        select(suspect_decision.c.copied_odds, suspect_decision.c.state)
        .order_by(suspect_decision.c.decided_at.desc(), suspect_decision.c.decision_id)
        .limit(MAX_DECISIONS)
    )
    return [Decision(row.copied_odds, row.state == SuspectState.CONFIRMED.value) for row in rows]


def _values(each: Suspect) -> dict[str, Any]:
    signals = [[one.kind, one.strength, one.look_ids, one.values] for one in each.signals]
    return {
        "batch_id": each.batch_id,
        "level": each.level,
        "package_index": each.package_index,
        "suspect_id": each.suspect_id,
        "suspicion": each.suspicion.value,
        "copied_odds": each.copied_odds,
        "irregular_odds": each.irregular_odds,
        "looks": each.looks,
        "signals": orjson.dumps(signals).decode(),
        "region_code": each.region_code,
        "raised_at": each.raised_at,
        "updated_at": each.updated_at,
        "state": each.state.value,
        "dismissed_copied": each.dismissed_copied,
        "dismissed_irregular": each.dismissed_irregular,
        "decided_at": each.decided_at,
        "decided_by_id": each.decided_by_id,
        "reason": each.reason,
        "lead_number": each.lead_number,
    }


def _suspect(row: Row[Any]) -> Suspect:
    signals = tuple(
        Signal(SignalKind(kind), strength, tuple(look_ids), tuple((name, value) for name, value in values))
        for kind, strength, look_ids, values in orjson.loads(row.signals)
    )
    own = {name: value for name, value in row._mapping.items() if name != "suspect_id"}
    return Suspect(
        **{
            **own,
            "suspicion": Suspicion(row.suspicion),
            "state": SuspectState(row.state),
            "signals": signals,
        }
    )
