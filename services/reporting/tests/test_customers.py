"""Who a customer is, to which group it belongs and into whom it was merged, at every moment; in any order of topics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid5

import asyncpg
import pytest

from conftest import Database
from services.reporting.schema import metadata
from services.reporting.tests.lives import NAMES
from services.reporting.views import customers
from shared.contracts.event import Event
from shared.contracts.intake import CustomerChanged, CustomerRegistered, CustomersMerged
from shared.envelope import Envelope
from shared.testing import Ledger, assert_apart, batches, interleaved

START = datetime(2026, 1, 10, 3, tzinfo=UTC)
REFS = ("C-1", "C-2", "C-3", "C-4")


def of(ref: str) -> UUID:
    return uuid5(NAMES, ref)


def directory() -> list[Envelope]:
    """Four customers; the first goes into the second, which is renamed and goes into the third."""
    told: list[tuple[str, Event]] = [(ref, CustomerRegistered(customer_id=of(ref), ref=ref, name=ref)) for ref in REFS]
    told += [
        ("C-1", CustomersMerged(customer_id=of("C-1"), ref="C-1", into="C-2", reason="One firm.")),
        ("C-2", CustomerChanged(customer_id=of("C-2"), ref="C-2", name="Second", group="North", status="active")),
        ("C-2", CustomersMerged(customer_id=of("C-2"), ref="C-2", into="C-3", reason="One firm.")),
    ]
    ledger, envelopes = Ledger(now=START), list[Envelope]()
    for day, (ref, event) in enumerate(told):
        ledger.now = START + timedelta(days=day)
        envelopes += ledger.record(of(ref), event)
    return envelopes


@pytest.fixture
async def connection(database: Database):
    connection = await database.connect("reporting")
    yield connection
    await connection.close()


async def feed(connection: asyncpg.Connection, seed: int) -> list[tuple[object, ...]]:
    random = Random(seed)
    await connection.execute(f'truncate "{metadata.tables["customers"].name}"')
    for batch in batches(interleaved(directory(), random), random):
        await customers.apply(connection, batch)
    return [tuple(row) for row in await connection.fetch("select * from customers order by customer_id, recorded_from")]


async def test_told_twice_or_at_one_moment_the_last_word_holds(connection: asyncpg.Connection):
    ledger = Ledger(now=START, tick=timedelta(0))
    told = ledger.record(
        of("C-1"), CustomerRegistered(customer_id=of("C-1"), ref="C-1", name="First"),
        CustomerChanged(customer_id=of("C-1"), ref="C-1", name="Second", group="North", status="active"),
    )  # fmt: skip
    await connection.execute("truncate customers")
    for batch in ([told[0]], [told[1]], told, told):
        await customers.apply(connection, batch)
    rows = await connection.fetch('select name, "group" from customers')
    assert [tuple(row) for row in rows] == [("Second", "North")]


async def test_the_directory_comes_out_the_same_however_it_is_read(connection: asyncpg.Connection):
    wanted = await feed(connection, 0)
    assert len(wanted) == 7
    for seed in range(1, 8):
        assert await feed(connection, seed) == wanted


async def test_mergers_are_followed_to_the_last_survivor_as_of_a_moment(connection: asyncpg.Connection):
    await feed(connection, 1)
    assert await customers.survivors(connection, START + timedelta(days=3, hours=1)) == {}
    assert await customers.survivors(connection, START + timedelta(days=5)) == {"C-1": "C-2"}
    assert await customers.survivors(connection, START + timedelta(days=9)) == {"C-1": "C-3", "C-2": "C-3"}


async def test_a_rebuild_may_fold_several_partitions_at_once(connection: asyncpg.Connection):
    await connection.execute("truncate customers")
    await assert_apart(connection, customers.VIEW, directory())
