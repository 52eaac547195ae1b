"""Routing's read models, a file per question."""
