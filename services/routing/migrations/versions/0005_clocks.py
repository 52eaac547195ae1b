"""clocks"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "clock_facts",
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("cause", sa.Uuid(), nullable=False),
        sa.Column("caused_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_table(
        "running_clocks",
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("capa_id", sa.Uuid(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("next_look", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", "clock", "instance"),
    )
    op.create_index("running_clocks_by_department", "running_clocks", ["department", "due_at"], unique=False)
    op.create_index("running_clocks_by_item", "running_clocks", ["item_id"], unique=False)
