"""Alembic's entry: runs the migrations on the connection that `control.migrating.upgrade` holds."""

from alembic import context

from control.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True)
context.run_migrations()
