"""Can this process do its work? Asked by whoever sends it traffic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from shared.operations.lag import lags
from shared.service import Service

SILENCE_LIMIT = 15.0  # seconds; a relay speaks every second
LAG_LIMIT = 60.0  # seconds; above that what is shown is too old to act on


async def readiness(services: Sequence[Service]) -> dict[str, Any]:
    """`ready`, and per service what is well and what is not, in words."""
    found = {service.name: await _of(service) for service in services}
    return {"ready": all(not troubles for troubles in found.values()), "services": found}


async def _relay(service: Service) -> list[str]:
    """A relay that stands still shows nowhere else: to those who consume, the log just ends there."""
    marks = await service.log.watermarks()
    heard = [mark.heard for (name, _), mark in marks.items() if name == service.name and mark.heard is not None]
    silent = (datetime.now(UTC) - min(heard)).total_seconds() if heard else None
    if silent is None or silent > SILENCE_LIMIT:
        return ["its relay has not been heard of" + (f" for {silent:.0f} s" if silent is not None else "")]
    return []


async def _of(service: Service) -> list[str]:
    troubles = []
    try:
        behind = [lag for lag in await lags([service]) if lag.lag_seconds > LAG_LIMIT]
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        return ["the database does not answer"]
    troubles += await _relay(service)
    troubles += [f"{lag.consumer} is {lag.lag_events} events ({lag.lag_seconds:.0f} s) behind {lag.source}" for lag in behind]
    if not service.access.ready:
        troubles.append("it is not known that the list of revoked tokens is current")
    for name, consumer in service.consumers.items():
        if consumer.stopped_by is not None:
            troubles.append(f"{name} has stopped: {consumer.stopped_by}")
    return troubles
