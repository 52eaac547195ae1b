"""How does one service run as a process of its own, or a part of one? Any number of them share the work of one database and one log."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import AsyncExitStack
from functools import cache
from typing import Any

from starlette.types import ASGIApp

from services.intake.issuing import keep_admin_token
from services.prefixes import PAGES
from services.product import dispatcher
from services.serving import answering, listen, url_of
from services.wiring import every_call, wire_of
from shared import memory
from shared.cannot_start import CannotStart
from shared.clock import MachineClock
from shared.keys import load_or_make
from shared.log.opening import open_log
from shared.operations.api import operations_app
from shared.postgres.connect import Dsn
from shared.postgres.migrate import check
from shared.service import PARTS, Part, Service, open_service
from shared.settings import Settings


class NeedsItsOwnDatabase(CannotStart):
    """Processes that share a database cannot have it inside one of them."""


class PartEnded(CannotStart):
    """What runs in the background ended though nobody stopped it."""


async def serve(settings: Settings, name: str, only: Part | None, *, as_json: bool) -> None:
    """Runs until SIGTERM or SIGINT, then stops in order."""
    if settings.database_url is None:
        raise NeedsItsOwnDatabase(
            "redress serve needs a PostgreSQL server that all processes share: set REDRESS_DATABASE_URL and run redress migrate once."
            " Everything in one process is: redress up."
        )
    parts = PARTS if only is None else frozenset((only,))
    listening = listen(settings)
    try:
        async with AsyncExitStack() as stack:
            service = await _opened(settings, settings.database_url, name, stack)
            await service.start(parts)
            token = await keep_admin_token(service) if name == "intake" and "api" in parts else None
            memory.settle()
            async with answering(_app(service, parts), listening, settings, service.stopping.set) as served:
                _greet(service.name, url_of(settings, listening), parts, as_json=as_json)
                if token is not None and not as_json:
                    print(f"  administrator's token: {token}", flush=True)
                await until(served, service)
    finally:
        listening.close()


async def until(served: asyncio.Task[Any], service: Service) -> None:
    """The signal to stop, or the end of a part that nothing here can mend: whoever watches over the process starts it again."""
    failed = asyncio.create_task(service.background.failed.wait())
    await asyncio.wait((served, failed), return_when=asyncio.FIRST_COMPLETED)
    failed.cancel()
    if service.background.ended:
        raise PartEnded(
            f"This must not happen: {'; '.join(f'{part} {how}' for part, how in service.background.ended.items())}. The log says more."
        )


async def _opened(settings: Settings, url: str, name: str, stack: AsyncExitStack) -> Service:
    keys = load_or_make(settings)
    dsn = Dsn.parse(url, keys)
    await check(dsn.for_role(name), name, settings.partitions)
    log = await open_log(settings, dsn, name)
    stack.push_async_callback(log.close)
    service = await open_service(
        name, wire_of(name), settings=settings, keys=keys, dsn=dsn, log=log, clock=MachineClock(), one_of_many=True
    )
    stack.push_async_callback(service.stop)
    return service


def _app(service: Service, parts: frozenset[Part]) -> ASGIApp:
    """The service's own calls where the process is there for them; health, readiness and metrics everywhere."""
    operations = operations_app([service])
    if service.name == PAGES:  # a page shows the calls of the product, whichever process answers them
        service.app.state.described = cache(lambda: every_call(service, operations.openapi()))
    return dispatcher({service.name: service} if "api" in parts else {}, operations)


def _greet(name: str, url: str, parts: frozenset[Part], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"ready": url, "pid": os.getpid(), "service": name, "parts": sorted(parts)}), flush=True)
    else:
        print(f"Redress is ready at {url}/", flush=True)
        print(f"  {name}: {', '.join(sorted(parts))}   health: {url}/readyz   stop: Ctrl-C", flush=True)
