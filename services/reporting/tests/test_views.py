"""The views give the same tables in batches of any size, however the topics are interleaved, however often an event comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import uuid5

import asyncpg
import pytest

from conftest import Database
from services.reporting.schema import metadata
from services.reporting.story import FIELDS, FOREVER
from services.reporting.tests.lives import (
    NAMES,
    Life,
    acknowledged,
    answered,
    asked_back,
    assessed,
    carried_out,
    closed,
    complaint_id,
    imported,
    missed,
    offered,
    received,
    reopened,
    told,
)
from services.reporting.views import complaints, customers, exposures, imports, work
from shared.contracts.intake import HistoryRound, ImportFinished, ImportStarted
from shared.contracts.reporting import ExposureRecorded
from shared.contracts.routing import WorkItemDone, WorkItemHandedOver, WorkItemOffered, WorkItemReturned
from shared.envelope import Envelope
from shared.testing import ANNA, Ledger, assert_apart, batches, interleaved
from shared.views import View

START = datetime(2026, 1, 10, 3, tzinfo=UTC)
VIEWS = (complaints.VIEW, work.VIEW, exposures.VIEW, imports.VIEW, customers.VIEW)


def some_lives(count: int = 12) -> list[Envelope]:
    """Complaints that live side by side, each a different stretch of the road, some imported."""
    life, random = Life(START), Random(7)
    road = [
        lambda n: received(n, START), acknowledged, lambda n: missed(n, START), assessed, offered, lambda n: answered(n, False), lambda n: offered(n, 2), lambda n: answered(n, round=2),
        carried_out, told, closed, asked_back, reopened, closed,
    ]  # fmt: skip
    steps = [(n, step) for n in range(count) for step in range(random.randint(1, len(road)))]
    steps.sort(key=lambda one: one[1] + random.random() * 3)
    reached: dict[int, int] = {}
    for n, _ in steps:
        step = reached.get(n, 0)
        reached[n] = step + 1
        life.at(START + timedelta(hours=len(life.envelopes)), road[step](n))
    for n in range(count, count + 4):
        rounds = [HistoryRound(received_at=START - timedelta(days=40 * n), closed=n % 2 == 0, closed_at=START if n % 4 == 0 else None)]
        life.at(START + timedelta(days=30), imported(n, *rounds, issue_codes=("noise", "leakage", "noise")))
    return life.envelopes


async def feed(connection: asyncpg.Connection, view: View, envelopes: list[Envelope], seed: int, times: int = 1) -> None:
    random = Random(seed)
    for batch in batches(interleaved(envelopes, random), random):
        mine = [event for event in batch if event.type in view.handles]
        for _ in range(times if mine else 0):
            async with connection.transaction():
                await view.apply(connection, mine)


async def tables(connection: asyncpg.Connection, view: View) -> dict[str, list[tuple[object, ...]]]:
    return {
        t.name: [tuple(r) for r in await connection.fetch(f'select * from "{t.name}" order by {", ".join(t.primary_key.columns.keys())}')]
        for t in view.tables
    }


@pytest.fixture
async def connection(database: Database):
    connection = await database.connect("reporting")
    yield connection
    await connection.close()


async def empty(connection: asyncpg.Connection) -> None:
    for table in metadata.sorted_tables:
        await connection.execute(f'truncate "{table.name}"')


@pytest.mark.parametrize("times", [1, 2])
async def test_complaints_come_out_the_same_however_the_topics_are_interleaved(connection: asyncpg.Connection, times: int):
    envelopes = some_lives()
    await complaints.apply(connection, [event for event in envelopes if event.type in complaints.VIEW.handles])
    wanted = await tables(connection, complaints.VIEW)
    assert len(wanted["complaints"]) > 30
    for seed in range(8):
        await empty(connection)
        await feed(connection, complaints.VIEW, envelopes, seed, times)
        assert await tables(connection, complaints.VIEW) == wanted


async def test_a_build_from_nothing_equals_what_was_applied_live(connection: asyncpg.Connection):
    envelopes = some_lives()
    await feed(connection, complaints.VIEW, envelopes, seed=1)
    live = await tables(connection, complaints.VIEW)
    await empty(connection)
    by_partition = sorted((e for e in envelopes if e.type in complaints.VIEW.handles), key=lambda e: (e.recorded.partition, e.service))

    async def pages():
        for start in range(0, len(by_partition), 1):
            yield by_partition[start : start + 1]

    await complaints.build(connection, pages())
    assert await tables(connection, complaints.VIEW) == live


async def test_one_version_of_a_complaint_holds_at_any_moment(connection: asyncpg.Connection):
    await feed(connection, complaints.VIEW, some_lives(), seed=2)
    overlapping = await connection.fetchval(
        "select count(*) from complaints a join complaints b on a.complaint_id = b.complaint_id"
        " and a.recorded_from < b.recorded_from and a.recorded_to > b.recorded_from"
    )
    current = await connection.fetchval("select count(*) from complaints where recorded_to = $1", FOREVER)
    assert (overlapping, current) == (0, await connection.fetchval("select count(distinct complaint_id) from complaints"))


async def test_the_tables_columns_are_the_facts_a_story_tells():
    columns = [column.name for column in complaints.complaints.columns]
    assert columns == ["complaint_id", "recorded_from", "recorded_to", *FIELDS]


async def test_a_rebuild_may_fold_several_partitions_at_once(connection: asyncpg.Connection):
    await assert_apart(connection, complaints.VIEW, some_lives())
    await assert_apart(connection, work.VIEW, some_work())


def some_work() -> list[Envelope]:
    life = Life(START)
    for n in range(6):
        item = uuid5(NAMES, f"item {n}")
        life.at(
            START, WorkItemOffered(complaint_id=complaint_id(n), item_id=item, number="C", department="desk", task="assess", due_at=START)
        )
        if n % 2:
            life.at(START + timedelta(days=1), WorkItemDone(complaint_id=complaint_id(n), item_id=item))
    return life.envelopes


@pytest.mark.parametrize("times", [1, 2])
async def test_a_work_item_has_both_its_ends_whether_they_came_together_or_apart(connection: asyncpg.Connection, times: int):
    for seed in range(4):
        await empty(connection)
        await feed(connection, work.VIEW, some_work(), seed, times)
        rows = (await tables(connection, work.VIEW))["department_work"]
        assert sorted((row[2], row[6] is not None) for row in rows) == [("desk", False)] * 3 + [("desk", True)] * 3
        assert {row[8] for row in rows} == {START}


@pytest.mark.parametrize("times", [1, 2])
async def test_work_that_is_handed_on_lies_with_each_department_in_turn(connection: asyncpg.Connection, times: int):
    """Work on other feedback has no complaint."""
    item, feedback = uuid5(NAMES, "item"), uuid5(NAMES, "feedback")
    days = [START + timedelta(days=n) for n in range(4)]
    moves = (
        WorkItemOffered(feedback_id=feedback, item_id=item, department="finance", task="answer", due_at=START),
        WorkItemHandedOver(feedback_id=feedback, item_id=item, from_department="finance", to_department="desk", reason="Theirs."),
        WorkItemReturned(feedback_id=feedback, item_id=item, department="finance", reason="Not ours."),
        WorkItemDone(feedback_id=feedback, item_id=item),
    )
    for seed in range(4):
        ledger = Ledger(now=START)
        stamped = [moved.stamped(actor=ANNA, on_behalf_of=None, occurred_at=at) for at, moved in zip(days, moves, strict=True)]
        await empty(connection)
        await feed(connection, work.VIEW, ledger.record(feedback, *stamped), seed, times)
        rows = await connection.fetch("select * from department_work order by stay")
        assert [(row["department"], row["offered_at"], row["done_at"], row["handed_on"]) for row in rows] == [
            ("finance", days[0], days[1], True), ("desk", days[1], days[2], True), ("finance", days[2], days[3], False),
        ]  # fmt: skip
        assert {(row["complaint_id"], row["task"], row["due_at"]) for row in rows} == {(None, "answer", START)}


@pytest.mark.parametrize("times", [1, 2])
async def test_a_later_exposure_corrects_an_earlier_one_and_both_stay_known(database: Database, connection: asyncpg.Connection, times: int):
    life = Life(START)
    for day, units in enumerate((100, 120)):
        recorded = ExposureRecorded(month="2026-01", kind="sold", units=units, product_code="P-1")
        life.ledger.now = START + timedelta(days=day)
        life.envelopes += life.ledger.record(uuid5(NAMES, f"sheet {day}"), recorded)
    await feed(connection, exposures.VIEW, life.envelopes, seed=3, times=times)
    async with database.pool("reporting") as pool:
        first = await exposures.latest(pool, START + timedelta(hours=1), None, None, ("", "", "", ""), 10)
        now = await exposures.latest(pool, START + timedelta(days=2), None, None, ("", "", "", ""), 10)
    assert [(row["units"], row["version"]) for row in (*first, *now)] == [(100, 1), (120, 2)]


@pytest.mark.parametrize("times", [1, 2])
async def test_an_import_covers_its_months_from_the_moment_it_is_finished(database: Database, connection: asyncpg.Connection, times: int):
    life, run = Life(START), uuid5(NAMES, "import")
    figures = {"rows": 1, "complaints": 1, "already_there": 0, "changed": 0, "refused": 0, "doubtful": 0}
    days = {"covers_from": date(2010, 1, 1), "covers_to": date(2015, 12, 31)}
    for hour, event in enumerate(
        (ImportStarted(import_id=run, source="tsa", file_name="tsa.csv"), ImportFinished(import_id=run, source="tsa", **figures, **days))
    ):
        life.ledger.now = START + timedelta(hours=hour)
        life.envelopes += life.ledger.record(run, event)
    await feed(connection, imports.VIEW, life.envelopes, seed=4, times=times)
    async with database.pool("reporting") as pool:
        assert await imports.covered(pool, START + timedelta(minutes=30)) == []
        assert await imports.covered(pool, START + timedelta(hours=2)) == [(days["covers_from"], days["covers_to"])]
        assert await imports.sources(pool) == ["tsa"]


def test_every_event_kept_is_handled_and_every_view_has_a_name_of_its_own():
    assert len({view.name for view in VIEWS}) == len(VIEWS)
