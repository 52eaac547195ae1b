"""Which service answers which call? Said once: the dispatcher of one process and the gateway before many go by it."""

from __future__ import annotations

from collections.abc import Mapping

API = "/api/v1/"

# The first part of the path behind `/api/v1/`.
PREFIXES: Mapping[str, str] = {
    "complaints": "intake", "feedback": "intake", "customers": "intake", "tracking": "intake", "access": "intake",
    "cases": "routing", "queues": "routing", "work-items": "routing", "inspections": "routing", "policy": "routing", "overdue": "routing",
    "cause-reviews": "capa", "capas": "capa",
    "callbacks": "survey",
    "reports": "reporting", "query": "reporting", "signals": "reporting", "exposures": "reporting", "analysis": "reporting",
}  # fmt: skip

PAGES = "reporting"  # whatever is no call is a page, and its service


def prefix_of(path: str) -> str | None:
    """The prefix of a call; None for a page."""
    return path[len(API) :].partition("/")[0] if path.startswith(API) else None
