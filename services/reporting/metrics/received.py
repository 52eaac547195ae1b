"""How many complaints were received?"""

from __future__ import annotations

from services.reporting.metrics.definition import EACH, Definition, Metric

DEFINITION = Definition(
    "received", 1, "Received", "收到",
    "Complaints whose earliest receipt lies in the period, in the organisation's zone. Each counts once; received again, it is `reopened`.",
    "最早收到时间（按本组织时区）落在本期内的投诉；每件只计一次，再次收到的计入“重开”。",
)  # fmt: skip
QUERY = f"""
select spans.n, count(*)::int as count from {EACH} join complaints on received_at >= start and received_at < beyond
where recorded_from <= $3 and recorded_to > $3 and ($4::uuid[] is null or complaint_id = any($4)) group by spans.n
"""

RECEIVED = Metric(DEFINITION, QUERY)
