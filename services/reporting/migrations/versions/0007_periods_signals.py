"""complete months and their versions, signals, corrective actions"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "period_versions",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("known_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("totals", sa.Text(), nullable=False),
        sa.Column("differences", sa.Text(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "version"),
    )
    op.create_table(
        "judged_months",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("signals", sa.Integer(), nullable=False),
        sa.Column("total", sa.Text(), nullable=True),
        sa.Column("beyond", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("month"),
    )
    op.create_table(
        "trend_signals",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("dismissed_at", MOMENT, nullable=True),
        sa.Column("dismissed_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("signal_id"),
    )
    op.create_index("trend_signals_by_month", "trend_signals", ["month", "signal_id"], unique=False)
    op.create_table(
        "signal_repeats",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("signal_id", "month"),
    )
    op.create_table(
        "annotated_months",
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("partition", "position"),
    )
    op.create_table(
        "corrective_actions",
        sa.Column("capa_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("trigger_ref", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owner_department", sa.Text(), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("issue_code", sa.Text(), nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_recorded", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closed_recorded", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("capa_id"),
    )
    op.create_index("corrective_actions_by_trigger", "corrective_actions", ["trigger_ref"], unique=False)
    op.create_table(
        "action_moments",
        sa.Column("capa_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("capa_id", "n"),
    )
    op.create_table(
        "published_classes",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("issue_code", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("frequency_class", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "issue_code", "subject"),
    )
    op.create_table(
        "decided_causes",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("levels", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("complaint_id"),
    )
    op.create_table(
        "safety_cases",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("complaint_id"),
    )
    op.add_column("department_work", sa.Column("clock", sa.Text(), nullable=True))
    for table, column in (("complaints", "recorded_from"), ("transitions", "recorded_at"), ("open_daily", "recorded_from")):
        op.create_index(f"{table}_by_recording", table, [column], unique=False)
    for table in ("complaints", "open_daily"):
        op.create_index(f"{table}_by_end", table, ["recorded_to"], unique=False)
