"""Which tables does intake keep? Views are defined beside their question in `views/`; what is no view stands here."""

from __future__ import annotations

from sqlalchemy import TIMESTAMP, Column, Index, LargeBinary, MetaData, Table, func

metadata = MetaData()

# Wrong secrets of the last minutes. No event: it is about the machine's real time, and nothing is ever decided on it later.
guesses = Table(
    "guesses",
    metadata,
    Column("at", TIMESTAMP(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("number", LargeBinary, nullable=False),  # keyed hashes, to count by, not to know
    Column("address", LargeBinary, nullable=False),
    Index("guesses_by_number", "number", "at"),
    Index("guesses_by_address", "address", "at"),
    Index("guesses_by_time", "at"),
)
