"""Table `instance_fact`: the few things one installation remembers about itself, by name."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Table, Text, delete, insert, select

from .columns import STRICT, metadata

instance_fact = Table(
    "instance_fact",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    **STRICT,
)


def get(connection: Connection, name: str) -> str | None:
    return connection.execute(select(instance_fact.c.value).where(instance_fact.c.name == name)).scalar_one_or_none()


def put(connection: Connection, name: str, value: str) -> None:
    """Sets a fact, in place of an earlier value."""
    connection.execute(delete(instance_fact).where(instance_fact.c.name == name))
    connection.execute(insert(instance_fact).values(name=name, value=value))
