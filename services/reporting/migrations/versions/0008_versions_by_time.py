"""versions of complaints by the time they began and ended"""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("complaints_begun", "complaints", ["recorded_from"], unique=False)
    op.create_index("complaints_ended", "complaints", ["recorded_to"], unique=False)
