"""Consuming the log: effects, appended events and checkpoint in one transaction."""
