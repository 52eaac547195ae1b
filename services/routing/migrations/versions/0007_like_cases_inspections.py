"""like cases, inspections, frequency classes"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("cases", sa.Column("batch", sa.Text(), nullable=True))
    for name, column in (("product", "product_code"), ("batch", "batch"), ("customer", "customer_ref")):
        op.create_index(f"cases_by_{name}", "cases", [column, "received_at"], postgresql_where=sa.text(f"{column} is not null"))
    op.create_index("queue_items_by_holder", "queue_items", ["holder"], postgresql_where=sa.text("state = 'taken'"))
    op.create_table(
        "inspections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tightened_at", MOMENT, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("inspections_by_age", "inspections", ["state", "tightened_at", "id"])
    op.create_table(
        "inspection_catches",
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("caught_on", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("text", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("inspection_id", "version"),
    )
    op.create_table(
        "frequency_classes",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("issue_code", sa.Text(), nullable=False),
        sa.Column("frequency_class", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("scope", "subject", "issue_code"),
    )
