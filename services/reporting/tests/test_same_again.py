"""A report of the same moment is the same to the byte, however the topics were interleaved, however often an event came, made live or anew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid5
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from conftest import Database
from services.reporting import report
from services.reporting.analysis.methods import calculate
from services.reporting.live import Live
from services.reporting.moment import AsOf, Moments
from services.reporting.outlooks import Outlooks
from services.reporting.periods import Calendar, parse
from services.reporting.service import VIEWS
from services.reporting.terms import Terms
from services.reporting.tests.lives import NAMES
from services.reporting.tests.test_period_views import year
from services.reporting.tests.test_views import START, empty, feed, some_lives, some_work
from services.reporting.views import imports
from shared.contracts.intake import CustomerRegistered, CustomersMerged, ImportFinished, ImportStarted
from shared.contracts.reporting import ExposureRecorded
from shared.envelope import Envelope
from shared.policy import Policies
from shared.testing import Ledger
from shared.web import reply

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOMENTS = tuple(START + timedelta(hours=hours) for hours in (0, 20, 24 * 30 + 1, 24 * 400))


async def by_worker(method: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return calculate(method, fields)


def told() -> list[Envelope]:
    """Complaints, work, customers of whom two are one, an import, exposures, periods, signals, actions, classes and causes."""
    ledger, run = Ledger(now=START), uuid5(NAMES, "import")
    of = {ref: uuid5(NAMES, ref) for ref in ("C-1", "C-2")}
    figures = {"rows": 1, "complaints": 1, "already_there": 0, "changed": 0, "refused": 0, "doubtful": 0}
    others: list[Envelope] = []
    for ref, customer in of.items():
        others += ledger.record(customer, CustomerRegistered(customer_id=customer, ref=ref, name=ref))
    others += ledger.record(of["C-1"], CustomersMerged(customer_id=of["C-1"], ref="C-1", into="C-2", reason="one"))
    others += ledger.record(run, ImportStarted(import_id=run, source="s", file_name="s.csv"))
    covered = {"covers_from": date(2020, 1, 1), "covers_to": date(2025, 12, 31)}
    others += ledger.record(run, ImportFinished(import_id=run, source="s", **figures, **covered))
    for product in (None, "P-1"):
        exposed = ExposureRecorded(month="2026-01", kind="sold", units=100 if product is None else 10, product_code=product)
        others += ledger.record(uuid5(NAMES, f"sheet {product}"), exposed)
    return [*some_lives(), *some_work(), *others, *year()]


async def reports(connection: asyncpg.Connection) -> list[bytes]:
    """Of every moment, as the door would answer."""
    found = []
    for moment in MOMENTS:
        started = START.replace(year=2025)
        calendar = Calendar(SHANGHAI, lambda at: 8, started, await imports.covered(connection, moment), moment)
        terms = Terms(AsOf(moment, {}), calendar, Policies(), "en")
        live = Live(Moments(connection, None, lambda: START), None, Outlooks(by_worker))  # type: ignore[arg-type]  # no log and no worker: neither is asked
        found += [reply(await report.monthly(connection, parse(month), terms, live)).body for month in ("2025-12", "2026-01", "2026-02")]
        found.append(reply(await report.annual(connection, parse("2026"), terms, live)).body)
    return found


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await database.connect("reporting")
    yield connection
    await connection.close()


@pytest.mark.parametrize("times", [1, 2])
async def test_reports_are_the_same_to_the_byte_however_the_topics_are_read(connection: asyncpg.Connection, times: int):
    envelopes = told()
    for view in VIEWS:
        await view.apply(connection, [event for event in envelopes if event.type in view.handles])
    wanted = await reports(connection)
    assert len(set(wanted)) > len(MOMENTS), "moments and months differ"
    for seed in range(4):
        await empty(connection)
        for view in VIEWS:
            await feed(connection, view, envelopes, seed, times)
        assert await reports(connection) == wanted, seed


async def test_reports_are_the_same_to_the_byte_when_the_views_are_made_anew(connection: asyncpg.Connection):
    envelopes = told()
    for view in VIEWS:
        await feed(connection, view, envelopes, seed=1)
    live = await reports(connection)
    await empty(connection)
    in_partitions = sorted(envelopes, key=lambda event: (event.recorded.partition, event.service))
    for view in VIEWS:
        mine = [event for event in in_partitions if event.type in view.handles]

        async def pages(mine: list[Envelope] = mine) -> AsyncIterator[list[Envelope]]:
            for event in mine:
                yield [event]

        if view.build is not None:
            await view.build(connection, pages())
        else:
            async for page in pages():
                await view.apply(connection, page)
    assert await reports(connection) == live
