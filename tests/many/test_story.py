"""Does the whole story go its way through many processes and Kafka too? Its tests as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio

from tests.e2e.conftest import Town
from tests.e2e.test_whole_story import (  # noqa: F401  # pytest finds them here, with the town of this page
    people,
    test_a_duplicate_closes_and_both_numbers_keep_working,
    test_an_inquiry_is_answered_by_the_department_of_its_topic,
    test_refused_with_recourse,
    test_the_whole_story,
    test_withdrawn,
)
from tests.many.spread import Spread


@pytest_asyncio.fixture(scope="module")
async def town(spread: Spread) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        yield Town(spread.gateway, stack, number=7)
