"""Which calls show what is abnormal, who must act, and what became of it? `/api/v1/signals`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from services.reporting import shown_periods as shown
from services.reporting.api import Analyst, AsOfParameter
from services.reporting.asking import Asked
from services.reporting.series import PAIR, named
from services.reporting.signal import ANNOTATION, SIGNAL, Annotate, Dismiss, annotation_id
from services.reporting.views import signals
from shared.access import Principal
from shared.contracts.reporting_signals import SeriesDimension, SignalSeries
from shared.decider import Invalid
from shared.sealing import opened
from shared.service import Service
from shared.web import Body, Do, FreeText, Month, Paging, Part, Receipt, allow, listed
from shared.web.replies import Reply

router = APIRouter(tags=["reporting"])

Decider = Annotated[Principal, allow("quality")]
Annotator = Annotated[Principal, allow("quality", "analyst")]
_LAST = ("9999-99", "")


class Dismissal(Body):
    reason: FreeText


class SeriesBody(Part):
    """`key` is empty for the total; of a pair it is both codes, joined by ` × `."""

    dimension: SeriesDimension
    key: str = ""

    def series(self) -> SignalSeries:
        first, pair, issue = self.key.partition(PAIR)
        if (self.dimension == "total") != (not self.key):
            raise Invalid("/series/key", "The total has no key, every other series has one.")
        if ("+" in self.dimension) != bool(pair):
            raise Invalid("/series/key", f"A pair has both codes, joined by `{PAIR}`.")
        return named(self.dimension, "" if self.dimension == "issue_code" else first, first if self.dimension == "issue_code" else issue)


class AnnotationBody(Body):
    series: SeriesBody
    month: Month
    cause: FreeText
    reason: FreeText


@router.get("/api/v1/signals", response_model=shown.Signals)
async def list_signals(
    who: Analyst,
    page: Paging,
    asked: Asked,
    first: Annotated[Month | None, Query(alias="from")] = None,
    last: Annotated[Month | None, Query(alias="to")] = None,
    state: shown.SignalState | None = None,
    dimension: SeriesDimension | None = None,
    key: Annotated[str | None, Query(max_length=300)] = None,
    as_of: AsOfParameter = None,
) -> Reply:
    """Signals by month, the newest first, each with all it was decided on."""
    moment = await asked.as_of(as_of)
    wanted = {"from": first, "to": last, "state": state, "dimension": dimension, "key": key}
    before = _LAST if page.after is None else (page.after[0], page.after[1])
    found = await signals.listed(asked.service.pool, moment.recorded_at, wanted, before, page.limit + 1)
    items, following = page.cut(found, lambda row: (row["month"], str(row["signal_id"])))
    return listed(await _in_clear(asked.service, items, as_of=moment.recorded_at), following, moment.told())


@router.post("/api/v1/signals/annotations", response_model=Receipt, status_code=201)
async def annotate(body: AnnotationBody, who: Annotator, do: Do) -> Reply:
    """The cause of a month's figure is known: from now on the month is no baseline for others."""
    series = body.series.series()
    of = annotation_id(series, body.month)
    return await do(ANNOTATION, of, Annotate(series, body.month, body.cause, body.reason), status=201)


@router.post("/api/v1/signals/{signal_id}/dismissal", response_model=Receipt)
async def dismiss(signal_id: UUID, body: Dismissal, who: Decider, do: Do) -> Reply:
    """Nothing follows from this signal, for a reason on record."""
    return await do(SIGNAL, signal_id, Dismiss(body.reason))


async def _in_clear(service: Service, rows: Sequence[dict[str, Any]], as_of: Any) -> list[dict[str, Any]]:
    """Reasons are texts of the organisation's, of no complaint; whoever may read signals may read them."""
    reasons = await opened(service.vault, service.pool, [row["reason"] for row in rows])
    return [_told(row, reason.value, as_of) for row, reason in zip(rows, reasons, strict=True)]


def _told(row: dict[str, Any], reason: str | None, as_of: Any) -> dict[str, Any]:
    said = row["said"]
    dismissed = row["dismissed_at"] is not None and row["dismissed_at"] <= as_of
    return {
        "id": row["signal_id"],
        "series": {"issue_code": None, "product_code": None, "customer_ref": None} | said["series"],
        "month": row["month"],
        "state": row["state"],
        "historical": row["historical"],
        "severity": said["severity"],
        "department": said["department"],
        "because": said.get("because", "beyond_bound"),
        "capa_id": row["capa_id"],
        **said["judged"],
        "family": said["family"],
        "rule": said["rule"],
        "baseline": {"left_out": []} | said["baseline"],
        "data_hash": said["data_hash"],
        "known_at": said["known_at"],
        "raised_at": row["recorded_at"],
        "repeats": row["repeats"],
        "dismissed_at": row["dismissed_at"] if dismissed else None,
        "dismissed_by": row["dismissed_by"] if dismissed else None,
        "dismissal_reason": reason if dismissed else None,
    }
