"""Statements of the hot path: built with SQLAlchemy Core, compiled once per dialect, run on the driver's connection.

Running a Core statement costs several times what the database itself takes on a point read; here the SQL text, the
order of parameters and the conversions of both directions are worked out once and kept. Queries run on a connection of
the calling thread (`rows`), or like the writes in the caller's transaction (`rows_in`), whose errors are the same as
those of Core statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Integer,
    Select,
    Table,
    TableValuedAlias,
    Text,
    Update,
    bindparam,
    column,
    func,
    insert,
    literal_column,
    select,
    true,
)
from sqlalchemy import (
    Sequence as Numbers,
)
from sqlalchemy import (
    cast as as_type,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from .database import Database, LostRace
from .prepared import Done, Prepared, Rows

Convert = Callable[[Any], Any]
Values = list[Any]

ONE = literal_column("1", Integer)
"""For `limit(ONE)`, and wherever a constant need not be a parameter. A limit that is one PostgreSQL takes for a tenth
of the rows, and plans anew each time."""

_WAITING = "suiyuan.hot.waiting"

FEW_ROWS = 4
"""Up to so many rows are inserted by one statement; for each number of rows one text is kept."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """`binds`: name and conversion of each parameter, in the order the driver wants them. `prepared`: of PostgreSQL."""

    sql: str
    binds: tuple[tuple[str, Convert | None, Any], ...]
    results: tuple[tuple[int, Convert], ...]
    prepared: Prepared | None

    def bound(self, parameters: dict[str, Any]) -> Values:
        return [
            constant if name == "" else (parameters[name] if convert is None else convert(parameters[name]))
            for name, convert, constant in self.binds
        ]

    def picked(self, values: Sequence[Any], order: Sequence[int]) -> Values:
        """The same for values of which each is wanted at the places that `order` says."""
        return [
            constant if place < 0 else (values[place] if convert is None else convert(values[place]))
            for place, (_, convert, constant) in zip(order, self.binds, strict=True)
        ]

    def in_order(self, values: Iterable[Any]) -> Values:
        """The same for values that are in the driver's order already."""
        return [
            value if convert is None or value is None else convert(value)
            for value, (_, convert, _) in zip(values, self.binds, strict=True)
        ]

    def run(self, driver: Any, values: Values) -> Done:
        if self.prepared is not None:
            return driver.run(self.prepared, values)
        cursor = driver.execute(self.sql, values)
        return cursor.fetchall(), cursor.rowcount

    def converted(self, rows: Rows) -> Rows:
        return [_row(row, self.results) for row in rows] if self.results else rows

    def run_each(self, driver: Any, rows: Sequence[Values]) -> None:
        if self.prepared is not None:
            driver.run_each(self.prepared, rows)
        else:
            driver.executemany(self.sql, rows)


class HotQuery:
    """A select with named `bindparam`s. `rows(database, name=value, …)` gives plain tuples with Python values."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._kept = _Kept(statement)

    def rows(self, database: Database, **parameters: Any) -> Rows:
        compiled = self._kept.of(database.engine.dialect)
        return compiled.converted(compiled.run(database.driver_connection(), compiled.bound(parameters))[0])

    def one(self, database: Database, **parameters: Any) -> tuple[Any, ...] | None:
        """The only row, or None."""
        rows = self.rows(database, **parameters)
        return rows[0] if rows else None

    def rows_in(self, connection: Connection, **parameters: Any) -> Rows:
        """The same in the caller's transaction."""
        compiled = self._kept.of(connection.dialect)
        return compiled.converted(_run(connection, compiled, compiled.bound(parameters))[0])

    def rows_each(self, connection: Connection, runs: Sequence[dict[str, Any]]) -> list[Rows]:
        """The rows of several runs in the caller's transaction, each with its parameters: one trip to the server for
        all of them."""
        compiled = self._kept.of(connection.dialect)
        found = _run_all(connection, compiled, [compiled.bound(parameters) for parameters in runs])
        return [compiled.converted(rows) for rows in found]

    def put(self, connection: Connection, **parameters: Any) -> None:
        """Has it run in the caller's transaction, with the next trip to the server inside `together`: for what it does,
        where nobody wants its rows."""
        compiled = self._kept.of(connection.dialect)
        _put(connection, compiled, compiled.bound(parameters))

    def one_in(self, connection: Connection, **parameters: Any) -> tuple[Any, ...] | None:
        rows = self.rows_in(connection, **parameters)
        return rows[0] if rows else None


