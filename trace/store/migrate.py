"""Bringing a database to the schema of this version, and refusing to run on any other."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DatabaseError

from ..kernel.errors import UnsafeToRun
from .database import Database


def alembic_config(connection: Any = None) -> Config:
    """Alembic's settings without an ini file; the environment takes the connection from `attributes`."""
    config = Config()
    config.set_main_option("script_location", str(files("suiyuan.trace.store").joinpath("migrations")))
    config.attributes["connection"] = connection
    return config


@cache
def _revisions() -> tuple[str, ...]:
    """Those of this version, the newest first. Alembic runs every migration's file to learn them: once is enough."""
    return tuple(each.revision for each in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def upgrade(database: Database) -> None:
    """Applies every migration not yet applied, in one transaction; takes no lock where there is none.

    Raises UnsafeToRun `store.schema` for a database of a later version, `store.unreachable`.
    """
    head, *earlier = _revisions()
    found = current_revision(database)
    if found == head:
        return
    if found is not None and found not in earlier:
        raise UnsafeToRun("store.schema", found=found, expected=head)
    with database.engine.connect().execution_options(begins_write=True) as connection, connection.begin():
        command.upgrade(alembic_config(connection), "head")


def current_revision(database: Database) -> str | None:
    """The revision the database is at, None for an empty one. Raises UnsafeToRun `store.unreachable`."""
    try:
        with database.read() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DatabaseError as error:
        raise UnsafeToRun("store.unreachable", reason=str(error.orig)) from error


def require_current(database: Database) -> None:
    """Raises UnsafeToRun `store.schema` unless the database is at this version's schema."""
    head = _revisions()[0]
    found = current_revision(database)
    if found != head:
        raise UnsafeToRun("store.schema", found=found or "nothing", expected=head)
