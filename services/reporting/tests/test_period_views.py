"""Periods, signals, actions, classes and causes come out the same however their topics are read, and however often."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from random import Random
from uuid import UUID, uuid5

import asyncpg
import pytest

from conftest import Database
from services.reporting.class_changes import Class, stream_of
from services.reporting.period import period_id
from services.reporting.story import FOREVER
from services.reporting.tests.lives import NAMES, complaint_id
from services.reporting.tests.test_views import empty, feed, tables
from services.reporting.views import actions, causes, classes, periods, signals
from shared.contracts.capa import CapaClosed, CapaOpened, CauseReviewDecided, EffectivenessReviewed, StepDone
from shared.contracts.reporting import FrequencyClassChanged
from shared.contracts.reporting_periods import Difference, MonthJudged, PeriodClosed, PeriodRestated, PeriodTotals
from shared.contracts.reporting_signals import (
    Judged,
    MonthAnnotated,
    SignalBaseline,
    SignalRule,
    SignalSeries,
    TrendSignalDismissed,
    TrendSignalRaised,
    TrendSignalRepeated,
)
from shared.envelope import Envelope
from shared.testing import Ledger

START = datetime(2026, 1, 10, tzinfo=UTC)
VIEWS = (periods.VIEW, signals.VIEW, actions.VIEW, classes.VIEW, causes.VIEW)
FIRST, SECOND, THIRD = (uuid5(NAMES, f"signal {n}") for n in range(3))
ACTION = uuid5(NAMES, "action")
LEAKAGE = SignalSeries(dimension="issue_code", key="leakage", issue_code="leakage")
FOUND = Judged(method="lean", observed=31, expected=9.8, bound=17, p=1e-7, q=1e-5)


def raised(signal_id: UUID, month: str, *, historical: bool = False) -> TrendSignalRaised:
    return TrendSignalRaised(
        signal_id=signal_id, series=LEAKAGE, month=month, historical=historical, severity="important", department="technical", judged=FOUND,
        rule=SignalRule(version="trend-signal.v1", alpha=0.05, adjust="bh", min_count=3, min_ratio=1.5, baseline_months=48),
        baseline=SignalBaseline(first="2025-08", counts=(9, 10, 9, 11, 10, 31)), family=40, data_hash="7c1e", known_at=START,
    )  # fmt: skip


def year() -> list[Envelope]:
    """Two months, three signals: one dismissed, one with an action that ended, one of long ago."""
    ledger = Ledger(now=START)
    told: list[Envelope] = []
    for n, month in enumerate(("2026-01", "2026-02")):
        totals = PeriodTotals(received=31 + n, closed=1, open_at_end=2, reopened=0)
        more = totals.model_copy(update={"received": 32 + n})
        told += ledger.record(
            period_id(month),
            PeriodClosed(month=month, version=1, known_at=START, totals=totals),
            MonthJudged(month=month, known_at=START, series=40, signals=1, method="trend-signal.v1", total=FOUND, total_beyond=True),
            PeriodRestated(
                month=month,
                version=2,
                known_at=START,
                totals=more,
                differences=(Difference(figure="received", before=31 + n, after=32 + n),),
            ),
        )
    repeat = TrendSignalRepeated(signal_id=SECOND, series=LEAKAGE, month="2026-03", judged=FOUND, known_at=START)
    told += ledger.record(FIRST, raised(FIRST, "2026-01"), TrendSignalDismissed(signal_id=FIRST, reason="a known recall"))
    told += ledger.record(SECOND, raised(SECOND, "2026-02"), repeat)
    told += ledger.record(THIRD, raised(THIRD, "2019-02", historical=True))
    told += ledger.record(uuid5(NAMES, "note"), MonthAnnotated(series=LEAKAGE, month="2025-11", cause="a lawsuit", reason="known"))
    told += ledger.record(
        ACTION,
        CapaOpened(
            capa_id=ACTION, number="CA-2026-0001", trigger="trend", trigger_ref=str(SECOND), title="Leakage", severity="important",
            owner_department="technical", issue_code="leakage",
        ),
        StepDone(capa_id=ACTION, round=1, n=1, on=date(2026, 3, 5), evidence="photo", steps_open=0),
        EffectivenessReviewed(capa_id=ACTION, round=1, verdict="effective", evidence="quiet"),
        CapaClosed(capa_id=ACTION, number="CA-2026-0001", rounds=1),
    )  # fmt: skip
    of = Class("product", "leakage", "P-1", "recurrent", "2026-02", "share")
    for now, before in (("sporadic", None), ("recurrent", "sporadic")):
        changed = FrequencyClassChanged(
            scope="product", issue_code="leakage", product_code="P-1", frequency_class=now, before=before, month="2026-02", basis="share"
        )
        told += ledger.record(stream_of(of), changed)
    decided = CauseReviewDecided(
        complaint_id=complaint_id(1), method="five_why", cause_levels=("system", "occurrence"), cause_texts=("a", "b"), needed=False,
        reason="none", extend_to_others=False,
    )  # fmt: skip
    return told + ledger.record(uuid5(complaint_id(1), "review"), decided, key=complaint_id(1))


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await database.connect("reporting")
    yield connection
    await connection.close()


@pytest.mark.parametrize("times", [1, 2])
async def test_the_tables_are_the_same_however_the_topics_are_read(connection: asyncpg.Connection, times: int):
    told = year()
    for view in VIEWS:
        await view.apply(connection, [event for event in told if event.type in view.handles])
    wanted = {view.name: await tables(connection, view) for view in VIEWS}
    assert all(rows for tables_of in wanted.values() for rows in tables_of.values())
    for seed in range(4):
        await empty(connection)
        for view in VIEWS:
            await feed(connection, view, told, seed, times)
        assert {view.name: await tables(connection, view) for view in VIEWS} == wanted


async def fed(connection: asyncpg.Connection) -> None:
    random = Random(3)
    for view in VIEWS:
        await feed(connection, view, year(), random.randint(0, 99))


async def test_a_signals_state_follows_from_dismissal_and_action(connection: asyncpg.Connection):
    await fed(connection)
    wanted = dict.fromkeys(("from", "to", "state", "dimension", "key"))
    found = await signals.listed(connection, FOREVER, wanted, ("9999-99", ""), 10)
    assert [(one["month"], one["state"], one["capa_id"]) for one in found] == [
        ("2026-02", "closed", ACTION), ("2026-01", "dismissed", None), ("2019-02", "raised", None),
    ]  # fmt: skip
    assert [again["month"] for again in found[0]["repeats"]] == ["2026-03"]
    (historical,) = await signals.listed(connection, FOREVER, wanted | {"to": "2025-12"}, ("9999-99", ""), 10)
    assert historical["historical"]
    assert await signals.open_series(connection, FOREVER) == {}
    assert await signals.annotated(connection, FOREVER) == {("issue_code", "leakage"): ["2025-11"]}


async def test_as_of_an_earlier_moment_the_state_is_what_it_was_then(connection: asyncpg.Connection):
    await fed(connection)
    opened = next(event for event in year() if event.type == CapaOpened.TYPE).recorded.recorded_at
    wanted = dict.fromkeys(("from", "to", "state", "dimension", "key"))
    found = await signals.listed(connection, opened, wanted | {"state": "in_work"}, ("9999-99", ""), 10)
    assert [one["month"] for one in found] == ["2026-02"]
    assert await signals.open_series(connection, opened) == {("issue_code", "leakage"): SECOND}


async def test_a_version_counts_from_when_it_was_recorded(connection: asyncpg.Connection):
    await fed(connection)
    moments = [event.recorded.recorded_at for event in year() if event.type in periods.VIEW.handles]
    assert [await periods.version(connection, "2026-01", "2026-01", moment) for moment in (moments[0], moments[2])] == [1, 2]
    assert (await periods.published(connection))["2026-02"].totals["received"] == 33
    assert await periods.unjudged(connection) == []
    assert await periods.received(connection, "2026-02", FOREVER) == {"2026-01": 32, "2026-02": 33}
    (restated, _) = await periods.restatements(connection, FOREVER, None, None, periods.LATEST, 10)
    assert (restated["period"], restated["before"]["received"], restated["totals"]["received"]) == ("2026-02", 32, 33)


async def test_an_actions_effect_is_measured_from_its_last_step(connection: asyncpg.Connection):
    await fed(connection)
    (action,) = await actions.known(connection, FOREVER, ACTION)
    assert (action["acted_on"], action["verdict"], action["closed"]) == (date(2026, 3, 5), "effective", True)
    assert await actions.known(connection, FOREVER, span=(START.replace(year=2024), START.replace(year=2025))) == []
