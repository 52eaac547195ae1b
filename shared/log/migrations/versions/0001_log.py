"""The log kept in PostgreSQL: a table per topic, and the watermarks."""

from shared.postgres.history import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql("tables_1.sql")
