"""due times of work"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("department_work", sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=True))
