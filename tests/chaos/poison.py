"""What does one unreadable event do to the rest? It is parked in every service with what follows of its complaint; all else goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from shared.contracts.vocabulary import SERVICES
from shared.envelope import Meta
from shared.postgres.connect import Dsn, connect
from shared.store.append import Item, NewEvent, append
from shared.store.partition import partition_of
from tests.chaos.fire import Fire
from tests.chaos.stories import ASSESSMENT, OFFER

PARKED_WITHIN = 60.0
UNREADABLE = b'{"complaint_id": "not an id"}'
KINDS = {"intake": "intake.complaint-received.v1", "routing": "routing.case-closed.v1"}  # between them every service reads one


@dataclass(frozen=True, slots=True)
class Poison:
    """An event nobody can read, in the middle of a complaint's story."""

    complaint: str
    position: str
    event_id: UUID


async def poisoned(fire: Fire) -> list[Poison]:
    """A complaint for each kind of poison; its story goes on behind it as far as it can. Returns once every service has parked it."""
    done = [await _complaint(fire, service) for service in KINDS]
    async with asyncio.timeout(PARKED_WITHIN):
        while {service for service, _ in await fire.watch.parked()} != set(SERVICES):
            await fire.journal.breath(0.1)
    return done


async def _complaint(fire: Fire, service: str) -> Poison:
    body = {"channel": "phone", "content_class": "service_quality", "description": "of this one an event is unreadable"}
    receipt = await fire.spare.command("receive", "POST", "/api/v1/complaints", body)
    complaint = str(receipt["id"])
    case = f"/api/v1/cases/{complaint}"
    shown = await fire.spare.read("GET", case, after=[receipt["position"]])
    poison = await _append(fire, service, complaint)
    take = f"/api/v1/work-items/{shown['work_items'][0]}/take"
    taken = await fire.spare.command("take", "POST", take, None, about=complaint, after=[receipt["position"]])
    await fire.spare.command("assess", "POST", f"{case}/assessment", ASSESSMENT, after=[taken["position"]])
    await fire.spare.command("offer", "POST", f"{case}/remedies", OFFER)
    fire.apart.add(poison.event_id)
    fire.journal.write(poison=poison.position, complaint=complaint)
    return poison


async def _append(fire: Fire, service: str, complaint: str) -> Poison:
    """By the store's own function, so that everything about it is in order but what it says."""
    stream, now = uuid4(), datetime.now(UTC)
    event = NewEvent(uuid4(), KINDS[service], 1, UNREADABLE, Meta(complaint).to_bytes(), now)
    owner = await connect(Dsn.parse(fire.town.postgres.url), service)
    try:
        [done] = await append(owner, [Item(stream, partition_of(complaint, 8), 0, (event,))], None)
    finally:
        await owner.close()
    return Poison(complaint, f"{service}/{done.partition}/{done.position}", event.event_id)


async def parked(fire: Fire) -> list[dict[str, Any]]:
    """What an administrator sees, through the gateway."""
    async with fire.town.gateway.client() as admin:
        answer = await admin.get("/api/v1/parked")
    assert answer.is_success, answer.text
    return list(answer.json()["items"])


async def discarded(fire: Fire, poisons: Sequence[Poison]) -> int:
    """An administrator gives the unreadable ones no effect; what waited behind them is handled. Answers how many were discarded."""
    count = 0
    async with fire.town.gateway.client() as admin:
        for item in await parked(fire):
            if item["position"] in {poison.position for poison in poisons}:
                path = f"/api/v1/parked/{item['service']}/{item['id']}/discard"
                answer = await admin.post(path, json={"reason": "nobody can read it"}, headers={"Idempotency-Key": f"discard-{item['id']}"})
                assert answer.is_success, answer.text
                count += 1
    return count