Keys = Mapping[str, ColumnElement[Any]]


class HotLookup:
    """A select that gives one row or none, for each of many keys.

    `build` makes it from the columns of a key, which are named and typed by `key`. SQLite is asked key by key;
    PostgreSQL takes all keys as one JSON text, in one statement, which costs it a fifth of as many statements.
    """

    def __init__(self, key: Mapping[str, Any], build: Callable[[Keys], Select[*tuple[Any, ...]]]) -> None:
        self._names = tuple(key)
        self._orders: dict[str, Sequence[int]] = {}
        self._one = _Kept(build({name: bindparam(name, type_=kind) for name, kind in key.items()}))
        given = _given({"number": BigInteger(), **key})
        found = build({name: given.c[name] for name in key}).lateral("found")
        chosen = select(*found.c, given.c.number).select_from(given.join(found, true()))
        self._many = _Kept(chosen)

    def row(self, database: Database, key: Sequence[Any]) -> tuple[Any, ...] | None:
        """The row of one key, on a connection of the calling thread."""
        compiled = self._one.of(database.engine.dialect)
        rows, _ = compiled.run(database.driver_connection(), compiled.picked(key, self._order_of(compiled)))
        return _row(rows[0], compiled.results) if rows else None

    def rows(self, connection: Connection, keys: Sequence[Sequence[Any]]) -> list[tuple[Any, ...] | None]:
        """The row of each key, or None, in their order, in the caller's transaction."""
        if connection.dialect.name == "sqlite":
            compiled = self._one.of(connection.dialect)
            order = self._order_of(compiled)
            found = _run_all(connection, compiled, [compiled.picked(key, order) for key in keys])
            results = compiled.results
            return [(_row(rows[0], results) if results else rows[0]) if rows else None for rows in found]
        compiled = self._many.of(connection.dialect)
        told = [{"number": number, **self._named(key)} for number, key in enumerate(keys)]
        by_number: list[tuple[Any, ...] | None] = [None] * len(keys)
        for *row, number in compiled.converted(_run(connection, compiled, compiled.bound(_as_given(told)))[0]):
            by_number[number] = tuple(row)
        return by_number

    def _named(self, key: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(self._names, key, strict=True))

    def _order_of(self, compiled: _Compiled) -> Sequence[int]:
        """At which place of a key each parameter is; -1 for constants."""
        order = self._orders.get(compiled.sql)
        if order is None:
            order = tuple(self._names.index(name) if name else -1 for name, _, _ in compiled.binds)
            self._orders[compiled.sql] = order
        return order


class HotAppend:
    """Rows at the end of a log, whose first column numbers them: the numbers they got, in the order of the rows.

    On PostgreSQL, where several write at once, they come from `numbers`, and all rows go in one statement. SQLite has
    one writer at a time, who goes on from the last number.
    """

    def __init__(self, table: Table, numbers: Numbers) -> None:
        self._insert = HotInsert(table)
        self._names = tuple(str(each.name) for each in table.c)[1:]
        given = _given({"number": BigInteger(), **{name: table.c[name].type for name in self._names}})
        ordered = select(func.nextval(numbers.name), *(given.c[name] for name in self._names)).order_by(given.c.number)
        self._many = _Kept(insert(table).from_select(list(table.c), ordered).returning(*list(table.c)[:1]))

    def run(self, connection: Connection, rows: Sequence[Sequence[Any]], last: int) -> list[int]:
        """`last`: the highest number so far, which SQLite goes on from."""
        if not rows:
            return []
        if connection.dialect.name == "sqlite":
            numbers = list(range(last + 1, last + 1 + len(rows)))
            self._insert.run(connection, [(number, *row) for number, row in zip(numbers, rows, strict=True)])
            return numbers
        compiled = self._many.of(connection.dialect)
        told = [{"number": number, **dict(zip(self._names, row, strict=True))} for number, row in enumerate(rows)]
        return [number for (number,) in _run(connection, compiled, compiled.bound(_as_given(told)))[0]]


