"""The worker: it answers in turn, survives what kills it, and costs the serving process nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from services.reporting.analysis.calculator import Calculator, Miscalculated, TookTooLong
from shared.decider import Invalid


@pytest.fixture
async def calculator():
    made = Calculator(limit=60)
    yield made
    await made.end()


async def test_questions_asked_together_are_answered_each_with_its_own(calculator: Calculator):
    asked = [calculator("percentiles", {"values": [n], "at": [0.5]}) for n in range(20)]
    assert [answer["values"] for answer in await asyncio.gather(*asked)] == [[n] for n in range(20)]


async def test_a_refusal_comes_back_as_one(calculator: Calculator):
    with pytest.raises(Invalid) as told:
        await calculator("c-chart", {"counts": [0, 0]})
    assert told.value.at == "/counts"


async def test_what_fails_unforeseen_says_where_and_the_next_question_is_answered(calculator: Calculator):
    with pytest.raises(Miscalculated, match="unexpected keyword"):
        await calculator("c-chart", {"cuonts": []})
    assert (await calculator("c-chart", {"counts": [4, 4]}))["center"] == 4


async def test_a_worker_that_was_killed_is_replaced(calculator: Calculator):
    await calculator("c-chart", {"counts": [4, 4]})
    worker = calculator._worker
    assert worker is not None
    worker.kill()
    await worker.wait()
    assert (await calculator("c-chart", {"counts": [4, 4]}))["center"] == 4


async def test_at_its_limit_a_worker_is_killed_and_the_caller_told():
    calculator = Calculator(limit=0.0)
    with pytest.raises(TookTooLong):
        await calculator("c-chart", {"counts": [4, 4]})
    assert calculator._worker is None


async def test_the_libraries_a_new_worker_loads_are_not_counted():
    calculator = Calculator(limit=2.0)
    assert (await calculator("trend-signal", {"series": [{"key": "a", "counts": [4, 4, 4, 4]}], "start": 1}))["series"][0]["key"] == "a"
    await calculator.end()


async def test_a_caller_who_goes_away_leaves_no_answer_for_the_next(calculator: Calculator):
    await calculator("c-chart", {"counts": [4, 4]})
    gone = asyncio.create_task(calculator("c-chart", {"counts": [9, 9]}))
    await asyncio.wait([gone], timeout=0)
    assert calculator._turn.locked()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert (await calculator("c-chart", {"counts": [5, 5]}))["center"] == 5


async def test_a_worker_nobody_asks_ends():
    calculator = Calculator(limit=60, idle=0.0)
    await calculator("c-chart", {"counts": [4, 4]})
    worker = calculator._worker
    assert worker is not None
    async with asyncio.timeout(60):
        assert await worker.wait() == 0
    assert (await calculator("c-chart", {"counts": [4, 4]}))["center"] == 4
    await calculator.end()


async def test_with_the_service_the_worker_ends():
    calculator, stopping = Calculator(limit=60), asyncio.Event()
    stopping.set()
    await calculator("c-chart", {"counts": [4, 4]})
    worker = calculator._worker
    assert worker is not None
    await calculator.run(stopping)
    assert worker.returncode is not None


def test_who_serves_loads_no_statistics():
    code = "import sys, services.reporting.service; sys.exit(any(name in sys.modules for name in ('scipy', 'statsmodels', 'pandas')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
