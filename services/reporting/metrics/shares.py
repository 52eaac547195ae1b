"""Which share of the complaints was closed, in time, reopened, repeated, settled at once, graded too low, handled to satisfaction?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from services.reporting.metrics.definition import Definition, Span
from services.reporting.metrics.indicator import CLOSED, GIVEN, HIDE_BELOW, TOLD, Cells, Figure, Indicator, share
from services.reporting.metrics.repeats import REPEATED
from services.reporting.terms import Terms

SETTLED = timedelta(days=30)  # after its closing a complaint may still come back

# Each says of how many complaints it is so (true) and of how many not (false).
_QUERIES = {
    "closure_rate_cohort": f"{TOLD} select state in ({CLOSED}), count(*)::int from told group by 1",
    "closure_rate_flow": f"""{GIVEN} select true, count(distinct complaint_id)::int from transitions
        where at >= $1 and at < $2 and to_state in ({CLOSED}) and recorded_at <= $3 and ($5 is null or complaint_id = any($5))
        union all select false, count(*)::int from complaints
        where received_at >= $1 and received_at < $2 and recorded_from <= $3 and recorded_to > $3 and ($5 is null or complaint_id = any($5))""",
    "reopened_rate": f"{TOLD} select reopened > 0, count(*)::int from told where state in ({CLOSED}) or reopened > 0 group by 1",
    "first_contact_rate": f"""{TOLD} select reopened = 0 and not exists (
            select from department_work w where w.complaint_id = t.complaint_id and w.offered_recorded <= $3
              and (w.department <> 'desk' or w.handed_on and w.done_recorded <= $3)
        ), case when closed_at > $6 then closed_at end, count(*)::int
        from told t where not imported and state in ({CLOSED}) group by 1, 2""",
    "misprioritised": f"""{TOLD}, graded as (
            select v.complaint_id, v.recorded_from, array_position(array['ordinary', 'important', 'major'], v.severity) as grade
            from complaints v join told t using (complaint_id) where v.severity is not null and v.recorded_from <= $3
        ), risen as (
            select complaint_id, bool_or(grade > lowest) as up from (
                select *, min(grade) over (partition by complaint_id order by recorded_from) as lowest from graded
            ) g group by complaint_id
        ) select up, count(*)::int from risen group by 1""",
    "satisfaction": f"""{TOLD} select satisfied_with_handling in ('very', 'satisfied'), count(*)::int from told
        where satisfied_with_handling is not null group by 1""",
    "on_time_rate": f"""{TOLD}, due as (
            select w.complaint_id, bool_and(coalesce(w.done_recorded <= $3 and w.done_at <= w.due_at, false)) as kept
            from department_work w join told t using (complaint_id)
            where w.due_at <= $3 and w.offered_recorded <= $3 and not (w.handed_on and w.done_recorded <= $3) group by 1
        ) select kept, count(*)::int from due group by 1""",
    "capa_effective": f"""{GIVEN} select verdict = 'effective', count(*)::int from action_moments
        where kind = 'review' and recorded_at >= $1 and recorded_at < $2 and recorded_at <= $3 group by 1""",
}


def _figure(name: str) -> Callable[[Cells, Span, Terms], Figure]:
    def told(cells: Cells, span: Span, terms: Terms) -> Figure:
        part = sum(count for kind, count in cells.items() if kind[0])
        if name == "closure_rate_flow":  # more may be closed than came, so it is no share of anything
            n = cells.n - part
            return {"value": round(part / n, 4), "n": n} if n >= HIDE_BELOW else {"value": None, "n": n, "hidden": f"n<{HIDE_BELOW}"}
        told = share(part, cells.n)
        if name == "first_contact_rate":
            lately = terms.as_of.recorded_at - SETTLED
            told["provisional"] = any(closed_at > lately for _, closed_at in cells if closed_at is not None)
        if name == "closure_rate_cohort":
            told["target"] = terms.policy(span).closure_rate
        return told

    return told


def _indicator(name: str, label: str, label_zh: str, cohort: str, denominator: str, formula: str, formula_zh: str) -> Indicator:
    definition = Definition(name, 1, label, label_zh, formula, formula_zh, "share", cohort, denominator)
    of_complaints = name != "capa_effective"
    cohort_alone = of_complaints and name != "closure_rate_flow"
    return Indicator(definition, _QUERIES[name], _figure(name), cohort=cohort_alone, by_complaint=of_complaints)


SHARES = (
    _indicator(
        "on_time_rate", "On time", "按时率", "received_in_period", "with_a_deadline_passed",
        "Complaints received in the period of which at least one task was due by `as_of`: those whose every such task was done by its time. What is not yet due is no failure.",
        "本期收到且至少有一项任务已到期的投诉中，所有到期任务均按时完成的比例；尚未到期的不算未按时。",
    ),
    _indicator(
        "closure_rate_cohort", "Closed of those received", "办结率（同批）", "received_in_period", "received",
        "Complaints received in the period that are closed or withdrawn by `as_of`, of all received in it.",
        "本期收到的投诉中，截至统计时刻已办结或撤回的比例。",
    ),
    _indicator(
        "closure_rate_flow", "Closed against received", "办结率（流量）", "closed_in_period", "received",
        "Complaints closed in the period, whenever received, against those received in it; may exceed 1.",
        "本期办结（不论何时收到）与本期收到之比，可大于 1。",
    ),
    _indicator(
        "reopened_rate", "Reopened", "重开率", "received_in_period", "ever_closed",
        "Complaints received in the period and closed at least once: those reopened, or received again, at least once.",
        "本期收到且至少办结过一次的投诉中，重开或再次收到过的比例。",
    ),
    REPEATED,
    _indicator(
        "first_contact_rate", "Settled at first contact", "首次解决率", "received_in_period", "closed",
        "Complaints received in the period and closed, not imported: those with no work of another department than the desk, not handed on and not reopened. Provisional until 30 days after the last closing.",
        "本期收到并已办结（不含导入）的投诉中，只由受理台处理、未移交且未重开的比例；最后一次办结后 30 天内为暂定值。",
    ),
    _indicator(
        "misprioritised", "Graded too low at first", "定级偏低率", "received_in_period", "assessed",
        "Complaints received in the period and graded: those whose severity was raised afterwards.",
        "本期收到并已定级的投诉中，严重程度后来被上调的比例。",
    ),
    _indicator(
        "satisfaction", "Satisfied with the handling", "对处理的满意率", "received_in_period", "answered",
        "Complaints received in the period whose complainant answered: very satisfied or satisfied with the handling.",
        "本期收到且顾客已回访答复的投诉中，对处理非常满意或满意的比例。",
    ),
    _indicator(
        "capa_effective", "Effective actions", "纠正措施有效率", "reviewed_in_period", "reviewed",
        "Reviews of corrective actions in the period: those that found them effective.",
        "本期内纠正措施有效性评审中，结论为有效的比例。",
    ),
)  # fmt: skip
