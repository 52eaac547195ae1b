"""Counters answer as the database would, at every moment, whichever moments were asked of before."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import asyncpg
import httpx

from services.reporting.periods import Calendar
from services.reporting.query.counted import counted
from services.reporting.query.counters import COUNTED, Counters
from services.reporting.query.grammar import Query
from services.reporting.query.plan import Findings, Plan
from services.reporting.query.resolve import resolve
from services.reporting.query.statement import statement
from services.reporting.select import rows
from services.reporting.tests.lives import added, regraded
from tests.integration.reporting.house import BEGAN, House, a_year, ask, on

MERGED = {"C-1": "C-0"}


def some_plan(random: Random, calendar: Calendar) -> Plan:
    dimension = random.choice(COUNTED)
    asked: dict[str, Any] = {"dimensions": [dimension] * random.randint(0, 1)}
    if random.random() < 0.7:
        asked["bucket"] = random.choice(("month", "quarter", "year"))
    if random.random() < 0.5:
        asked["window"] = {"from": random.choice(("2026-01", "2026-02")), "to": random.choice(("2026-02", "2026-04"))}
    if asked["dimensions"] and random.random() < 0.4:
        value: Any = random.choice(("leakage", "noise", "C-0", "desk", "closed"))
        op = random.choice(("eq", "ne", "in", "not_in", "is_null"))
        asked["filters"] = [
            {"field": dimension, "op": op, "value": [value] if "in" in op else random.random() < 0.5 if op == "is_null" else value}
        ]
    if asked["dimensions"] and random.random() < 0.3:
        asked["limit_by"] = {"dimension": dimension, "n": random.randint(1, 2)}
    if random.random() < 0.4:
        asked["sort"] = [{"by": "n", "desc": random.random() < 0.5}]
    asked["limit"] = random.choice((3, 1000))
    findings = Findings()
    plan = resolve(
        Query.model_validate({"name": "q", "from": "complaints", "measures": [{"op": "count", "as": "n"}], **asked}), "", calendar, findings
    )
    assert plan is not None, findings.errors
    return plan


async def from_database(connection: asyncpg.Pool, plan: Plan, frame: Any) -> tuple[list[dict[str, Any]], int]:
    asked = statement(plan, frame, limited=True)
    found = await rows(connection, asked.select)
    return [{name: row[f"c{n}"] for n, name in enumerate(asked.columns)} for row in found], found[0]["total"] if found else 0


async def test_counters_say_what_the_database_says_at_every_moment(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    house.life.at(on(5, 21), regraded(1, severity="major"), added(2, issue_codes=("noise", "crack")), added(3, issue_codes=("noise",)))
    await house.tell(on(5, 22))
    await ask(analyst)
    pool, zone = house.alone.service.pool, house.alone.service.zone
    random, counters, answered = Random(5), Counters(), 0
    for hour in range(0, 24 * 142, 24 * 7):
        moment = BEGAN + timedelta(hours=hour)
        calendar = Calendar(zone=zone, reporting_day=lambda _: 8, started_at=BEGAN, imports=[], now=moment)
        for _ in range(12):
            plan = some_plan(random, calendar)
            frame = plan.frame(moment, calendar, MERGED)
            found = await counted(pool, counters, plan, frame, limited=True)
            if found is not None:
                answered += 1
                assert found == await from_database(pool, plan, frame), (moment, plan)
    assert answered > 150
    earlier = some_plan(Random(1), calendar)
    assert await counted(pool, counters, earlier, earlier.frame(BEGAN, calendar, {}), limited=True) is None, "that moment is past"


async def test_what_has_several_dimensions_or_measures_is_asked_of_the_database(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    calendar = Calendar(zone=house.alone.service.zone, reporting_day=lambda _: 8, started_at=BEGAN, imports=[], now=on(5, 20))
    counters = Counters()
    for more in (
        {"dimensions": ["customer_ref", "severity"]},
        {"dimensions": ["batch"]},
        {"bucket": "week"},
        {"window": {"from": "2026-01-02"}},
        {"time": "closed_at", "bucket": "month"},
        {"measures": [{"op": "count_distinct", "field": "batch", "as": "n"}]},
        {"filters": [{"field": "issue_code", "op": "in", "value": ["leakage", "noise"]}]},
    ):
        query = {"name": "q", "from": "complaints", "measures": [{"op": "count", "as": "n"}], **more}
        plan = resolve(Query.model_validate(query), "", calendar, Findings())
        assert plan is not None
        assert await counted(house.alone.service.pool, counters, plan, plan.frame(on(5, 20), calendar, {}), limited=True) is None, more
