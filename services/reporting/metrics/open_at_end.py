"""How many complaints were open when the period ended?"""

from __future__ import annotations

from services.reporting.metrics.definition import EACH, Definition, Metric

DEFINITION = Definition(
    "open_at_end", 1, "Open at the end", "期末未结",
    "Complaints open at the last instant of the period, whenever they were received. Closed on an unknown date counts as open on no day.",
    "期末最后一刻仍未办结的投诉，不论何时收到；办结日期不明的不计为未结。",
)  # fmt: skip
QUERY = f"""
select spans.n, count(*)::int as count from {EACH} join open_daily on opened_at < beyond and (closed_at is null or closed_at >= beyond)
where recorded_from <= $3 and recorded_to > $3 and ($4::uuid[] is null or complaint_id = any($4)) group by spans.n
"""

OPEN_AT_END = Metric(DEFINITION, QUERY)
