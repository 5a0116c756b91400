"""Statements of the hot path: built with SQLAlchemy Core, compiled once per dialect, run on the driver's connection.

Running a Core statement costs several times what the database itself takes on a point read; here the SQL text, the
order of parameters and the conversions of both directions are worked out once and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlalchemy.engine import Dialect

from .database import Database

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    positions: tuple[str, ...] | None
    constants: dict[str, Any]
    binds: dict[str, Convert]
    results: tuple[tuple[int, Convert], ...]


class HotQuery:
    """A select with named `bindparam`s. `rows(database, name=value, …)` gives plain tuples with Python values."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, database: Database, **parameters: Any) -> list[tuple[Any, ...]]:
        dialect = database.engine.dialect
        compiled = self._compiled.get(dialect.name) or self._compile(dialect)
        for name, convert in compiled.binds.items():
            parameters[name] = convert(parameters[name])
        parameters.update(compiled.constants)
        bound = parameters if compiled.positions is None else [parameters[name] for name in compiled.positions]
        raw = database.driver_connection().execute(compiled.sql, bound).fetchall()
        if not raw or not compiled.results:
            return raw
        converted: list[tuple[Any, ...]] = []
        for row in raw:
            values = list(row)
            for index, convert in compiled.results:
                if values[index] is not None:
                    values[index] = convert(values[index])
            converted.append(tuple(values))
        return converted

    def one(self, database: Database, **parameters: Any) -> tuple[Any, ...] | None:
        """The only row, or None."""
        rows = self.rows(database, **parameters)
        return rows[0] if rows else None

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled = self._statement.compile(dialect=dialect)
        positions = tuple(compiled.positiontup) if compiled.positiontup is not None else None
        binds: dict[str, Convert] = {}
        constants: dict[str, Any] = {}
        for name, bind in compiled.binds.items():
            if not bind.required:
                constants[name] = bind.effective_value
                continue
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if convert is not None:
                binds[name] = convert
        results: list[tuple[int, Convert]] = []
        for index, column in enumerate(self._statement.selected_columns):
            convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if convert is not None:
                results.append((index, convert))
        entry = _Compiled(str(compiled), positions, constants, binds, tuple(results))
        self._compiled[dialect.name] = entry
        return entry
