"""queue, cases, timeline"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "case_capas",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("capa_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "capa_id"),
    )
    op.create_table(
        "case_confirmations",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("closing_round", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "closing_round"),
    )
    op.create_table(
        "cases",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("content_class", sa.Text(), nullable=False),
        sa.Column("issue_codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("customer_ref", sa.Text(), nullable=True),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("registered_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("nature", sa.Text(), nullable=True),
        sa.Column("early_warning", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("responsible_department", sa.Text(), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("departments", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("posted_by", sa.Text(), nullable=True),
        sa.Column("held", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id"),
    )
    op.create_index("cases_by_receipt", "cases", ["received_at", "complaint_id"], unique=False)
    op.create_index("cases_held", "cases", ["held"], unique=False, postgresql_using="gin")
    op.create_table(
        "queue_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("clock", sa.Text(), nullable=True),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("offered_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("holder_name", sa.Text(), nullable=True),
        sa.Column("offered_by", sa.Text(), nullable=True),
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "queue_items_by_urgency",
        "queue_items",
        ["department", "state", sa.literal_column("coalesce(due_at, 'infinity')"), "offered_at", "id"],
        unique=False,
    )
    op.create_table(
        "timeline",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("complaint_id", "recorded_at", "service", "partition", "position"),
    )
