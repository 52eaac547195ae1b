"""moments, amounts and lateness of complaints; the directory of customers"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("complaints", sa.Column("acknowledged_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("complaints", sa.Column("remedied_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("complaints", sa.Column("overdue", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("complaints", "overdue", server_default=None)
    op.add_column("complaints", sa.Column("amount", sa.Numeric(), nullable=True))
    op.add_column("complaints", sa.Column("currency", sa.Text(), nullable=True))
    op.create_table(
        "late_spells",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_from", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("late_from", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("late_to", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("recorded_to", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "recorded_from", "late_from"),
    )
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_from", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_to", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", "recorded_from"),
    )
