"""Which tables does routing keep? Views are defined beside their question in `views/`; what is no view stands here."""

from __future__ import annotations

from sqlalchemy import TIMESTAMP, BigInteger, Column, LargeBinary, MetaData, SmallInteger, Table, Text

metadata = MetaData()

# Signed checkpoints of every service's chains, as the log's watermarks brought them; the log keeps the newest only.
heard_checkpoints = Table(
    "heard_checkpoints",
    metadata,
    Column("service", Text, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("signed_at", TIMESTAMP(timezone=True), nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
