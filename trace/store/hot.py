"""Statements of the hot path: built with SQLAlchemy Core, compiled once per dialect, run on the driver's connection.

Running a Core statement costs several times what the database itself takes on a point read; here the SQL text, the
order of parameters and the conversions of both directions are worked out once and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Select, Table, insert
from sqlalchemy.engine import Dialect

from .database import Database

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """`binds`: name and conversion of each parameter, in the order the driver wants them."""

    sql: str
    binds: tuple[tuple[str, Convert | None, Any], ...]
    results: tuple[tuple[int, Convert], ...]


class HotQuery:
    """A select with named `bindparam`s. `rows(database, name=value, …)` gives plain tuples with Python values."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, database: Database, **parameters: Any) -> list[tuple[Any, ...]]:
        compiled = self._compiled.get(database.dialect_name) or self._compile(database.engine.dialect)
        bound = [
            constant if name == "" else (parameters[name] if convert is None else convert(parameters[name]))
            for name, convert, constant in compiled.binds
        ]
        raw = database.driver_connection().execute(compiled.sql, bound).fetchall()
        if not raw or not compiled.results:
            return raw
        return [_converted(row, compiled.results) for row in raw]

    def one(self, database: Database, **parameters: Any) -> tuple[Any, ...] | None:
        """The only row, or None."""
        rows = self.rows(database, **parameters)
        return rows[0] if rows else None

    def _compile(self, dialect: Dialect) -> _Compiled:
        """Positional placeholders on both drivers: `?` for SQLite, `%s` for psycopg."""
        compiled = self._statement.compile(dialect=_positional(dialect))
        binds: list[tuple[str, Convert | None, Any]] = []
        for name in compiled.positiontup or ():
            bind = compiled.binds[name]
            if bind.required:
                binds.append((name, bind.type.dialect_impl(dialect).bind_processor(dialect), None))
            else:
                binds.append(("", None, bind.effective_value))
        results: list[tuple[int, Convert]] = []
        for index, column in enumerate(self._statement.selected_columns):
            convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if convert is not None:
                results.append((index, convert))
        entry = _Compiled(str(compiled), tuple(binds), tuple(results))
        self._compiled[dialect.name] = entry
        return entry


class HotInsert:
    """Many rows into one table, as tuples in column order, in the caller's transaction."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._compiled: dict[str, tuple[str, tuple[Convert | None, ...]]] = {}

    def run(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
        dialect = connection.dialect
        sql, converts = self._compiled.get(dialect.name) or self._compile(dialect)
        bound = [
            tuple(
                value if convert is None or value is None else convert(value)
                for value, convert in zip(row, converts, strict=True)
            )
            for row in rows
        ]
        connection.exec_driver_sql(sql, bound)

    def _compile(self, dialect: Dialect) -> tuple[str, tuple[Convert | None, ...]]:
        sql = str(insert(self._table).compile(dialect=_positional(dialect)))
        converts = tuple(column.type.dialect_impl(dialect).bind_processor(dialect) for column in self._table.c)
        self._compiled[dialect.name] = sql, converts
        return sql, converts


def _positional(dialect: Dialect) -> Dialect:
    if dialect.positional:
        return dialect
    make = cast(Callable[..., Dialect], type(dialect))
    return make(paramstyle="format")


def _converted(row: tuple[Any, ...], results: tuple[tuple[int, Convert], ...]) -> tuple[Any, ...]:
    values = list(row)
    for index, convert in results:
        value = values[index]
        if value is not None:
            values[index] = convert(value)
    return tuple(values)
