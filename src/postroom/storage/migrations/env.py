"""Alembic's entry point: run the migrations over the connection that storage/migrate.py hands in."""

from __future__ import annotations

from alembic import context

from postroom.storage.schema.options import given_to_engines
from postroom.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=given_to_engines(metadata), render_as_batch=True)
context.run_migrations()
