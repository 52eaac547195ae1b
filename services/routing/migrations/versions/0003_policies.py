"""policies"""

from shared.postgres.history import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_sql("tables_2.sql")
