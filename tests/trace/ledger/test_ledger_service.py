"""Appending, reading back, finding what was rewritten, and many writers on one chain."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update

from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.ledger import store
from suiyuan.trace.ledger.model import GENESIS, Event, Subject
from suiyuan.trace.ledger.store import event, event_head
from suiyuan.trace.store.database import Database, LostRace

if TYPE_CHECKING:
    from tests.support.protocols import Unchanged

CHAIN, OTHER, ACTOR = UUID(int=1), UUID(int=2), UUID(int=3)


def append(database: Database, *payloads: Mapping[str, object], chain: UUID = CHAIN) -> None:
    for payload in payloads:
        database.write(
            lambda work, payload=payload: ledger.append(work, Subject.BATCH, chain, "test.noted", payload, ACTOR)
        )


def events(database: Database, chain: UUID = CHAIN) -> list[Event]:
    with database.read() as connection:
        return ledger.list_events(connection, chain)


def faults(database: Database) -> list[str]:
    with database.read() as connection:
        return ledger.broken_chains(connection)


def test_a_chain_counts_from_one_and_each_event_names_its_predecessor(database: Database) -> None:
    append(database, {"a": 1}, {"b": "穗源"}, {"c": None})
    append(database, {"d": 1}, chain=OTHER)
    found = events(database)
    assert [each.sequence for each in found] == [1, 2, 3]
    assert [each.previous_hash for each in found] == [GENESIS, found[0].hash, found[1].hash]
    assert [each.payload for each in found] == ['{"a":1}', '{"b":"穗源"}', '{"c":null}']
    assert {(each.subject, each.actor_id, each.occurred_at) for each in found} == {
        (Subject.BATCH, ACTOR, database.clock.now())
    }
    assert events(database, OTHER)[0].previous_hash == GENESIS
    assert faults(database) == []


def test_an_event_that_cannot_be_written_down_leaves_nothing(database: Database, unchanged: Unchanged) -> None:
    append(database, {"a": 1})
    with unchanged(database):
        for strange in ({"a": 1.5}, {"a": b"x"}):
            with pytest.raises((TypeError, ValueError)):
                append(database, strange)


@pytest.mark.parametrize("sequence", [2, 3, 5])
def test_a_head_moves_only_from_the_predecessor(database: Database, unchanged: Unchanged, sequence: int) -> None:
    """The compare-and-swap by itself, whatever the engine's isolation does before it: the chain stands at 3."""
    append(database, {"a": 1}, {"b": 2}, {"c": 3})
    stale = replace(events(database)[-1], sequence=sequence)
    with unchanged(database), database.engine.connect() as connection, connection.begin(), pytest.raises(LostRace):
        store.append(connection, stale)


Tampering = Callable[[Any], object]

TAMPERINGS: dict[str, Tampering] = {
    "payload": lambda c: c.execute(
        update(event).where(event.c.subject_id == CHAIN, event.c.sequence == 2).values(payload='{"b":9}')
    ),
    "actor": lambda c: c.execute(update(event).where(event.c.sequence == 1).values(actor_id=None)),
    "moment": lambda c: c.execute(
        update(event)
        .where(event.c.subject_id == CHAIN, event.c.sequence == 3)
        .values(occurred_at=select(event.c.occurred_at).limit(1).scalar_subquery(), kind="later")
    ),
    "middle_gone": lambda c: c.execute(delete(event).where(event.c.subject_id == CHAIN, event.c.sequence == 2)),
    "first_gone": lambda c: c.execute(delete(event).where(event.c.subject_id == CHAIN, event.c.sequence == 1)),
    "tail_cut": lambda c: c.execute(delete(event).where(event.c.subject_id == CHAIN, event.c.sequence == 3)),
    "all_gone": lambda c: c.execute(delete(event).where(event.c.subject_id == CHAIN)),
    "head_gone": lambda c: c.execute(delete(event_head).where(event_head.c.subject_id == CHAIN)),
    "head_moved_back": lambda c: c.execute(
        update(event_head).where(event_head.c.subject_id == CHAIN).values(sequence=2)
    ),
    "head_hash": lambda c: c.execute(update(event_head).where(event_head.c.subject_id == CHAIN).values(hash=GENESIS)),
    "event_smuggled_in": lambda c: c.execute(
        insert(event).from_select(
            [column.name for column in event.c],
            select(*(column + 3 if column.name == "sequence" else column for column in event.c)).where(
                event.c.subject_id == CHAIN, event.c.sequence == 1
            ),
        )
    ),
    "moved_to_another_chain": lambda c: c.execute(
        update(event).where(event.c.subject_id == CHAIN, event.c.sequence == 3).values(subject_id=OTHER, sequence=2)
    ),
}


@pytest.mark.tampers
@pytest.mark.parametrize("tamper", TAMPERINGS.values(), ids=TAMPERINGS)
def test_tampering_is_found_and_the_chain_named(database: Database, tamper: Tampering) -> None:
    append(database, {"a": 1}, {"b": 2}, {"c": 3})
    append(database, {"d": 1}, chain=OTHER)
    assert faults(database) == []
    with database.engine.begin() as connection:
        tamper(connection)
    assert any(str(CHAIN) in fault for fault in faults(database))


def test_nothing_in_the_code_updates_or_deletes_an_event() -> None:
    """`update` and `delete` are called on the heads only, and no SQL is written as text."""
    tree = ast.parse(Path(store.__file__).read_text(encoding="utf-8"))
    changed: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("update", "delete"):
            changed.append(ast.unparse(node.args[0]))
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in ("text", "sqlalchemy.text")
            assert not ast.unparse(node.func).endswith((".exec_driver_sql", ".update", ".delete"))
    assert changed == ["event_head"]
    package = Path(store.__file__).parents[1]
    others = [path for path in package.rglob("*.py") if "ledger" not in path.parts and "migrations" not in path.parts]
    assert others
    for path in others:
        assert "ledger.store" not in path.read_text(encoding="utf-8"), path


def test_many_writers_of_one_chain_make_one_chain(database: Database) -> None:
    """Eight at once: a writer can lose seven races at most, and has eight attempts."""
    append(database, {"writer": -1})
    barrier = Barrier(8)

    def write(number: int) -> None:
        barrier.wait()
        append(database, {"writer": number})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    found = events(database)
    assert [each.sequence for each in found] == list(range(1, 10))
    assert {each.payload for each in found} == {f'{{"writer":{number}}}' for number in range(-1, 8)}
    assert faults(database) == []


def test_two_writers_of_a_new_chain_make_one_chain(database: Database) -> None:
    barrier = Barrier(2)

    def write(number: int) -> None:
        barrier.wait()
        append(database, {"writer": number})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(2)))
    assert [each.sequence for each in events(database)] == [1, 2]
