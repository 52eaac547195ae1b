"""Can this process do its work? Asked by whoever sends it traffic."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import structlog

from shared.contracts.vocabulary import SERVICES
from shared.log.port import Log
from shared.operations.lag import lags
from shared.service import Service

SILENCE_LIMIT = 15.0  # seconds; a relay speaks every second
LAG_LIMIT = 60.0  # seconds; above that what is shown is too old to act on
ANSWERS_WITHIN = 3.0

_GONE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

log = structlog.get_logger("redress.readiness")


async def readiness(services: Sequence[Service]) -> dict[str, Any]:
    """`ready`, and per service what is well and what is not, in words."""
    found = {service.name: await _of(service) for service in services}
    return {"ready": all(not troubles for troubles in found.values()), "services": found}


def ended(services: Sequence[Service]) -> list[str]:
    """What ended though nobody stopped it: only starting the process again helps."""
    return [f"{part} {how}" for service in services for part, how in service.background.ended.items()]


async def _of(service: Service) -> list[str]:
    """What keeps the parts that run here from their work; another process's parts are that one's business."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            await service.pool.fetchval("select 1")
    except _GONE:
        return [*ended([service]), "the database does not answer"]
    troubles = [*ended([service]), *_stopped(service)]
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            troubles += await _relay(service)
            if service.parts != {"relay"}:
                troubles += await _behind(service)
    except Exception as error:  # each log fails in its own ways
        log.warning("log unread", service=service.name, error=type(error).__name__)
        troubles.append("the log does not answer")
    if "api" in service.parts and not service.access.ready:
        troubles.append("it is not known that the list of revoked tokens is current")
    return troubles


def _stopped(service: Service) -> Iterator[str]:
    if service.relay.stopped_by is not None:
        yield f"its relay has stopped: {service.relay.stopped_by}"
    for name, consumer in service.consumers.items():
        if consumer.stopped_by is not None:
            yield f"{name} has stopped: {consumer.stopped_by}"


async def _relay(service: Service) -> list[str]:
    """A relay that stands still shows nowhere else: to those who consume, the log just ends there."""
    silent = await silent_relays(service.log, (service.name,))
    return [f"its relay has not been heard of{f' for {seconds:.0f} s' if seconds else ''}" for seconds in silent.values()]


async def silent_relays(log: Log, services: Sequence[str] = SERVICES) -> dict[str, float | None]:
    """Which of these services' relays have not been heard of lately: for how many seconds, None if never."""
    marks = await log.watermarks()
    silent: dict[str, float | None] = {}
    for name in services:
        heard = [mark.heard for (service, _), mark in marks.items() if service == name and mark.heard is not None]
        seconds = (datetime.now(UTC) - min(heard)).total_seconds() if heard else None
        if seconds is None or seconds > SILENCE_LIMIT:
            silent[name] = seconds
    return silent


async def _behind(service: Service) -> list[str]:
    behind = [lag for lag in await lags([service]) if lag.lag_seconds > LAG_LIMIT]
    return [f"{lag.consumer} is {lag.lag_events} events ({lag.lag_seconds:.0f} s) behind {lag.source}" for lag in behind]
