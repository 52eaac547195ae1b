"""of what something was recorded, or fell due, between two moments is found without a look at all there is; and what a customer says again"""

from alembic import op

revision = "0011"
down_revision = "0010"

INDEXES = (
    ("complaints_by_customer", "complaints", ["customer_ref", "main_issue_code", "received_at"]),
    ("late_spells_by_end", "late_spells", ["late_to"]),
    ("department_work_by_offer_known", "department_work", ["offered_recorded"]),
    ("department_work_by_due", "department_work", ["due_at"]),
    ("decided_causes_by_recording", "decided_causes", ["recorded_at"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
