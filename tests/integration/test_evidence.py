"""Which pieces of a chain prove a complaint's events? From each to the next signed checkpoint, and nothing of other complaints."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conftest import Database
from services.routing.evidence import check, checkpoints
from services.routing.evidence.chain import Place, Segment, at, proven
from services.routing.evidence.contents import recorded
from services.routing.service import wire
from shared.chain import sign
from shared.contracts.intake import ComplaintAcknowledged
from shared.contracts.vocabulary import ComplaintId
from shared.decider import Refused
from shared.envelope import Envelope, Recorded
from shared.log.port import Watermark
from shared.settings import Settings
from shared.testing import NOON, Ledger
from tests.alone import Alone, alone

KEY = Ed25519PrivateKey.generate()
OURS = (3, 4, 17, 29)


@pytest.fixture
async def routing(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("routing", wire, database, settings) as running:
        yield running


def chain(length: int) -> list[Recorded]:
    """One partition of intake, each event in a stream of its own."""
    ledger = Ledger(partitions=1)
    events: list[Recorded] = []
    for _ in range(length):
        complaint = ComplaintId(uuid4())
        [told] = ledger.record(complaint, ComplaintAcknowledged(complaint_id=complaint, medium="phone"))
        events.append(told.recorded._replace(hash=told.recorded.chained(events[-1].hash if events else b"")))
    return events


async def published(routing: Alone, events: Sequence[Recorded], signed: Sequence[int]) -> None:
    """On the log, some of it twice; each checkpoint takes the place of the one before."""
    await routing.publish(*map(Envelope, events[:8]), *map(Envelope, events[4:]))
    for position in signed:
        moment = NOON + timedelta(hours=position)
        mark = sign(KEY, "intake", 0, position, events[position - 1].hash, moment)
        await routing.log.publish_watermarks("intake", {0: Watermark(position, moment, mark)})
        await checkpoints.keep(routing.service)


def doubts(events: Sequence[Envelope], segments: Sequence[Segment], complaint: UUID) -> list[str]:
    """What the script in the packet finds."""
    told = [orjson.loads(orjson.dumps(recorded(event, complaint), default=str)) for event in events]
    pieces = [orjson.loads(orjson.dumps(segment.told())) for segment in segments]
    return list(check.broken_chains(told, pieces, {"intake": KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)}))


async def test_each_event_is_proven_up_to_the_next_checkpoint_and_the_last_ones_as_they_stand(routing: Alone):
    events = chain(30)
    await published(routing, events, signed=(10, 20))
    found, segments = await proven(routing.log, routing.service.pool, [Place("intake", 0, position) for position in OURS])
    assert [event.recorded for event in found] == [events[position - 1] for position in OURS]
    assert [(piece.first, piece.last, len(piece.digests)) for piece in segments] == [(3, 10, 8), (17, 20, 4), (29, 29, 1)]
    assert [piece.checkpoint and piece.checkpoint.position for piece in segments] == [10, 20, None]
    assert doubts(found, segments, uuid4()) == []


async def test_a_checkpoint_nobody_heard_of_only_makes_the_piece_longer(routing: Alone):
    events = chain(30)
    await published(routing, events, signed=(20,))
    found, segments = await proven(routing.log, routing.service.pool, [Place("intake", 0, position) for position in OURS])
    assert [(piece.first, len(piece.digests)) for piece in segments] == [(3, 18), (29, 1)]
    assert doubts(found, segments, uuid4()) == []


async def test_one_changed_byte_between_breaks_the_proof(routing: Alone):
    events = chain(12)
    await published(routing, events, signed=(12,))
    found, segments = await proven(routing.log, routing.service.pool, [Place("intake", 0, 3)])
    segments[0].digests[5] = bytes(32)
    assert doubts(found, segments, uuid4()) == ["intake/0/12: the chain does not lead to the signed checkpoint"]


async def test_what_the_log_has_lost_is_told_and_not_left_out(routing: Alone):
    with pytest.raises(Refused, match="intake/0/1 is not on the log"):
        await proven(routing.log, routing.service.pool, [Place("intake", 0, 1)])


async def test_single_events_are_found_whatever_was_sent_twice_before_them(routing: Alone):
    events = chain(30)
    await published(routing, events, signed=())
    places = [Place("intake", 0, position) for position in (1, 6, 7, 30)]
    assert await at(routing.log, places) == {place: events[place.position - 1] for place in places}


@pytest.mark.parametrize("length", [0, 1, 64, 1000])
def test_the_scripts_own_ed25519_agrees_with_the_library(length: int):
    key, message = Ed25519PrivateKey.generate(), bytes(length)
    raw, signature = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), key.sign(message)
    assert check.signed(raw, message, signature)
    assert not check.signed(raw, message + b"!", signature)
    assert not check.signed(raw, message, signature[:-1] + bytes([signature[-1] ^ 1]))
    assert not check.signed(Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), message, signature)
    assert not check.signed(raw, message, b"")
