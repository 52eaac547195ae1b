"""What is a figure? A name, a value, a unit; latencies as percentiles, never averages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `target` is the floor an issue asks for, `better` says which side of it is good."""

    name: str
    value: float
    unit: str
    target: float | None = None
    better: str = "more"
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        return self.value >= self.target if self.better == "more" else self.value <= self.target

    def line(self) -> str:
        return f"{self.name}: {self.value:,.2f} {self.unit}" if self.value < 100 else f"{self.name}: {self.value:,.0f} {self.unit}"


def percentile(seconds: Sequence[float], share: float) -> float:
    """By nearest rank, in milliseconds."""
    ranked = sorted(seconds)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] * 1000
