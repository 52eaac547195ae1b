"""Does the same road lead through many processes, on Kafka? Its tests as they are, once with one and once with two instances of each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.e2e.conftest import Town
from tests.e2e.test_straight_road import (  # noqa: F401  # pytest finds them here, with the town of this page
    complaint,
    people,
    receipt,
    test_a_call_not_built_yet_is_absent,
    test_another_body_under_the_same_key_is_refused,
    test_one_trace_goes_from_the_post_to_the_report,
    test_operators_see_that_everything_is_consumed,
    test_the_desk_finds_the_person_by_phone_and_the_channel_sees_numbers_only,
    test_the_receipt_has_number_secret_and_acknowledgement,
    test_the_whole_way,
    trace,
)
from tests.many.spread import Spread

INSTANCES = {"one of each": 1, "two of each": 2}


@pytest_asyncio.fixture(scope="module", params=INSTANCES)
async def town(spread: Spread, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    if INSTANCES[request.param] == 2:
        await spread.two_of_each()
    async with AsyncExitStack() as stack:
        yield Town(spread.gateway, stack, INSTANCES[request.param])
