"""Run by Alembic: carries out the migrations on the connection that the store hands in."""

from alembic import context
from sqlalchemy import Connection

connection: Connection = context.config.attributes["connection"]
# The caller's transaction is open and holds the lock; schema and revision change in it together.
context.configure(connection=connection, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
