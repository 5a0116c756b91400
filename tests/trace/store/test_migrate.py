"""The migrations make exactly the schema that the code describes, on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from suiyuan.trace.kernel.errors import UnsafeToRun
from suiyuan.trace.store import migrate
from suiyuan.trace.store.columns import metadata
from suiyuan.trace.store.database import Database


def test_migrations_give_the_schema_of_the_metadata(database: Database) -> None:
    assert len(metadata.tables) > 15
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": metadata})
        assert compare_metadata(context, metadata) == []


def test_keys_and_constraints_are_those_of_the_metadata(database: Database) -> None:
    """What alembic does not compare: primary keys, their order, and foreign keys with all their columns."""
    with database.read() as connection:
        inspector = inspect(connection)
        for table in metadata.sorted_tables:
            found = inspector.get_pk_constraint(table.name)["constrained_columns"]
            assert found == [column.name for column in table.primary_key], table.name
            keys = {
                (tuple(key["constrained_columns"]), key["referred_table"], tuple(key["referred_columns"]))
                for key in inspector.get_foreign_keys(table.name)
            }
            assert keys == {
                (
                    tuple(key.column_keys),
                    key.referred_table.name,
                    tuple(element.column.name for element in key.elements),
                )
                for key in table.foreign_key_constraints
            }, table.name


def test_there_is_one_line_of_migrations() -> None:
    scripts = ScriptDirectory.from_config(migrate.alembic_config())
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
    assert len(list(scripts.walk_revisions())) == len(list(Path(scripts.versions).glob("*.py")))


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    before = migrate.current_revision(database)
    migrate.upgrade(database)
    assert migrate.current_revision(database) == before
    migrate.require_current(database)


def test_a_database_without_schema_or_of_another_version_is_refused(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(UnsafeToRun) as refused:
        migrate.require_current(database)
    assert (refused.value.code, refused.value.evidence["found"]) == ("store.schema", "nothing")
    migrate.upgrade(database)
    migrate.require_current(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UnsafeToRun) as refused:
        migrate.require_current(database)
    assert refused.value.evidence["found"] == "9999"
    assert "9999" in refused.value.text("en")
    database.close()


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'half.db'}")
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE movement_interval (x INTEGER)"))
    with pytest.raises(Exception, match="movement_interval"):
        migrate.upgrade(database)
    with database.read() as connection:
        assert inspect(connection).get_table_names() == ["movement_interval"]
    database.close()
