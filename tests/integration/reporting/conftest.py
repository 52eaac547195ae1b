"""Reporting, running, and an analyst at its door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC

import httpx
import pytest

from conftest import Database
from services.reporting.service import wire
from shared.clock import ManualClock
from shared.settings import Settings
from tests.alone import alone
from tests.integration.reporting.house import BEGAN, House


@pytest.fixture
async def house(database: Database, settings: Settings) -> AsyncIterator[House]:
    clock = ManualClock(BEGAN.astimezone(UTC))
    async with alone("reporting", wire, database, settings, clock) as found:
        yield House(found, clock)


@pytest.fixture
async def analyst(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client("analyst") as client:
        yield client
