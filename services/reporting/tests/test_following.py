"""Figures that followed are those counted anew: at every moment, whatever was recorded, fell due or ended in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid5

import asyncpg
import orjson
import pytest

from services.reporting import report
from services.reporting.kept_figures import Kept
from services.reporting.live import Live
from services.reporting.moment import AsOf, Moments
from services.reporting.outlooks import Outlooks
from services.reporting.periods import Calendar, Period, parse
from services.reporting.service import VIEWS
from services.reporting.terms import Terms
from services.reporting.tests.lives import NAMES, Life, added, closed, complaint_id, received
from services.reporting.tests.test_same_again import SHANGHAI, by_worker, connection, told
from services.reporting.tests.test_views import START, empty
from services.reporting.views import imports
from shared.contracts.routing import WorkItemOffered
from shared.contracts.vocabulary import Customer, Product
from shared.envelope import Envelope
from shared.policy import Policies
from shared.web import reply

__all__ = ["connection"]

PERIODS = (parse("2025-12"), parse("2026-01"), parse("2026-02"), parse("2026"))


async def made(connection: asyncpg.Connection, period: Period, moment: datetime, figures: Kept | None = None) -> bytes:
    """The report as the door would answer."""
    calendar = Calendar(SHANGHAI, lambda at: 8, START.replace(year=2025), await imports.covered(connection, moment), moment)
    terms = Terms(AsOf(moment, {}), calendar, Policies(), "en")
    live = Live(Moments(connection, None, lambda: START), None, Outlooks(by_worker), figures=figures or Kept())  # type: ignore[arg-type]  # no log and no worker: neither is asked
    make = report.monthly if period.bucket == "month" else report.annual
    return bytes(reply(await make(connection, period, terms, live)).body)


async def take_in(connection: asyncpg.Connection, envelopes: list[Envelope]) -> None:
    for view in VIEWS:
        await view.apply(connection, [event for event in envelopes if event.type in view.handles])


async def follow(connection: asyncpg.Connection, moments: list[datetime]) -> int:
    """How many reports differed from the one before of the same period."""
    kept, before, changes = Kept(), dict.fromkeys(PERIODS, b""), 0
    for moment in moments:
        for period in PERIODS:
            found = await made(connection, period, moment, kept)
            assert found == await made(connection, period, moment), (period.label, moment)
            changes += found != before[period]
            before[period] = found
    return changes


def moments_of(envelopes: list[Envelope], seed: int, most: int = 30) -> list[datetime]:
    """When something was recorded, and a little before and after it; and the ends of months."""
    random = Random(seed)
    recorded = sorted({event.recorded.recorded_at for event in envelopes})
    near = [moment + random.choice((-1, 0, 1)) * timedelta(microseconds=1) for moment in random.sample(recorded, min(most, len(recorded)))]
    ends = [period.instants(SHANGHAI)[1] for period in PERIODS]
    return sorted({*near, recorded[0], recorded[-1], *ends, recorded[-1] + timedelta(days=400)})


@pytest.mark.parametrize("seed", range(3))
async def test_at_every_moment_they_are_those_counted_anew(connection: asyncpg.Connection, seed: int):
    envelopes = told()
    await take_in(connection, envelopes)
    assert await follow(connection, moments_of(envelopes, seed)) > 40


@pytest.mark.parametrize("seed", range(2))
async def test_they_go_back_to_an_earlier_moment_as_well(connection: asyncpg.Connection, seed: int):
    """Of two who ask at once, the one with the later moment may come first."""
    envelopes = many(Random(seed))
    await take_in(connection, envelopes)
    moments, kept = moments_of(envelopes, seed, 20), Kept(back=timedelta(days=1000))
    Random(seed).shuffle(moments)
    for moment in moments:
        for period in PERIODS:
            assert await made(connection, period, moment, kept) == await made(connection, period, moment), (period.label, moment)


def many(random: Random) -> list[Envelope]:
    """Complaints of few customers, products and batches, so that groups come, grow, recur and go; some under another name or issue later."""
    life, at = Life(START), START
    for n in range(1, 60):
        at += timedelta(hours=random.randint(1, 30))
        party = Customer(ref=f"C-{random.randint(1, 3)}", name=f"Name {random.randint(1, 3)}") if random.random() < 0.9 else None
        product = Product(code=f"P-{random.randint(1, 2)}", name=f"Pump {random.randint(1, 4)}", batch=random.choice(("B1", "B2", None)))
        issues = random.choice((("leakage",), ("noise", "leakage"), ()))
        life.at(at, received(n, at - timedelta(days=random.choice((0, 0, 20, 50))), customer=party, product=product, issue_codes=issues))
        if random.random() < 0.3:
            facts: dict[str, Any] = (
                {"product": Product(code="P-1", name="Pump 9")} if random.random() < 0.5 else {"issue_codes": ("crack",)}
            )
            life.at(at, added(random.randint(1, n), **facts))
        if random.random() < 0.5:
            life.at(at, closed(n))
    return life.envelopes


@pytest.mark.parametrize("seed", range(3))
async def test_groups_that_come_grow_and_go_are_those_counted_anew(connection: asyncpg.Connection, seed: int):
    await empty(connection)
    envelopes = many(Random(seed))
    await take_in(connection, envelopes)
    assert await follow(connection, moments_of(envelopes, seed)) > 60


async def test_what_falls_due_while_nothing_is_recorded_is_seen(connection: asyncpg.Connection):
    life, item = Life(START).at(START, received(1, START)), uuid5(NAMES, "item")
    due = START + timedelta(hours=5)
    offer = WorkItemOffered(complaint_id=complaint_id(1), item_id=item, number="C", department="desk", task="assess", due_at=due)
    await take_in(connection, life.at(START, offer).envelopes)
    period, kept, told = parse("2026"), Kept(), []
    for hours in (4, 6):
        moment = START + timedelta(hours=hours)
        told.append(await made(connection, period, moment, kept))
        assert told[-1] == await made(connection, period, moment)
    before, after = ([row["overdue"] for row in orjson.loads(one)["by_department"]] for one in told)
    assert (before, after) == ([0], [1])


async def test_what_was_parked_and_comes_later_is_not_missed(connection: asyncpg.Connection):
    """It belongs to a moment that was passed."""
    envelopes = many(Random(7))
    last = envelopes[-1].recorded.recorded_at + timedelta(days=1)
    parked = [event for event in envelopes if event.body["complaint_id"] == envelopes[0].body["complaint_id"]]
    await take_in(connection, [event for event in envelopes if event not in parked])
    await connection.execute(
        "insert into parked (id, consumer, topic, partition, position, key, type, headers, value, error, following)"
        " values ('00000000-0000-0000-0000-000000000001', 'views', 'redress.intake', 0, 1, 'k', 't', '{}', '', 'e', false)"
    )
    kept = Kept()
    without = await made(connection, PERIODS[3], last, kept)
    await take_in(connection, parked)
    await connection.execute("delete from parked")
    now = await made(connection, PERIODS[3], last + timedelta(hours=1), kept)
    assert now == await made(connection, PERIODS[3], last + timedelta(hours=1))
    assert without != now
