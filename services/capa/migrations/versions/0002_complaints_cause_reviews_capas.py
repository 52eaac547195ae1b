"""complaints, cause reviews, capas"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "capas",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("owner_department", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("trigger_ref", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("issue_code", sa.Text(), nullable=True),
        sa.Column("complaints", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("capas_by_complaint", "capas", ["complaints"], unique=False, postgresql_using="gin")
    op.create_index("capas_by_issue", "capas", ["issue_code"], unique=False)
    op.create_index("capas_by_opening", "capas", ["opened_at", "id"], unique=False)
    op.create_index("capas_by_product", "capas", ["product_code"], unique=False)
    op.create_table(
        "cause_reviews",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("cause_levels", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("cause_texts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("needed", sa.Boolean(), nullable=True),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("extend_to_others", sa.Boolean(), nullable=True),
        sa.Column("capa_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("complaint_id"),
    )
    op.create_index("cause_reviews_waiting", "cause_reviews", ["state", "opened_at", "complaint_id"], unique=False)
    op.create_table(
        "complaints",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("nature", sa.Text(), nullable=True),
        sa.Column("responsible_department", sa.Text(), nullable=True),
        sa.Column("issue_codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("handled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id"),
    )
