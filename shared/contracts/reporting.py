"""What does reporting publish? Topic `redress.reporting`."""

from __future__ import annotations

from shared.contracts.event import Event, event
from shared.contracts.vocabulary import ExposureKind


@event("reporting.exposure-recorded.v1")
class ExposureRecorded(Event):
    """How much was exposed to complaint in a month: what rates are per. A later one for the same key is a correction."""

    month: str
    kind: ExposureKind
    units: int
    product_code: str | None = None
    customer_ref: str | None = None


EVENTS: tuple[type[Event], ...] = (ExposureRecorded,)
