"""merged complaints, feedback, customers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("complaints", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.add_column("complaints", sa.Column("duplicate_of", sa.Text(), nullable=True))
    op.create_table(
        "feedback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("departments", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("posted_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("feedback_by_age", "feedback", ["state", "received_at", "id"], unique=False)
    op.create_table(
        "feedback_holders",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("feedback_id", "department"),
    )
    op.create_table(
        "customers",
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("annual_sales", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("rank", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("ref"),
    )
