"""What waits for a consumer? Complaints in intake's store, and their way to the log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from benchmarks.append import DESK
from benchmarks.ground import PARTITIONS, Ground
from shared.clock import MachineClock
from shared.contracts.intake import ComplaintReceived
from shared.contracts.vocabulary import ComplaintId, Customer, Product
from shared.envelope import Meta
from shared.ids import new_id
from shared.log.port import Log
from shared.postgres.connect import open_pool
from shared.relay import Relay
from shared.store.encode import Change

_AT_ONCE = 1000


async def stored(at: Ground, complaints: int) -> None:
    """So many complaints in intake's store."""
    connection = await at.connect("intake")
    scribe = at.scribe()
    for first in range(0, complaints, _AT_ONCE):
        await scribe.write(connection, [_received(n) for n in range(first, min(first + _AT_ONCE, complaints))])
    await connection.close()


async def relayed(at: Ground, log: Log) -> float:
    """Everything in intake's store is on the log when this returns; answers the seconds that the relay took."""
    async with _relay(at, log) as relay:
        begin = time.perf_counter()
        running = asyncio.create_task(relay.run())
        await relay.idle()
        taken = time.perf_counter() - begin
        relay.stop()
        await running
    return taken


@asynccontextmanager
async def _relay(at: Ground, log: Log) -> AsyncIterator[Relay]:
    pool = await open_pool(at.dsn.for_role("intake"), "intake", min_size=1, max_size=4)
    try:
        yield Relay(
            "intake", pool=pool, connect=lambda: at.connect("intake"), log=log, partitions=PARTITIONS, wake=asyncio.Event(), keys=at.keys,
            clock=MachineClock(),
        )  # fmt: skip
    finally:
        await pool.close()


def _received(n: int) -> Change:
    stream = new_id()
    now = datetime.now(UTC)
    happened = ComplaintReceived(
        complaint_id=ComplaintId(stream), number=f"C-2026-{n:06d}", channel="phone", content_class="product_quality", received_at=now,
        issue_codes=("leakage",), customer=Customer(ref="C-1007", name="Harbour Foods"), product=Product(code="P-20", batch="B2291"),
        actor=DESK, occurred_at=now,
    )  # fmt: skip
    return Change(stream, str(stream), 0, (happened,), (new_id(),), (Meta(str(stream)),), (None,))
