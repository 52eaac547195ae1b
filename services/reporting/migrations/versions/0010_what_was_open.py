"""what was open at a moment, and whose work it was, is found without a look at all there is"""

from alembic import op

revision = "0010"
down_revision = "0009"

INDEXES = (
    ("open_daily_by_closing", "open_daily", "closed_at"),
    ("department_work_of", "department_work", "complaint_id"),
    ("department_work_by_end", "department_work", "done_at"),
    ("department_work_by_end_known", "department_work", "done_recorded"),
)


def upgrade() -> None:
    for name, table, column in INDEXES:
        op.create_index(name, table, [column])
