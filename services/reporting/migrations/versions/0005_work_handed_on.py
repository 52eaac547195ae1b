"""work handed on"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.alter_column("department_work", "complaint_id", nullable=True)
    op.add_column("department_work", sa.Column("stay", sa.SmallInteger(), nullable=False, server_default="1"))
    op.add_column("department_work", sa.Column("handed_on", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in ("stay", "handed_on"):
        op.alter_column("department_work", name, server_default=None)
    op.drop_constraint("department_work_pkey", "department_work", type_="primary")
    op.create_primary_key("department_work_pkey", "department_work", ["item_id", "stay"])
