"""Intake's read models, a file per question."""
