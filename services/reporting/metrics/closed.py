"""How many complaints were closed?"""

from __future__ import annotations

from services.reporting.metrics.definition import EACH, Definition, Metric
from services.reporting.story import CLOSED_STATES

STATES = ", ".join(f"'{state}'" for state in CLOSED_STATES)
DEFINITION = Definition(
    "closed", 1, "Closed", "办结",
    "Complaints closed or withdrawn in the period, each once, whenever they were received. A closing on an unknown date is in no period.",
    "本期内办结或撤回的投诉，不论何时收到，每件计一次；办结日期不明的不计入任何一期。",
)  # fmt: skip
QUERY = f"""
select spans.n, count(distinct complaint_id)::int as count from {EACH} join transitions on at >= start and at < beyond
where to_state in ({STATES}) and recorded_at <= $3 and ($4::uuid[] is null or complaint_id = any($4)) group by spans.n
"""

CLOSED = Metric(DEFINITION, QUERY)
