"""What stands in reporting's views after so many complaints, five years of them, taken over from elsewhere? Written there directly."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from services.reporting.moment import AsOf
from services.reporting.periods import Calendar
from services.reporting.terms import Terms
from shared.policy import Policies

MANY = int(os.environ.get("COMPLAINTS", "1_000_000"))  # a million, unless a small run is wanted
FEW = MANY // 10
NOW = datetime(2026, 6, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
COVERED = (date(2019, 1, 1), date(2023, 12, 31))

_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_MADE = """
with made as (
    select n, md5(n::text)::uuid as complaint, $3::timestamptz + n * $4::interval as recorded,
        timezone('Asia/Shanghai', '2019-01-01'::timestamp) + (n::bigint * 7919 % 2628000) * interval '1 minute' as received,
        case when n % 50 > 0 then n % 60 * interval '1 day' end as took
    from generate_series($1::int, $2::int) as n
)
"""
_COMPLAINTS = """
insert into complaints (complaint_id, recorded_from, recorded_to, number, external_ref, channel, content_class, department, issue_codes,
    main_issue_code, product_code, customer_ref, customer_name, received_at, registered_at, closed_at, outcome, state, reopened, remedy_rounds,
    imported, data_flags, overdue)
select complaint, recorded, '9999-01-01Z', 'C-2026-' || lpad(n::text, 7, '0'), 'R-' || n, 'phone', 'service_quality', 'desk',
    array['issue ' || n % 40], 'issue ' || n % 40, 'P-' || n % 90, 'C-' || n % 750, 'Customer ' || n % 750, received, recorded, received + took,
    case when took is not null then 'satisfied' end, case when took is not null then 'closed' else 'received' end, 0, 0, true, '{}', false
from made
"""
_MOVES = """
insert into transitions (complaint_id, n, recorded_at, at, from_state, to_state, dwell_hours, department, backward, reopening)
select complaint, step, recorded, case step when 1 then received else received + took end, case step when 2 then 'received' end,
    case step when 1 then 'received' else 'closed' end, case step when 2 then extract(epoch from took) / 3600 end, 'desk', false, false
from made join (values (1), (2)) as steps (step) on step = 1 or took is not null
"""
_SPELLS = """
insert into open_daily (complaint_id, recorded_from, opened_at, closed_at, recorded_to)
select complaint, recorded, received, received + took, '9999-01-01Z' from made
"""
_WORK = """
insert into department_work (item_id, complaint_id, department, task, offered_at, offered_recorded, done_at, done_recorded, due_at, stay,
    handed_on)
select complaint, complaint, 'desk', 'assess', received, recorded, received + took, case when took is not null then recorded end,
    received + interval '2 days', 1, false
from made
"""
_PUBLISHED = """
with months as (
    select to_char(timezone('Asia/Shanghai', received_at), 'YYYY-MM') as month, count(*) as received, now() as at from complaints group by 1
), kept as (
    insert into period_versions (month, version, known_at, recorded_at, totals, differences, left_out)
    select month, 1, $1, $1, json_build_object('received', received, 'closed', received, 'open_at_end', 0, 'reopened', 0)::text, '[]', 0
    from months
)
insert into judged_months (month, recorded_at, series, signals, total, beyond)
select month, $1, 1000, 0, json_build_object('method', 'lean', 'observed', received, 'expected', received, 'bound', received + 400,
    'p', 0.5, 'q', 0.5)::text, false
from months
"""


async def seed(pool: asyncpg.Pool, first: int, last: int) -> None:
    """The complaints of these numbers, each with its moves, the time it was open, and a piece of work."""
    for statement in (_COMPLAINTS, _MOVES, _SPELLS, _WORK):
        await pool.execute(_MADE + statement, first, last, _BEGAN, timedelta(milliseconds=1), timeout=900)
    for table in ("complaints", "transitions", "open_daily", "department_work"):
        await pool.execute(f"analyze {table}", timeout=900)


async def publish(pool: asyncpg.Pool) -> None:
    """Every month was reported and judged."""
    await pool.execute("truncate period_versions, judged_months")
    await pool.execute(_PUBLISHED, _BEGAN, timeout=900)


async def one_more(pool: asyncpg.Pool, n: int, recorded: datetime) -> None:
    """Something new, so that nothing remembered still holds."""
    await pool.execute(
        _MADE + _COMPLAINTS, MANY + n, MANY + n, recorded - (MANY + n) * timedelta(milliseconds=1), timedelta(milliseconds=1)
    )


async def as_before(pool: asyncpg.Pool) -> None:
    """Without what came later."""
    await pool.execute("delete from complaints where recorded_from >= $1", NOW - timedelta(hours=1))


def terms(moment: datetime, position: int = 0) -> Terms:
    calendar = Calendar(zone=ZONE, reporting_day=lambda _: 8, started_at=_BEGAN, imports=(COVERED,), now=moment)
    return Terms(AsOf(moment, {"intake/0": position}), calendar, Policies(), "en")
