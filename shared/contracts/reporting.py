"""What does reporting publish? Topic `redress.reporting`."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from shared.contracts.event import Event, event
from shared.contracts.reporting_periods import PERIODS
from shared.contracts.reporting_signals import SIGNALS
from shared.contracts.vocabulary import ExposureKind, FrequencyClass


@event("reporting.exposure-recorded.v1")
class ExposureRecorded(Event):
    """How much was exposed to complaint in a month: what rates are per. A later one for the same key is a correction."""

    month: str
    kind: ExposureKind
    units: int
    product_code: str | None = None
    customer_ref: str | None = None


@event("reporting.frequency-class-changed.v1")
class FrequencyClassChanged(Event):
    """How often an issue comes up with a product or a customer, by the twelve months to the end of this one (RP-1 a)."""

    scope: Literal["product", "customer"]
    issue_code: str | None = None
    product_code: str | None = None
    customer_ref: str | None = None
    frequency_class: FrequencyClass
    before: FrequencyClass | None = None
    month: str
    basis: Literal["exposure", "share"]


@event("reporting.data-exported.v1")
class DataExported(Event):
    """Somebody took figures' cases out as a file (IN-9): which call, which cases where they are few, how many rows."""

    call: str
    subjects: tuple[UUID, ...] = ()
    rows: int = 0


EVENTS: tuple[type[Event], ...] = (ExposureRecorded, FrequencyClassChanged, DataExported, *PERIODS, *SIGNALS)
