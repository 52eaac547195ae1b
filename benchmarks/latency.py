"""How long from a commit in one service until another service's view shows its effect, at a light and steady load?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

from benchmarks.append import DESK
from benchmarks.figures import Figure, percentile
from benchmarks.ground import PARTITIONS
from benchmarks.products import running_product
from services.intake.complaint import COMPLAINT, ReceiveComplaint
from shared.commands import Asked
from shared.envelope import Envelope
from shared.ids import new_id

COMPLAINTS = 400
EVERY = 0.02
BY_PHONE = ReceiveComplaint("phone", "product_quality", issue_codes=("leakage",), description="The pump leaks at the seal.")


async def run() -> list[Figure]:
    async with running_product() as product:
        assert product.settings.partitions == PARTITIONS
        committed: dict[UUID, float] = {}
        shown: dict[str, dict[UUID, float]] = {"routing": {}, "reporting": {}}
        for name, seen in shown.items():
            product.services[name].listeners.append(lambda events, seen=seen: _note(events, seen))
        intake = product.services["intake"]
        for _ in range(COMPLAINTS):
            stream = new_id()
            await intake.commands.handle(COMPLAINT, stream, BY_PHONE, Asked(actor=DESK), new=True)
            committed[stream] = time.perf_counter()
            await asyncio.sleep(EVERY)
        await product.settled()
    figures = []
    for name, what in (("reporting", "intake's event in reporting's view"), ("routing", "the case that follows in routing's own view")):
        taken = [shown[name][stream] - at for stream, at in committed.items()]
        figures += [
            Figure(f"latency.{name}.p50", percentile(taken, 0.5), "ms", 5 if name == "reporting" else None, "less", what),
            Figure(f"latency.{name}.p99", percentile(taken, 0.99), "ms", 50 if name == "reporting" else None, "less", what),
        ]
    return figures


def _note(events: Sequence[Envelope], seen: dict[UUID, float]) -> None:
    now = time.perf_counter()
    for event in events:
        if event.type in ("intake.complaint-received.v1", "routing.case-opened.v1"):
            seen[UUID(event.meta.key)] = now
