"""How many complaints came back?"""

from __future__ import annotations

from services.reporting.metrics.definition import EACH, Definition, Metric

DEFINITION = Definition(
    "reopened", 1, "Reopened", "重开",
    "Complaints reopened, or received again, in the period, each once.",
    "本期内重开或再次收到的投诉，每件计一次。",
)  # fmt: skip
QUERY = f"""
select spans.n, count(distinct complaint_id)::int as count from {EACH} join transitions on at >= start and at < beyond
where reopening and recorded_at <= $3 and ($4::uuid[] is null or complaint_id = any($4)) group by spans.n
"""

REOPENED = Metric(DEFINITION, QUERY)
