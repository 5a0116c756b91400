"""What the tables say, read past the service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, create_engine, text

from .conftest import Depot


@dataclass(frozen=True)
class Row:
    """One movement, with its intervals."""

    movement_id: str
    kind: str
    spans: tuple[tuple[int, int], ...]


def movements_of(depot: Depot) -> list[Row]:
    with _connected(depot) as connection:
        heads = connection.execute(text("SELECT movement_id, kind FROM movement")).all()
        parts = connection.execute(text("SELECT movement_id, start, stop FROM movement_interval ORDER BY start")).all()
    spans: dict[str, list[tuple[int, int]]] = {}
    for movement_id, start, stop in parts:
        spans.setdefault(_name(movement_id), []).append((start, stop))
    return [Row(_name(movement_id), kind, tuple(spans.pop(_name(movement_id), []))) for movement_id, kind in heads]


def events_of(depot: Depot) -> dict[str, object]:
    """By movement, the spans that its event states."""
    with _connected(depot) as connection:
        rows = connection.execute(text("SELECT payload FROM event WHERE kind LIKE 'custody.%'")).scalars().all()
    payloads: list[dict[str, Any]] = [json.loads(row) for row in rows]
    found = {str(payload["movement_id"]): payload["spans"] for payload in payloads}
    assert len(found) == len(payloads), "a movement with two events"
    return found


def places_of(depot: Depot) -> dict[int, tuple[str, str]]:
    """By first unit of a carton, who answers for its units and in which state they are; each carton is of one piece."""
    with _connected(depot) as connection:
        rows = connection.execute(text("SELECT start, stop, holder_id, state FROM span ORDER BY start")).all()
    names = {depot.maker_id: "maker", depot.distributor_id: "distributor"}
    step = depot.batch.packing.units_per_carton
    found: dict[int, tuple[str, str]] = {}
    for start, stop, holder_id, state in rows:
        assert (start % step, stop % step) == (0, 0), "half a carton"
        found |= dict.fromkeys(range(start, stop, step), (names[_name(holder_id)], state))
    return found


@contextmanager
def _connected(depot: Depot) -> Iterator[Connection]:
    engine = create_engine(depot.installation.variables()["SUIYUAN_DATABASE_URL"])
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _name(identifier: object) -> str:
    """An identifier as the API writes it, from SQLite's bytes or PostgreSQL's uuid."""
    digits = identifier.hex() if isinstance(identifier, bytes) else str(identifier).replace("-", "")
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
