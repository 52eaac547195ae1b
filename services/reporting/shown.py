"""How do reports and answers look? Their shapes, as the API reference tells them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.vocabulary import ExposureKind


class ShownAsOf(BaseModel):
    recorded_at: datetime
    positions: dict[str, int]


class ShownCompleteness(BaseModel):
    complete: bool
    why: Literal["not_covered", "not_yet_due"] | None
    expected_from: date


class ShownPeriod(ShownCompleteness):
    period: str
    compared_with: str | None = Field(default=None, description="Where a comparison was asked for: the period beside this one.")


class ShownResult(BaseModel):
    """The rows have a column per dimension and measure. `total_rows` counts those beyond the limit too."""

    name: str
    rows: list[dict[str, Any]]
    periods: list[ShownPeriod]
    total_rows: int
    ignored: list[dict[str, Any]]
    hidden: list[dict[str, Any]]
    as_of: ShownAsOf
    policy_version: str
    definitions: dict[str, dict[str, Any]]


class QueryAnswer(BaseModel):
    results: list[ShownResult]


class CasesBehind(BaseModel):
    """The rows behind a figure, with every field of their grain. `total` counts those of the other pages too."""

    items: list[dict[str, Any]]
    next: str | None
    as_of: ShownAsOf
    total: int
    ignored: list[dict[str, Any]]
    policy_version: str


class ShownField(BaseModel):
    name: str
    type: str
    label: str
    meaning: str | None
    unit: str | None
    filters: list[str]
    measures: list[str]
    dimension: bool
    time: bool


class ShownGrain(BaseModel):
    name: str
    label: str
    meaning: str
    time: str
    fields: list[ShownField]


class QuerySchema(BaseModel):
    grains: list[ShownGrain]
    measures: dict[str, dict[str, Any]]
    definitions: dict[str, dict[str, Any]]
    buckets: list[str]
    windows: list[str]
    comparisons: list[str]
    limits: dict[str, int]


class ShownExposure(BaseModel):
    month: str
    kind: ExposureKind
    product_code: str | None
    customer_ref: str | None
    units: int
    version: int = Field(description="1 for the first figure; each correction adds one.")
    recorded_at: datetime


class Exposures(BaseModel):
    items: list[ShownExposure]
    next: str | None
    as_of: ShownAsOf


class Recorded(BaseModel):
    id: UUID
    version: int
    position: str
    recorded: int
