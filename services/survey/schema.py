"""Which tables does survey keep beside the kernel's? Those of its views; each stands in the view's file."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