def _given(columns: Mapping[str, Any]) -> TableValuedAlias:
    """Rows that the server is given as one JSON text."""
    text = as_type(bindparam("given", type_=Text()), JSON)
    kinds = [column(name, _of_postgresql(kind)) for name, kind in columns.items()]
    return func.json_to_recordset(text).table_valued(*kinds).render_derived("given", with_types=True)


def _as_given(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"given": orjson.dumps(rows).decode()}


def _of_postgresql(kind: Any) -> Any:
    return kind.dialect_impl(postgresql.dialect()) if hasattr(kind, "load_dialect_impl") else kind


class HotWrite:
    """An update or delete with named `bindparam`s, in the caller's transaction."""

    def __init__(self, statement: Update | Delete) -> None:
        self._kept = _Kept(statement)

    def run(self, connection: Connection, **parameters: Any) -> int:
        """How many rows it changed."""
        compiled = self._kept.of(connection.dialect)
        return _run(connection, compiled, compiled.bound(parameters))[1]

    def run_one(self, connection: Connection, **parameters: Any) -> None:
        """Raises LostRace unless it changes exactly one row; inside `together`, at the latest at its end."""
        compiled = self._kept.of(connection.dialect)
        _put(connection, compiled, compiled.bound(parameters), must_change_one=True)


