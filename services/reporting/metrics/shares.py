"""Which share of the complaints was closed, in time, reopened, repeated, settled at once, graded too low, handled to satisfaction?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from services.reporting.metrics.definition import Definition, Span
from services.reporting.metrics.indicator import Figure, Indicator, share
from services.reporting.select import Connection
from services.reporting.story import CLOSED_STATES
from services.reporting.terms import Terms

_STATES = ", ".join(f"'{state}'" for state in CLOSED_STATES)
_COHORT = "received_at >= $1 and received_at < $2 and recorded_from <= $3 and recorded_to > $3"
_TOLD = f"with told as (select * from complaints where {_COHORT})"
_QUERIES = {
    "closure_rate_cohort": f"{_TOLD} select count(*) filter (where state in ({_STATES}))::int as part, count(*)::int as n from told",
    "closure_rate_flow": f"""{_TOLD} select (
        select count(distinct complaint_id) from transitions where at >= $1 and at < $2 and to_state in ({_STATES}) and recorded_at <= $3
    )::int as part, count(*)::int as n from told""",
    "reopened_rate": f"""{_TOLD} select count(*) filter (where reopened > 0)::int as part, count(*)::int as n from told
        where state in ({_STATES}) or reopened > 0""",
    "repeat_rate": """with told as (
            select received_at, count(*) over (
                partition by customer_ref, main_issue_code, product_code order by received_at
                range between interval '90 days' preceding and interval '1 microsecond' preceding
            ) > 0 as again
            from complaints where received_at >= $1::timestamptz - interval '90 days' and received_at < $2
              and recorded_from <= $3 and recorded_to > $3 and customer_ref is not null and main_issue_code is not null
        ) select count(*) filter (where again)::int as part, count(*)::int as n from told where received_at >= $1""",
    "first_contact_rate": f"""{_TOLD} select count(*) filter (where reopened = 0 and not exists (
            select from department_work w where w.complaint_id = t.complaint_id and w.offered_recorded <= $3
              and (w.department <> 'desk' or w.handed_on and w.done_recorded <= $3)
        ))::int as part, count(*)::int as n, bool_or(closed_at > $3 - interval '30 days') as provisional
        from told t where not imported and state in ({_STATES})""",
    "misprioritised": f"""{_TOLD}, graded as (
            select v.complaint_id, v.recorded_from, array_position(array['ordinary', 'important', 'major'], v.severity) as grade
            from complaints v join told t using (complaint_id) where v.severity is not null and v.recorded_from <= $3
        ), risen as (
            select complaint_id, bool_or(grade > lowest) as up from (
                select *, min(grade) over (partition by complaint_id order by recorded_from) as lowest from graded
            ) g group by complaint_id
        ) select count(*) filter (where up)::int as part, count(*)::int as n from risen""",
    "satisfaction": f"""{_TOLD} select count(*) filter (where satisfied_with_handling in ('very', 'satisfied'))::int as part,
        count(*)::int as n from told where satisfied_with_handling is not null""",
    "on_time_rate": f"""{_TOLD}, due as (
            select w.complaint_id, bool_and(coalesce(w.done_recorded <= $3 and w.done_at <= w.due_at, false)) as kept
            from department_work w join told t using (complaint_id)
            where w.due_at <= $3 and w.offered_recorded <= $3 and not (w.handed_on and w.done_recorded <= $3) group by 1
        ) select count(*) filter (where kept)::int as part, count(*)::int as n from due""",
    "capa_effective": """select count(*) filter (where verdict = 'effective')::int as part, count(*)::int as n from action_moments
        where kind = 'review' and recorded_at >= $1 and recorded_at < $2 and recorded_at <= $3""",
}


_UNTIL = {
    "on_time_rate": f"""{_TOLD} select min(w.due_at) from department_work w join told t using (complaint_id)
        where w.due_at > $3 and w.offered_recorded <= $3""",
    "first_contact_rate": f"""{_TOLD} select min(closed_at) + interval '30 days' from told where closed_at > $3 - interval '30 days'""",
}


def _until(name: str) -> Callable[[Connection, Span, Terms], Awaitable[datetime | None]]:
    async def until(connection: Connection, span: Span, terms: Terms) -> datetime | None:
        """The next task falls due, or the next closing is thirty days old."""
        if name not in _UNTIL:
            return None
        found: datetime | None = await connection.fetchval(_UNTIL[name], *span, terms.as_of.recorded_at)
        return found

    return until


def _figure(name: str) -> Callable[[Connection, Span, Terms], Awaitable[Figure]]:
    async def figure(connection: Connection, span: Span, terms: Terms) -> Figure:
        (row,) = await connection.fetch(_QUERIES[name], *span, terms.as_of.recorded_at)
        if name == "closure_rate_flow":  # more may be closed than came, so it is no share of anything
            return {"value": round(row["part"] / row["n"], 4) if row["n"] >= 10 else None, "n": row["n"]} | (
                {} if row["n"] >= 10 else {"hidden": "n<10"}
            )
        told = share(row["part"], row["n"])
        if name == "first_contact_rate":
            told["provisional"] = bool(row["provisional"])
        if name == "closure_rate_cohort":
            told["target"] = terms.policy(span).closure_rate
        return told

    return figure


def _indicator(name: str, label: str, label_zh: str, cohort: str, denominator: str, formula: str, formula_zh: str) -> Indicator:
    return Indicator(
        Definition(name, 1, label, label_zh, formula, formula_zh, "share", cohort, denominator), _figure(name), until=_until(name)
    )


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
    _indicator(
        "repeat_rate", "Repeated", "重复投诉率", "received_in_period", "with_customer_and_issue",
        "Complaints received in the period with a known customer and issue: those that follow another of the same customer, main issue and product within 90 days.",
        "本期收到且客户与问题已知的投诉中，90 天内同一客户、主要问题、产品曾有投诉的比例。",
    ),
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
