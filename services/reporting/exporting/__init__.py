"""Figures' cases as files."""
