"""policies"""

from shared.postgres.history import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_sql("tables_2.sql")
