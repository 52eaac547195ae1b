"""What does a figure mean? Its definition is data, shown wherever the figure is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.reporting.periods import Span
from shared.web.language import Language

__all__ = ["EACH", "Definition", "Metric", "Span"]

EACH = "unnest($1::timestamptz[], $2::timestamptz[]) with ordinality as spans (start, beyond, n)"


@dataclass(frozen=True, slots=True)
class Definition:
    """`id` and `version` change when the meaning does; a figure once published keeps the definition it was made by."""

    id: str
    version: int
    label: str
    label_zh: str
    formula: str
    formula_zh: str
    unit: str = "complaints"
    cohort: str | None = None  # which complaints it looks at
    denominator: str | None = None  # what a share is of

    def told(self, language: Language) -> dict[str, Any]:
        chinese = language == "zh-CN"
        return {
            "definition": f"{self.id}.v{self.version}",
            "label": self.label_zh if chinese else self.label,
            "formula": self.formula_zh if chinese else self.formula,
            "unit": self.unit,
            **{name: value for name, value in (("cohort", self.cohort), ("denominator", self.denominator)) if value is not None},
        }


@dataclass(frozen=True, slots=True)
class Metric:
    """A count per span of time: `query` selects `n` (1 = the first span) and `count` of the spans $1 to $2 as known at $3, of the
    complaints $4 alone where they are given. Each is a sum over complaints.
    """

    definition: Definition
    query: str
