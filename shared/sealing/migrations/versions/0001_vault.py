"""The keys of what is sealed."""

from shared.postgres.history import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql("tables_1.sql")
