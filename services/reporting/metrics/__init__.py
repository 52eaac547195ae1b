"""Which figures does a report begin with? One file each."""

from __future__ import annotations

from services.reporting.metrics.closed import CLOSED
from services.reporting.metrics.definition import Definition, Metric
from services.reporting.metrics.indicator import Indicator
from services.reporting.metrics.open_at_end import OPEN_AT_END
from services.reporting.metrics.rate import DEFINITION as RATE
from services.reporting.metrics.received import RECEIVED
from services.reporting.metrics.reopened import REOPENED
from services.reporting.metrics.shares import SHARES
from services.reporting.metrics.standing import STANDING
from services.reporting.metrics.times import TIMES

TOTALS: tuple[Metric, ...] = (RECEIVED, CLOSED, OPEN_AT_END, REOPENED)
INDICATORS: tuple[Indicator, ...] = (*TIMES, *SHARES, *STANDING)
KPIS: tuple[Definition, ...] = (*(one.definition for one in INDICATORS), RATE)
