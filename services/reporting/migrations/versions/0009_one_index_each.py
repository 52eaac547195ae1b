"""versions of complaints have one index by each end"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.drop_index("complaints_begun", "complaints")
    op.drop_index("complaints_ended", "complaints")
