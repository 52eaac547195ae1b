"""What do tests of the way from store to log start from?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.contracts.vocabulary import SERVICES
from shared.log.memory import MemoryLog
from tests.house import PARTITIONS, House


@pytest.fixture
async def house(database: Any) -> AsyncIterator[House]:
    async with database.pool("intake") as pool:
        yield House(database, pool)


@pytest.fixture
def memory() -> MemoryLog:
    return MemoryLog(SERVICES, PARTITIONS)
