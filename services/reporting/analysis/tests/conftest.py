"""What do the tests of the doors share? A worker; the small app is made anew, for what it heard of revocations is good for seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest
import pytest_asyncio

from services.reporting.analysis.api import router
from services.reporting.analysis.calculator import Calculator
from services.reporting.live import Live
from services.reporting.outlooks import Outlooks
from shared.web.testing import Small


@pytest_asyncio.fixture(scope="session")
async def worker() -> AsyncIterator[Calculator]:
    calculator = Calculator(limit=60)
    yield calculator
    await calculator.end()


@pytest.fixture
def small(worker: Calculator) -> Small:
    app = Small(router)
    app.service.wiring = SimpleNamespace(live=Live(SimpleNamespace(), worker, Outlooks(worker)))
    return app
