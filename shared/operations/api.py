"""Which calls serve operators? Health, readiness, metrics, consumers, parked events, the API's own description, the manual clock."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import Response

from shared.access import Principal
from shared.clock import ManualClock
from shared.consumer.release import NothingParked, discard, retry
from shared.contracts.asyncapi import asyncapi
from shared.decider import NotFound
from shared.operations.lag import lags, parked
from shared.operations.metrics import exposition
from shared.operations.readiness import ended, readiness
from shared.service import Service
from shared.web import Body, Do, FreeText, Moment, Problem, allow, reply
from shared.web.admission import admitted
from shared.web.app import create_app
from shared.web.openapi import merged

WITHIN = 60.0

router = APIRouter()


class DiscardBody(Body):
    """Why a parked event shall have no effect."""

    reason: FreeText


class ClockBody(Body):
    """Where the manual clock shall stand."""

    now: Moment


def operations_app(services: Sequence[Service]) -> FastAPI:
    """The app for what concerns all services of this process; it admits callers as the first of them does.

    The embedded product adds `state.advance`, which moves the manual clock and waits until nothing is left to do.
    """
    app = create_app(services[0], (router,))
    app.state.services = services
    for one in (app, *(service.app for service in services)):  # a page of any of them may show the whole
        one.state.described = lambda: merged([*(service.app.openapi() for service in services), app.openapi()])
    return app


async def _services(request: Request) -> Sequence[Service]:
    return cast("Sequence[Service]", request.app.state.services)


Services = Annotated[Any, Depends(_services)]


@router.get("/healthz")
async def healthz(services: Services) -> Response:
    """The process answers, and nothing in it has ended for good; 503 says that it must be started again."""
    found = ended(services)
    return reply({"status": "failed", "ended": found}, 503) if found else reply({"status": "alive"})


@router.get("/readyz")
async def readyz(services: Services) -> Response:
    """Database, log, revocations and lag of every service here; 503 names what is not well."""
    found = await readiness(services)
    return reply(found, 200 if found["ready"] else 503)


@router.get("/metrics")
async def metrics(request: Request, services: Services) -> Response:
    """For Prometheus: from this machine itself, or with an administrator's token."""
    if not _from_here(request):
        who = admitted(request)
        if "admin" not in who.roles:
            raise Problem(403, "Metrics are for administrators, or for whoever asks from this machine.")
    return Response(await exposition(services), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/api/v1/consumers")
async def consumers(services: Services, who: Annotated[Principal, allow("admin", "auditor")]) -> Response:
    """How far each consumer has come at each of its sources."""
    return reply({"items": [asdict(lag) for lag in await lags(services)]})


@router.get("/api/v1/parked")
async def parked_events(services: Services, who: Annotated[Principal, allow("admin", "auditor")]) -> Response:
    """Events that could not be handled and wait for a person."""
    return reply({"items": await parked(services)})


@router.post("/api/v1/parked/{service}/{parked_id}/retry")
async def retry_parked(service: str, parked_id: UUID, services: Services, who: Annotated[Principal, allow("admin")], do: Do) -> Response:
    """Handles a parked event again, with those that wait behind it."""
    try:
        return reply(await retry(_named(services, service), parked_id, await do.asked()), version=1)
    except NothingParked:
        raise NotFound from None


@router.post("/api/v1/parked/{service}/{parked_id}/discard")
async def discard_parked(
    service: str, parked_id: UUID, body: DiscardBody, services: Services, who: Annotated[Principal, allow("admin")], do: Do
) -> Response:
    """Gives a parked event no effect here; those behind it are handled."""
    try:
        return reply(await discard(_named(services, service), parked_id, body.reason, await do.asked()), version=1)
    except NothingParked:
        raise NotFound from None


@router.put("/api/v1/clock")
async def set_clock(request: Request, body: ClockBody, services: Services, who: Annotated[Principal, allow("admin")]) -> Response:
    """Moves the manual clock forward; answers when every timer due by then has fired and its effects are in every view."""
    clock = services[0].clock
    if not isinstance(clock, ManualClock):
        raise NotFound
    if body.now < clock.now():
        raise Problem(422, f"The clock only goes forward; it stands at {clock.now().isoformat()}.", errors=[
            {"at": "/now", "message": f"must not be before {clock.now().isoformat()}"}
        ])  # fmt: skip
    going = asyncio.create_task(request.app.state.advance(body.now))
    request.app.state.going = going  # it goes on, whatever becomes of this request
    try:
        positions = await asyncio.wait_for(asyncio.shield(going), WITHIN)
    except TimeoutError:
        raise Problem(504, "The clock goes there; what follows from it takes longer than 60 s and goes on. Ask again.") from None
    told = {f"{name}/{p}": at for name, heads in positions.items() for p, at in heads.items()}
    return reply({"now": clock.now(), "positions": told})


@router.get("/api/v1/openapi.json")
async def openapi(request: Request) -> Response:
    """All calls of the services here as one OpenAPI document."""
    return reply(request.app.state.described())


@router.get("/api/v1/asyncapi.json")
async def asyncapi_document(services: Services) -> Response:
    """The published events as an AsyncAPI document."""
    return reply(asyncapi(partitions=services[0].settings.partitions))


def _named(services: Sequence[Service], name: str) -> Service:
    found = next((service for service in services if service.name == name), None)
    if found is None:
        raise NotFound
    return found


def _from_here(request: Request) -> bool:
    """True for a caller on this machine that no proxy speaks for."""
    host = request.client.host if request.client is not None else ""
    try:
        return ipaddress.ip_address(host).is_loopback and "x-forwarded-for" not in request.headers
    except ValueError:
        return False
