"""What does a figure mean? Its definition is data, shown wherever the figure is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, TIMESTAMP, Select, bindparam, func
from sqlalchemy.sql.selectable import TableValuedAlias

from services.reporting.periods import Span
from shared.web.language import Language

__all__ = ["Definition", "Metric", "Span", "each"]


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
    """A count per span of time: `counts(spans, as_of)` selects `n` (1 = the first span) and `count`."""

    definition: Definition
    counts: Callable[[Sequence[Span], datetime], Select[Any]]


def each(spans: Sequence[Span]) -> TableValuedAlias:
    """The spans as a table: `n`, `start`, `beyond`."""
    moments = ARRAY(TIMESTAMP(timezone=True))
    starts = bindparam("starts", [start for start, _ in spans], type_=moments, unique=True)
    beyonds = bindparam("beyonds", [beyond for _, beyond in spans], type_=moments, unique=True)
    return func.unnest(starts, beyonds).table_valued("start", "beyond", with_ordinality="n", name="spans").render_derived()