class HotInsert:
    """Rows into one table, as tuples in column order, in the caller's transaction."""

    def __init__(self, table: Table) -> None:
        self._of_rows = [_Kept(_insert(table, rows)) for rows in range(1, FEW_ROWS + 1)]

    def run(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Few rows go in one statement, many as a series of one."""
        if 0 < len(rows) <= FEW_ROWS:
            compiled = self._of_rows[len(rows) - 1].of(connection.dialect)
            _put(connection, compiled, compiled.in_order(value for row in rows for value in row))
        elif rows:
            compiled = self._of_rows[0].of(connection.dialect)
            _run_each(connection, compiled, [compiled.in_order(row) for row in rows])


class _Kept:
    """A statement, compiled once for each dialect."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert | Update | Delete) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def of(self, dialect: Dialect) -> _Compiled:
        return self._compiled.get(dialect.name) or self._compile(dialect)

    def _compile(self, dialect: Dialect) -> _Compiled:
        """Positional placeholders on both engines: `?` for SQLite, `$1` for PostgreSQL."""
        is_sqlite = dialect.name == "sqlite"
        style = dialect if is_sqlite else cast(Callable[..., Dialect], type(dialect))(paramstyle="numeric_dollar")
        compiled = cast(SQLCompiler, self._statement.compile(dialect=style))
        binds: list[tuple[str, Convert | None, Any]] = []
        for name in compiled.positiontup or ():
            bind = compiled.binds[name]
            if bind.required:
                binds.append((name, bind.type.dialect_impl(dialect).bind_processor(dialect), None))
            else:
                binds.append(("", None, bind.effective_value))
        results: list[tuple[int, Convert]] = []
        columns = self._statement.selected_columns if isinstance(self._statement, Select) else ()
        for index, each in enumerate(columns):
            convert = each.type.dialect_impl(dialect).result_processor(dialect, None)
            if convert is not None:
                results.append((index, convert))
        prepared = None if is_sqlite else Prepared(str(compiled), len(binds))
        entry = _Compiled(str(compiled), tuple(binds), tuple(results), prepared)
        self._compiled[dialect.name] = entry
        return entry


def _insert(table: Table, rows: int) -> Insert:
    return insert(table).values(
        [
            {column.name: bindparam(f"{column.name}_{row}", type_=column.type) for column in table.c}
            for row in range(rows)
        ]
    )


@dataclass(frozen=True, slots=True)
class _Put:
    """A write that waits for the next trip to the server."""

    compiled: _Compiled
    values: Values
    must_change_one: bool = False


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Hot writes inside may wait, and go to the server with the next hot query or at the end: one trip for them all.

    They are done in their order, all of them by the end of the block, and what they raise is raised there. Only hot
    statements belong inside. SQLite is not far away: there each is done at once.
    """
    if connection.dialect.name == "sqlite" or _WAITING in connection.info:
        yield
        return
    waiting: list[_Put] = []
    connection.info[_WAITING] = waiting
    try:
        yield
        _send(connection, waiting)
    finally:
        del connection.info[_WAITING]


def _put(connection: Connection, compiled: _Compiled, values: Values, *, must_change_one: bool = False) -> None:
    waiting = connection.info.get(_WAITING)
    if waiting is not None:
        waiting.append(_Put(compiled, values, must_change_one))
    elif _run(connection, compiled, values)[1] != 1 and must_change_one:
        raise LostRace


def _run(connection: Connection, compiled: _Compiled, values: Values) -> Done:
    waiting = connection.info.get(_WAITING)
    if waiting:
        waiting.append(_Put(compiled, values))
        return _send(connection, waiting)
    driver = _driver(connection)
    try:
        return compiled.run(driver, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_core_raises(connection, compiled.sql, error) from error


def _run_all(connection: Connection, compiled: _Compiled, runs: Sequence[Values]) -> list[Rows]:
    _send(connection, connection.info.get(_WAITING, []))
    driver = _driver(connection)
    try:
        if compiled.prepared is None:
            return [driver.execute(compiled.sql, values).fetchall() for values in runs]
        return [rows for rows, _ in driver.run_together([(compiled.prepared, values) for values in runs])]
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_core_raises(connection, compiled.sql, error) from error


def _send(connection: Connection, waiting: list[_Put]) -> Done:
    """Does all that waits, and gives what the last of it gave."""
    if not waiting:
        return [], 0
    puts, waiting[:] = list(waiting), []
    driver = _driver(connection)
    try:
        done = driver.run_together([(put.compiled.prepared, put.values) for put in puts])
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_core_raises(connection, "; ".join(put.compiled.sql for put in puts), error) from error
    for put, (_, count) in zip(puts, done, strict=True):
        if put.must_change_one and count != 1:
            raise LostRace
    return done[-1]


def _run_each(connection: Connection, compiled: _Compiled, rows: Sequence[Values]) -> None:
    _send(connection, connection.info.get(_WAITING, []))
    driver = _driver(connection)
    try:
        compiled.run_each(driver, rows)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_core_raises(connection, compiled.sql, error) from error


def _driver(connection: Connection) -> Any:
    """The driver's connection, in a transaction as Core would have it."""
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.driver_connection


def _as_core_raises(connection: Connection, sql: str, error: Any) -> BaseException:
    """What the unit of work knows how to deal with: an IntegrityError, an OperationalError, …, of SQLAlchemy."""
    dialect = connection.dialect
    return cast(BaseException, DBAPIError.instance(sql, None, error, dialect.loaded_dbapi.Error, dialect=dialect))


def _row(row: tuple[Any, ...], results: tuple[tuple[int, Convert], ...]) -> tuple[Any, ...]:
    values = list(row)
    for index, convert in results:
        if values[index] is not None:
            values[index] = convert(values[index])
    return tuple(values)
