"""Alembic's entry: runs the migrations on the connection that `control.migrating.upgrade` holds."""

from alembic import context

from control.tables import organisations

context.configure(
    connection=context.config.attributes["connection"], target_metadata=organisations.metadata, transactional_ddl=True
)
context.run_migrations()
