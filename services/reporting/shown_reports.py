"""How do the summaries of a month and a year look? Their shapes, as the API reference tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.reporting.shown import ShownAsOf, ShownCompleteness
from shared.contracts.vocabulary import FrequencyClass


class ShownTotals(BaseModel):
    received: int
    closed: int
    open_at_end: int
    reopened: int


class ShownFrequency(BaseModel):
    scope: Literal["product", "customer"]
    issue_code: str | None
    product_code: str | None
    customer_ref: str | None
    count: int
    count_12m: int
    frequency_class: FrequencyClass = Field(alias="class")
    basis: Literal["exposure", "share"]


class ShownGroup(BaseModel):
    """`previous` and `same_month_last_year` are null where that period is a gap; `hidden` says why a share is."""

    count: int
    share: float | None
    hidden: str | None = None
    previous: int | None
    same_month_last_year: int | None


class ShownIssue(ShownGroup):
    issue_code: str | None


class ShownProduct(ShownGroup):
    product_code: str | None
    name: str | None


class ShownIssueCount(BaseModel):
    """`prr`: how much larger this issue's share is here than with all other customers; `disproportionate`: PRR ≥ 2, χ² ≥ 4, count ≥ 3."""

    issue_code: str | None
    count: int
    prr: float | None
    chi2: float | None
    disproportionate: bool


class ShownCustomer(ShownGroup):
    customer_ref: str | None
    name: str | None
    change: float | None
    issues: list[ShownIssueCount]
    rate: dict[str, Any] | None


class ShownDepartment(BaseModel):
    department: str
    open: int
    done: int
    overdue: int


class ShownPoint(BaseModel):
    month: str
    count: int | None
    expected: float | None
    bound: float | None
    signal: bool | None
    complete: bool


class ShownDifference(BaseModel):
    """A figure that is another one now: of the whole month, or of one group in it."""

    figure: str
    dimension: str | None
    key: str | None
    before: int
    after: int


class ShownRestatement(BaseModel):
    """`left_out`: differences beyond those listed."""

    period: str
    version: int
    known_at: datetime
    restated_at: datetime
    before: ShownTotals
    totals: ShownTotals
    differences: list[ShownDifference]
    left_out: int


class ShownTrend(BaseModel):
    months: list[ShownPoint]


class ShownSeason(BaseModel):
    """The index, January first, per cent; `why` says what is proven, or what is missing."""

    shown: bool
    why: str
    index: list[float] | None
    test: dict[str, Any] | None


class ShownOverdue(BaseModel):
    complaint_id: UUID
    number: str
    clock: str
    due_at: datetime
    department: str


class MonthlyReport(ShownCompleteness):
    """The summary of a month (RP-1)."""

    period: str
    version: int
    as_of: ShownAsOf
    policy_version: str
    totals: ShownTotals
    frequency: list[ShownFrequency]
    by_issue: list[ShownIssue]
    by_product: list[ShownProduct]
    by_customer: list[ShownCustomer]
    by_department: list[ShownDepartment]
    trend: ShownTrend
    seasonal: ShownSeason
    overdue: list[ShownOverdue]
    kpis: dict[str, dict[str, Any]] = Field(description="By id; the definition named in each says what it means.")
    restatements: list[ShownRestatement]
    definitions: dict[str, dict[str, Any]]


class ShownMonth(ShownCompleteness):
    period: str
    totals: ShownTotals


class ShownChange(BaseModel):
    count: int
    last_year: int | None
    change: float | None


class ShownVersus(ShownCompleteness):
    period: str
    totals: dict[str, ShownChange]


class AnnualReport(MonthlyReport):
    """The year under the same keys."""

    months: list[ShownMonth]
    versus_last_year: ShownVersus
    causes: list[dict[str, Any]]
    capas: list[dict[str, Any]]
