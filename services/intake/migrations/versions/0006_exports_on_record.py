"""exports on record"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("data_reads", sa.Column("kind", sa.Text(), nullable=False, server_default="read"))
    op.alter_column("data_reads", "kind", server_default=None)
    op.add_column("data_reads", sa.Column("rows", sa.Integer(), nullable=True))
