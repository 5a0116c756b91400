"""Types of the assertion fixtures; imported for annotations only."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from suiyuan.trace.kernel.errors import SuiyuanError
from suiyuan.trace.store.database import Database

Dump = dict[str, list[tuple[Any, ...]]]


class Refuses(Protocol):
    def __call__(
        self, error: type[SuiyuanError], code: str, *, field: str | None = None, **evidence: object
    ) -> AbstractContextManager[None]: ...


class Unchanged(Protocol):
    def __call__(self, database: Database) -> AbstractContextManager[None]: ...


class Contents(Protocol):
    def __call__(self, database: Database) -> object: ...


class Dumps(Protocol):
    def __call__(self, database: Database) -> Dump: ...
