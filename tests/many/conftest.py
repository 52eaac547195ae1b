"""What do the tests of many processes share? The product spread over them. They come behind the other tests, so that its processes take
no time from those.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from deploy.kafka.broker import obtainable
from tests.broker import without
from tests.many.spread import Spread


@pytest_asyncio.fixture(scope="session")
async def spread(tmp_path_factory) -> AsyncIterator[Spread]:
    """On a broker and a server of its own that tests may kill; whoever does brings them back."""
    if lack := obtainable():
        without(lack)
    async with Spread(tmp_path_factory.mktemp("spread")) as started:
        await started.one_of_each()
        yield started
