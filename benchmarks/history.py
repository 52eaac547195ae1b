"""What lies on the log after years? Complaints taken over from elsewhere, two events each, or lived through here, eighteen each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from benchmarks import life
from benchmarks.append import DESK
from benchmarks.ground import PARTITIONS, Ground
from shared.contracts.event import Event
from shared.contracts.intake import ComplaintReceived, History, HistoryRound
from shared.contracts.routing import CaseImported
from shared.contracts.vocabulary import ComplaintId, Customer, Product
from shared.envelope import Meta, Recorded, to_headers
from shared.ids import new_id
from shared.log.port import Log, Outgoing
from shared.store.partition import partition_of

SIDE_BY_SIDE = 5_000  # lives at a time: so many events of others lie between two of a complaint's

_AT_ONCE = 4_000
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)

Happened = tuple[type[Event], int, UUID, bytes]  # the version in its stream, the complaint, its bytes


async def imported(at: Ground, log: Log, complaints: int) -> Mapping[str, int]:
    """Answers how many events each service has."""
    return await _put(at, log, (one for n in range(complaints) for one in _imported(n)))


async def lived(at: Ground, log: Log, complaints: int) -> Mapping[str, int]:
    return await _put(at, log, _lived(complaints))


async def _put(at: Ground, log: Log, story: Iterable[Happened]) -> Mapping[str, int]:
    """On the log as the relays would, with positions and times that rise; and reporting and routing say that they have seen it."""
    positions: dict[tuple[str, int], int] = defaultdict(int)
    waiting: dict[str, list[Outgoing]] = defaultdict(list)
    for n, (kind, version, complaint, data) in enumerate(story):
        service = kind.TYPE.partition(".")[0]
        partition = partition_of(str(complaint), PARTITIONS)
        positions[service, partition] += 1
        position = positions[service, partition]
        moment = _FIRST + timedelta(microseconds=n)
        meta = Meta(str(complaint)).to_bytes()
        recorded = Recorded(service, partition, position, complaint, version, kind.TYPE, 1, data, meta, new_id(), moment, moment, bytes(32))
        waiting[service].append(Outgoing(partition, str(complaint), to_headers(recorded), data))
        if len(waiting[service]) >= _AT_ONCE:
            await log.publish(service, waiting.pop(service))
    for service, rest in waiting.items():
        await log.publish(service, rest)
    for reader in ("routing", "reporting"):
        connection = await at.connect(reader)
        await connection.executemany(
            "insert into consumer_checkpoints values ('views', 'redress.' || $1, $2, $3, $4)",
            [(service, partition, position, position - 1) for (service, partition), position in positions.items()],
        )
        await connection.close()
    counted: Counter[str] = Counter()
    for (service, _), position in positions.items():
        counted[service] += position
    return counted


def _imported(n: int) -> Iterator[Happened]:
    at = datetime(2018, 1, 1, tzinfo=UTC) + timedelta(minutes=6 * n)
    closed = at + timedelta(days=n % 60)
    complaint = ComplaintId(new_id())
    shared = {
        "complaint_id": complaint, "number": f"C-2026-{n:06d}", "channel": "other", "content_class": "service_quality",
        "received_at": at, "issue_codes": (f"issue-{n % 150}",), "actor": DESK, "occurred_at": at,
    }  # fmt: skip
    party = Customer(ref=f"customer-{n % 9_973}", name=f"Customer {n % 9_973}")
    history = History(source="bench", rounds=(HistoryRound(received_at=at, closed=True, closed_at=closed, outcome="satisfied"),))
    ended = {"registered_at": at, "closed": True, "closed_at": closed, "outcome": "satisfied"}
    received = ComplaintReceived(**shared, customer=party, product=Product(code=f"P-{n % 300}"), history=history)
    case = CaseImported(**shared, **ended, customer_ref=party.ref, product_code=f"P-{n % 300}")
    for event in (received, case):
        yield type(event), 1, complaint, event.model_dump_json(exclude_none=True).encode()


def _lived(complaints: int) -> Iterator[Happened]:
    for first in range(0, complaints, SIDE_BY_SIDE):
        lives = [(new_id(), str(new_id()), n) for n in range(first, min(first + SIDE_BY_SIDE, complaints))]
        for step in life.STEPS:
            for complaint, item, n in lives:
                yield step.kind, step.version, complaint, step.data(str(complaint), item, f"C-2026-{n:06d}")
