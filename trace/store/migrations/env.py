"""Alembic's environment: runs on the connection that store/migrate.py (or a test) hands over."""

from alembic import context

from suiyuan.trace.store.columns import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
