"""What does reporting keep in memory beside its tables? Which moments all sources have passed, and who does the sums."""

from __future__ import annotations

from dataclasses import dataclass

from services.reporting.analysis.calculator import Calculator
from services.reporting.moment import Moments


@dataclass(frozen=True, slots=True)
class Live:
    moments: Moments
    calculator: Calculator
