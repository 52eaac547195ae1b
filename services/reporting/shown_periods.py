"""How do restatements and signals look? Their shapes, as the API reference tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from services.reporting.shown import ShownAsOf
from services.reporting.shown_reports import ShownRestatement
from shared.contracts.reporting_signals import SeriesDimension


class Restatements(BaseModel):
    items: list[ShownRestatement]
    next: str | None
    as_of: ShownAsOf


class ShownSeries(BaseModel):
    dimension: SeriesDimension
    key: str
    issue_code: str | None
    product_code: str | None
    customer_ref: str | None


class ShownBaseline(BaseModel):
    """The months a verdict was made from, the judged one last; `left_out` are gaps and months with a known cause."""

    first: str
    counts: list[int]
    left_out: list[str]


class ShownRepeat(BaseModel):
    month: str
    observed: int
    expected: float
    bound: float
    p: float
    q: float


SignalState = Literal["raised", "dismissed", "in_work", "closed"]


class ShownSignal(BaseModel):
    """Why a month of a series is a signal, and what became of it. `q` is p adjusted over the `family` series of the month."""

    id: UUID
    series: ShownSeries
    month: str
    state: SignalState
    historical: bool
    severity: str
    department: str
    because: Literal["beyond_bound", "safety", "drift"]
    capa_id: UUID | None
    method: str
    observed: int
    expected: float
    bound: float
    p: float
    q: float
    family: int
    rule: dict[str, float | int | str]
    baseline: ShownBaseline
    data_hash: str
    known_at: datetime
    raised_at: datetime
    repeats: list[ShownRepeat]
    dismissed_at: datetime | None
    dismissed_by: str | None
    dismissal_reason: str | None


class Signals(BaseModel):
    items: list[ShownSignal]
    next: str | None
    as_of: ShownAsOf
