"""Does who borrows a connection find it as a new one is? The pool undoes nothing but what a transaction left open."""

from __future__ import annotations

import pytest

from conftest import Database
from services.reporting.select import reader


async def test_how_questions_are_planned_is_not_left_to_the_next_borrower(database: Database):
    async with database.pool("reporting", max_size=1) as pool:
        async with reader(pool) as connection:
            assert await connection.fetchval("show plan_cache_mode") == "force_custom_plan"
        assert await pool.fetchval("show plan_cache_mode") == "auto"
        with pytest.raises(ZeroDivisionError):
            async with reader(pool):
                raise ZeroDivisionError
        assert await pool.fetchval("show plan_cache_mode") == "auto"
