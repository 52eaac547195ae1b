"""Which complaints came again within ninety days: the same customer, main issue and product? Merged customers are the one they became."""

from __future__ import annotations

from services.reporting.metrics.definition import Definition, Span
from services.reporting.metrics.indicator import Cells, Figure, Indicator, share
from services.reporting.terms import Terms

BACK = "90 days"

# $4, $5: merged customers and whom each became. $6, $7: these customers and issues alone: whole groups, since one complaint makes
# repeats of those that follow it.
_REPEATED = f"""
with told as (
    select received_at, count(*) over (
        partition by coalesce(merges.into_ref, customer_ref) collate "C", main_issue_code collate "C", product_code collate "C" order by received_at
        range between interval '{BACK}' preceding and interval '1 microsecond' preceding
    ) > 0 as again
    from complaints left join unnest($4::text[], $5::text[]) as merges (ref, into_ref) on merges.ref = customer_ref
    where received_at >= $1::timestamptz - interval '{BACK}' and received_at < $2 and recorded_from <= $3 and recorded_to > $3
      and customer_ref is not null and main_issue_code is not null
      and ($6::text[] is null or customer_ref = any($6)) and ($7::text[] is null or main_issue_code = any($7))
) select again, count(*)::int from told where received_at >= $1 group by 1
"""


def _told(cells: Cells, span: Span, terms: Terms) -> Figure:
    return share(cells.get((True,), 0), cells.n)


REPEATED = Indicator(
    Definition(
        "repeat_rate", 1, "Repeated", "重复投诉率",
        "Complaints received in the period with a known customer and issue: those that follow another of the same customer (of merged ones: of the one they became), main issue and product within 90 days.",
        "本期收到且客户与问题已知的投诉中，90 天内同一客户（合并的计为保留的客户）、主要问题、产品曾有投诉的比例。",
        "share", "received_in_period", "with_customer_and_issue",
    ),
    _REPEATED,
    _told,
    by_complaint=False,
)  # fmt: skip
