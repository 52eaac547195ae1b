"""moves of work"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for name in ("complaint_id", "number"):
        op.alter_column("queue_items", name, nullable=True)
    op.add_column("queue_items", sa.Column("feedback_id", sa.Uuid(), nullable=True))
    op.add_column("queue_items", sa.Column("topic", sa.Text(), nullable=True))
    op.add_column("queue_items", sa.Column("about", sa.Uuid(), nullable=True))
    for name, kind, default in (
        ("reminders", sa.Integer(), "0"),
        ("left_departments", sa.ARRAY(sa.Text()), "{}"),
        ("left_at", sa.ARRAY(sa.BigInteger()), "{}"),
        ("own_version", sa.Integer(), "0"),
    ):
        op.add_column("queue_items", sa.Column(name, kind, nullable=False, server_default=default))
        op.alter_column("queue_items", name, server_default=None)
