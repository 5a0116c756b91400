"""Prepared statements of PostgreSQL through libpq: what psycopg's cursors would do, less what they do anew every time.

A cursor takes longer over a statement than the server takes over a point read. Values go in and out through psycopg's
own adapters, as text. Several statements can go in one trip to the server. None of them can be interrupted from the
keyboard: these are short.
"""

from __future__ import annotations

import itertools
import select
from collections.abc import Sequence
from typing import Any, TypeAlias

from psycopg import Connection, RawCursor
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

Rows: TypeAlias = list[tuple[Any, ...]]
Done: TypeAlias = tuple[Rows, int]
"""The rows that a statement gave, and how many it gave or changed."""

_numbers = itertools.count(1)


class Prepared:
    """One statement with `$1`, `$2`, …: prepared on a connection when that first runs it."""

    def __init__(self, sql: str, parameters: int) -> None:
        self.sql = sql.encode()
        self.name = f"hot_{next(_numbers)}".encode()
        self.formats = [PyFormat.TEXT] * parameters


class PreparingConnection(Connection[Any]):
    """A connection of psycopg that runs prepared statements as well.

    It raises psycopg's errors, and begins a transaction where psycopg would.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._names: set[bytes] = set()
        self._adapter = Transformer(self)

    def run(self, statement: Prepared, values: Sequence[Any]) -> Done:
        if self._must_begin():
            return self.run_together([(statement, values)])[-1]
        self._prepare(statement)
        return self._done(self.pgconn.exec_prepared(statement.name, self._dumped(statement, values)))

    def run_together(self, statements: Sequence[tuple[Prepared, Sequence[Any]]]) -> list[Done]:
        """Runs statements one after the other, in one trip to the server. Raises the error of the first that failed;
        those after it are not run."""
        for statement, _ in statements:
            self._prepare(statement)
        libpq, must_begin = self.pgconn, self._must_begin()
        libpq.enter_pipeline_mode()
        if must_begin:
            libpq.send_query_params(self._begin(), None)
        for statement, values in statements:
            libpq.send_query_prepared(statement.name, self._dumped(statement, values))
        libpq.pipeline_sync()
        results = [self._next_result() for _ in range(len(statements) + must_begin)]
        self._await_result()
        libpq.get_result()  # the end of the pipeline
        libpq.exit_pipeline_mode()
        return [self._done(result) for result in results][must_begin:]

    def run_each(self, statement: Prepared, rows: Sequence[Sequence[Any]]) -> None:
        """For many rows, without waiting for each."""
        with RawCursor(self) as cursor:
            cursor.executemany(statement.sql, rows)

    def _must_begin(self) -> bool:
        return self.pgconn.transaction_status == TransactionStatus.IDLE and not self.autocommit

    def _begin(self) -> bytes:
        level = self.isolation_level
        return b"BEGIN" if level is None else f"BEGIN ISOLATION LEVEL {level.name.replace('_', ' ')}".encode()

    def _prepare(self, statement: Prepared) -> None:
        if statement.name not in self._names:
            self._done(self.pgconn.prepare(statement.name, statement.sql))
            self._names.add(statement.name)

    def _dumped(self, statement: Prepared, values: Sequence[Any]) -> Sequence[Any]:
        """The values as text, None as it is."""
        return self._adapter.dump_sequence(values, statement.formats)

    def _done(self, result: PGresult) -> Done:
        if result.status == ExecStatus.TUPLES_OK:
            self._adapter.set_pgresult(result)
            return self._adapter.load_rows(0, result.ntuples, tuple), result.ntuples
        if result.status == ExecStatus.COMMAND_OK:
            return [], result.command_tuples or 0
        raise error_from_result(result, encoding=self.info.encoding)

    def _next_result(self) -> PGresult:
        """The result of the next statement in a pipeline, and the nothing that follows it."""
        self._await_result()
        result = self.pgconn.get_result()
        if result is None or self.pgconn.get_result() is not None:
            raise RuntimeError("not one result for each statement")
        return result

    def _await_result(self) -> None:
        """Until all that is sent has left, and a result can be had without waiting."""
        libpq = self.pgconn
        while (is_sending := libpq.flush()) or libpq.is_busy():
            poll = select.poll()
            poll.register(libpq.socket, select.POLLIN | (select.POLLOUT if is_sending else 0))
            poll.poll()
            libpq.consume_input()
