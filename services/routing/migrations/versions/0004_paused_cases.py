"""paused cases"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("cases", sa.Column("paused", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("cases", "paused", server_default=None)
