"""A scanned text to (batch, level, index), against a primary-key look-up through SQLAlchemy Core on SQLite."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle

from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, create_engine, insert, select

from suiyuan.trace.codes.model import Level, Place, Scheme

from .figure import Figure, figure, interleaved
from .world import world

STORED_CODES = 100_000


def run() -> Iterator[Figure]:
    with world() as made:
        batch = made.register(100_000_000)
        draw = random.Random(20261124)
        codes = [
            made.instance.keyring.encode(
                Scheme.PESTICIDE, batch.code_prefix, Place(batch.code_serial, Level.UNIT, index)
            )
            for index in draw.sample(range(batch.size), STORED_CODES)
        ]
        engine = create_engine(f"sqlite:///{made.folder / 'stored.db'}")
        table = Table("stored", MetaData(), Column("code", Text, primary_key=True), Column("place", Integer))
        table.create(engine)
        statement = select(table.c.place).where(table.c.code == bindparam("wanted"))
        with engine.begin() as connection:
            connection.execute(insert(table), [{"code": code, "place": at} for at, code in enumerate(codes)])
        bare, texts = cycle(codes), cycle(f"http://127.0.0.1:8000/c/{code}" for code in codes)
        wanted, held_wanted = cycle(codes), cycle(codes)
        resolver = made.instance.resolver

        def look_up() -> None:
            """As a request does it: a connection from the pool, one statement, the connection back."""
            with engine.connect() as connection:
                connection.execute(statement, {"wanted": next(wanted)}).one()

        with engine.connect() as held:
            whole, code_only, theirs, theirs_held = interleaved(
                (
                    lambda: resolver.resolve(next(texts)),
                    lambda: resolver.locate(Scheme.PESTICIDE, next(bare)),
                    look_up,
                    lambda: held.execute(statement, {"wanted": next(held_wanted)}).one(),
                ),
                rounds=15,
                repeats=2_000,
            )
        reference = "µs a primary-key look-up, SQLAlchemy Core, SQLite"
        yield figure("resolve", whole * 1e6, "µs a scanned text", reference, theirs * 1e6, "at most 1/4")
        yield figure("resolve-code", code_only * 1e6, "µs a code", reference, theirs * 1e6, "for information")
        on_held = f"{reference}, on one connection held open"
        yield figure("resolve-held", whole * 1e6, "µs a scanned text", on_held, theirs_held * 1e6, "for information")
