"""Which tables does intake keep? Each is defined beside its question in `views/`; this is what gathers them for migrations."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
