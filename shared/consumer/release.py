"""How does something parked come out again? A person retries or discards it; either is an event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import asyncpg

from shared.commands import Asked, stamped
from shared.consumer.consumer import Consumer
from shared.consumer.parking import sequence
from shared.contracts import CATALOGUE
from shared.contracts.event import Event
from shared.decider import Context, Refused
from shared.envelope import Envelope, Meta
from shared.ids import new_id
from shared.store.encode import Change
from shared.store.kept import keep, kept

if TYPE_CHECKING:
    from shared.service import Service

_PARKED = "select id, consumer, topic, partition, position, key, type, following from parked where id = $1"
# Holds the consumer still, wherever it runs, and a rebuild: what is released goes into the tables at one point of the log.
_STILL = "select 1 from consumer_checkpoints where consumer = $1 order by topic, partition for update"
_DROP = "delete from parked where id = any($1::uuid[])"
_FAILED = "update parked set attempts = attempts + 1, error = $2 where id = $1"


class NothingParked(LookupError):
    """There is nothing parked under this id."""


async def retry(service: Service, parked_id: UUID, asked: Asked) -> dict[str, Any]:
    """Handles a parked event and those waiting behind it again; all of them or none. Raises Refused when it fails again."""
    if (first := await _first(service, asked)) is not None:
        return first
    row = await _row(service, parked_id)
    event = _event(service, "retried", row, following=0)
    return await _release(service, row, asked, event, drop_first=False)


async def discard(service: Service, parked_id: UUID, reason: str, asked: Asked) -> dict[str, Any]:
    """Gives a parked event no effect here, and handles those that waited behind it."""
    if (first := await _first(service, asked)) is not None:
        return first
    row = await _row(service, parked_id)
    event = _event(service, "discarded", row, reason=reason)
    return await _release(service, row, asked, event, drop_first=True)


async def _first(service: Service, asked: Asked) -> dict[str, Any] | None:
    """The answer this very request was given before."""
    found = await kept(service.pool, asked.idempotency) if asked.idempotency is not None else None
    return None if found is None else cast("dict[str, Any]", found["body"])


async def _release(service: Service, row: asyncpg.Record, asked: Asked, event: Event, *, drop_first: bool) -> dict[str, Any]:
    consumer = service.consumers[row["consumer"]]
    async with consumer.guard, service.pool.acquire() as held:
        connection = cast("asyncpg.Connection", held)
        try:
            async with connection.transaction():
                await connection.fetch(_STILL, row["consumer"])
                waiting = await sequence(connection, row["consumer"], row["key"])
                done = [parked_id for parked_id, _ in waiting]
                if row["id"] not in done:
                    raise NothingParked
                if done[0] != row["id"]:
                    raise Refused("waits-behind", "An earlier event of the same key is parked; deal with that one first.")
                envelopes = [envelope for parked_id, envelope in waiting if not (drop_first and parked_id == row["id"])]
                await connection.execute(_DROP, done)
                if isinstance(event, Event) and "following" in type(event).model_fields:
                    event = event.model_copy(update={"following": len(waiting) - 1})
                position = await _apply_and_record(service, connection, consumer, envelopes, event, asked)
                told = {"id": str(row["id"]), "version": 1, "position": position, "released": len(waiting)}
                if asked.idempotency is not None:
                    await keep(connection, asked.idempotency, {"status": 200, "version": 1, "position": position, "body": told})
        except NothingParked:
            if (first := await _first(service, asked)) is not None:  # the same request was faster
                return first
            raise
        except (Refused, OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresConnectionError):
            raise
        except Exception as error:
            await connection.execute(_FAILED, row["id"], type(error).__name__)
            raise Refused("fails-again", f"It failed again ({type(error).__name__}) and stays parked; nothing was changed.") from error
    return told


async def _apply_and_record(
    service: Service, connection: asyncpg.Connection, consumer: Consumer, envelopes: Sequence[Envelope], event: Event, asked: Asked
) -> str:
    """The effects first, the record of the release with them; appending comes last."""
    if envelopes:
        await consumer.handle(connection, envelopes)
    stream_id = new_id()
    context = Context.under(service.policies, service.clock.now(), asked.actor, asked.on_behalf_of)
    events = stamped([event], context)
    meta = Meta(str(stream_id), traceparent=asked.traceparent, policy_version=context.policy.version)
    change = Change(stream_id, str(stream_id), 0, tuple(events), (new_id(),), (meta,), (None,))
    _, appended = await service.scribe.write(connection, [change])
    service.wake.set()
    return f"{service.name}/{appended[0].partition}/{appended[0].position}"


async def _row(service: Service, parked_id: UUID) -> asyncpg.Record:
    row = await service.pool.fetchrow(_PARKED, parked_id)
    if row is None or row["consumer"] not in service.consumers:
        raise NothingParked
    return row


def _event(service: Service, what: str, row: asyncpg.Record, **more: Any) -> Event:
    cls = CATALOGUE[f"{service.name}.parked-event-{what}.v1"]
    source = f"{row['topic'].removeprefix('redress.')}/{row['partition']}/{row['position']}"
    return cls.model_validate({"parked_id": row["id"], "consumer": row["consumer"], "source": source, "type": row["type"], **more})
