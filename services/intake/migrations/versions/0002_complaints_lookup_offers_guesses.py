"""complaints, lookup, offers, guesses"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "complaint_states",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id"),
    )
    op.create_table(
        "complaints",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("external_ref", sa.Text(), nullable=True),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("registered_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("issue_codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("customer_ref", sa.Text(), nullable=True),
        sa.Column("departments", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("posted_by", sa.Text(), nullable=True),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id"),
    )
    op.create_index("complaints_by_customer", "complaints", ["customer_ref", "received_at"], unique=False)
    op.create_index("complaints_by_external_ref", "complaints", ["external_ref"], unique=False)
    op.create_index("complaints_by_number", "complaints", ["number"], unique=True)
    op.create_index("complaints_by_receipt", "complaints", ["received_at", "complaint_id"], unique=False)
    op.create_table(
        "guesses",
        sa.Column("at", sa.TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
    )
    op.create_index("guesses_by_address", "guesses", ["address", "at"], unique=False)
    op.create_index("guesses_by_number", "guesses", ["number", "at"], unique=False)
    op.create_index("guesses_by_time", "guesses", ["at"], unique=False)
    op.create_table(
        "lookup",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "kind"),
    )
    op.create_index("lookup_by_hash", "lookup", ["hash", "complaint_id"], unique=False)
    op.create_table(
        "tracking_steps",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("text", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("complaint_id", "partition", "position"),
    )
