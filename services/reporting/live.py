"""What does reporting keep in memory beside its tables? Which moments all sources have passed, counts by month, and who does the sums."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.reporting.analysis.calculator import Calculator
from services.reporting.kept_figures import Kept
from services.reporting.moment import Moments
from services.reporting.outlooks import Outlooks
from services.reporting.query.counters import Counters
from services.reporting.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Live:
    moments: Moments
    calculator: Calculator
    outlooks: Outlooks
    remembered: Remembered = field(default_factory=Remembered)
    figures: Kept = field(default_factory=Kept)
    counters: Counters = field(default_factory=Counters)
