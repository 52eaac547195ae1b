"""What is the form made of? A report, and how its codes are called; and what to ask for the cases behind a figure of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.reporting.form.table import Column, Kind, Link
from services.reporting.periods import Period
from shared.labels import Language


@dataclass(frozen=True, slots=True)
class Given:
    """`backlog` is what was open at the end of each of the trend's months; `label` is what a code is called."""

    report: Mapping[str, Any]
    period: Period
    backlog: Sequence[int]
    today: date
    zone: ZoneInfo
    language: Language
    words: Mapping[str, str]
    label: Callable[[str], str]
    made_for: str

    def moment(self, at: datetime | str) -> str:
        """In the organisation's zone."""
        told = datetime.fromisoformat(at) if isinstance(at, str) else at
        return told.astimezone(self.zone).isoformat(" ", "seconds")

    def yes(self, value: bool | None) -> str | None:
        return None if value is None else self.words["yes" if value else "no"]

    def columns(self, *named: tuple[str, Kind] | str) -> tuple[Column, ...]:
        """A name alone is text that says what the row is of."""
        pairs = [(one, None) if isinstance(one, str) else one for one in named]
        return tuple(Column(name, self.words[name], kind or "text", key=kind is None) for name, kind in pairs)

    def received(self, **at: str | None) -> Link:
        """The complaints received in the period with these values."""
        return self.received_in(self.period, **at)

    def received_in(self, period: Period, **at: str | None) -> Link:
        return {"as_of": self.report["as_of"]["recorded_at"], "from": "complaints", "at": {period.bucket: period.label, **at}}

    def open_at_end(self, period: Period, youngest: int | None = None, oldest: int | None = None) -> Link:
        """The complaints open at the period's end, by how many days."""
        last = min(period.beyond - timedelta(days=1), self.today)
        ages = [("gte", youngest), ("lte", oldest)]
        filters = [{"field": "age_days", "op": op, "value": days} for op, days in ages if days is not None]
        return {"as_of": self.report["as_of"]["recorded_at"], "from": "open_daily", "filters": filters, "at": {"day": last.isoformat()}}
