"""How fast is a view made anew from a log of a million events?"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from benchmarks.append import DESK
from benchmarks.figures import Figure
from benchmarks.ground import PARTITIONS, Ground, ground
from services.reporting.service import VIEWS
from services.routing.views.cases import CASES
from shared.contracts.event import Event
from shared.contracts.intake import ComplaintReceived, History, HistoryRound
from shared.contracts.routing import CaseImported
from shared.contracts.vocabulary import ComplaintId, Customer, Product
from shared.envelope import Meta, Recorded, to_headers
from shared.ids import new_id
from shared.log.port import Outgoing
from shared.log.postgres import PostgresLog
from shared.rebuild import Rebuild
from shared.store.partition import partition_of
from shared.views import View

COMPLAINTS = 500_000  # two events each
PAGE = 4_000


async def run() -> list[Figure]:
    async with ground() as at:
        log = await at.log()
        await _history(at, log)
        floor = await _read_all(log)
        figures = [Figure("rebuild.floor.read", floor, "events/s", note="reading the same records from the log, nothing done")]
        for service, view, target in (("routing", CASES, None), ("reporting", VIEWS[0], 100_000)):
            rate = await _rebuilt(at, log, service, view)
            figures.append(Figure(f"rebuild.{service}.{view.name}", rate, "events/s", target, note=f"{2 * COMPLAINTS:,} events on the log"))
        await log.close()
    return figures


async def _rebuilt(at: Ground, log: PostgresLog, service: str, view: View) -> float:
    begin = time.perf_counter()
    found = await Rebuild(service, at.dsn, log, PARTITIONS).switch(view)
    taken = time.perf_counter() - begin
    return found.events / taken


async def _read_all(log: PostgresLog) -> float:
    read = 0
    begin = time.perf_counter()
    for service in ("intake", "routing"):
        for partition in range(PARTITIONS):
            offset = -1
            while records := await log.read(service, partition, offset, 5_000):
                offset = records[-1].offset
                read += len(records)
    return read / (time.perf_counter() - begin)


async def _history(at: Ground, log: PostgresLog) -> None:
    """Half a million imported complaints on the log, and consumers that say they have seen them."""
    positions: dict[tuple[str, int], int] = defaultdict(int)
    pages: dict[str, list[Outgoing]] = {"intake": [], "routing": []}
    for events in _imported():
        for service, event in events:
            pages[service].append(_record(service, event, positions))
        if len(pages["intake"]) >= PAGE:
            for service, page in pages.items():
                await log.publish(service, page)
                page.clear()
    for service, page in pages.items():
        await log.publish(service, page)
    for reader in ("routing", "reporting"):
        connection = await at.connect(reader)
        await connection.executemany(
            "insert into consumer_checkpoints values ('views', 'redress.' || $1, $2, $3, $4)",
            [(service, partition, position, position - 1) for (service, partition), position in positions.items()],
        )
        await connection.close()


def _imported() -> Iterator[tuple[tuple[str, Event], tuple[str, Event]]]:
    begin = datetime(2018, 1, 1, tzinfo=UTC)
    for n in range(COMPLAINTS):
        at = begin + timedelta(minutes=6 * n)
        closed = at + timedelta(days=n % 60)
        complaint = ComplaintId(new_id())
        shared = {
            "complaint_id": complaint, "number": f"C-2026-{n:06d}", "channel": "other", "content_class": "service_quality",
            "received_at": at, "issue_codes": (f"issue-{n % 150}",), "actor": DESK, "occurred_at": at,
        }  # fmt: skip
        party = Customer(ref=f"customer-{n % 9_973}", name=f"Customer {n % 9_973}")
        history = History(source="bench", rounds=(HistoryRound(received_at=at, closed=True, closed_at=closed, outcome="satisfied"),))
        received = ComplaintReceived(**shared, customer=party, product=Product(code=f"P-{n % 300}"), history=history)
        imported = CaseImported(
            **shared,
            registered_at=at,
            closed=True,
            closed_at=closed,
            outcome="satisfied",
            customer_ref=party.ref,
            product_code=f"P-{n % 300}",
        )
        yield ("intake", received), ("routing", imported)


def _record(service: str, event: Event, positions: dict[tuple[str, int], int]) -> Outgoing:
    key = str(event.complaint_id)  # type: ignore[attr-defined]  # both events have one
    partition = partition_of(key, PARTITIONS)
    positions[service, partition] += 1
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=positions[service, partition])
    recorded = Recorded(
        service, partition, positions[service, partition], event.complaint_id, 1, event.TYPE, 1,  # type: ignore[attr-defined]  # as above
        event.model_dump_json(exclude_none=True).encode(), Meta(key).to_bytes(), new_id(), moment, moment, b"\x00" * 32,
    )  # fmt: skip
    return Outgoing(partition, key, to_headers(recorded), recorded.data)
