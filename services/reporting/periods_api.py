"""Which calls say what late events changed? `/api/v1/reports/restatements`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from services.reporting import shown_periods as shown
from services.reporting.api import Analyst, AsOfParameter
from services.reporting.asking import Asked
from services.reporting.views import periods
from shared.web import Month, Paging, listed
from shared.web.replies import Reply

router = APIRouter(tags=["reporting"])


@router.get("/api/v1/reports/restatements", response_model=shown.Restatements)
async def restatements(
    who: Analyst,
    page: Paging,
    asked: Asked,
    first: Annotated[Month | None, Query(alias="from")] = None,
    last: Annotated[Month | None, Query(alias="to")] = None,
    as_of: AsOfParameter = None,
) -> Reply:
    """What late events changed in periods already reported, the newest first."""
    moment = await asked.as_of(as_of)
    before = periods.LATEST if page.after is None else (datetime.fromisoformat(page.after[0]), page.after[1], page.after[2])
    found = await periods.restatements(asked.service.pool, moment.recorded_at, first, last, before, page.limit + 1)
    items, following = page.cut(found, lambda row: (row["restated_at"], row["period"], row["version"]))
    return listed(items, following, moment.told())
