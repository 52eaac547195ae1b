"""What is shot at? The distributed product on a broker of its own: per service an API process, a relay and consumers, and clients at work."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest_asyncio

from deploy.kafka.broker import obtainable
from tests.broker import without
from tests.chaos.disk import disk_for
from tests.chaos.fire import Fire, town_of_parts

SEED = int(os.environ.get("CHAOS_SEED", "20261121"))


@pytest_asyncio.fixture(scope="module")  # a package without __init__ is none to pytest: it would burn until the last test of all
async def fire(tmp_path_factory) -> AsyncIterator[Fire]:
    if lack := obtainable():
        without(lack)
    folder = tmp_path_factory.mktemp("fire")
    print(f"chaos: seed {SEED}, journal in {folder}")
    with disk_for(folder / "postgres") as disk:
        async with town_of_parts(folder) as town, Fire.lit(town, folder, SEED, disk) as lit:
            yield lit
