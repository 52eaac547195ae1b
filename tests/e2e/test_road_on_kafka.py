"""Does the same road lead through the product in one process, with its own database, when its log is Kafka?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.broker import own_broker
from tests.e2e.conftest import Town
from tests.e2e.test_straight_road import (  # noqa: F401  # pytest finds them here, with the town of this page
    complaint,
    people,
    receipt,
    test_operators_see_that_everything_is_consumed,
    test_the_receipt_has_number_secret_and_acknowledgement,
    test_the_whole_way,
    trace,
)
from tests.running import lines_of, product


@pytest.fixture(scope="module")
def on_kafka(tmp_path_factory) -> Iterator[dict[str, str]]:
    """A broker of this page's own: the topics' real names stand on it."""
    with own_broker(tmp_path_factory.mktemp("broker")) as broker:
        yield {"REDRESS_LOG": "kafka", "REDRESS_KAFKA_BOOTSTRAP": broker.bootstrap}


@pytest_asyncio.fixture(scope="module")
async def town(tmp_path_factory, on_kafka: dict[str, str]) -> AsyncIterator[Town]:
    async with product(tmp_path_factory.mktemp("on-kafka") / "data", **on_kafka) as running, AsyncExitStack() as stack:
        yield Town(running, stack)


async def test_what_stands_in_the_stores_stands_on_kafka_and_every_view_can_be_made_from_it(town: Town, on_kafka: dict[str, str]) -> None:
    data = town.running.data
    assert (await lines_of(data, "verify", **on_kafka))[-1] == {"holds": True}
    compared = [found for found in await lines_of(data, "rebuild", "--compare", **on_kafka) if "view" in found]
    assert sum(found["events"] for found in compared) > 0
    assert not any(difference for found in compared for difference in found["differences"].values())
