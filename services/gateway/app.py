"""What does the gateway answer? Calls by their service, pages by theirs, what concerns all by all of them, its own health itself."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import httpx
import orjson
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import REGISTRY
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.merging import joined, whole
from services.gateway.passing import asked, pass_on
from services.gateway.upstream import Upstreams
from services.prefixes import API, PAGES, PREFIXES, prefix_of
from shared.web import Problem, reply
from shared.web.edge import Observed, Readable

_ADMINISTRATION = "intake"  # knows who carries a token

Own = Callable[[Scope, Receive], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """What a request is counted under."""

    path: str


class Gateway:
    """The calls of one origin; `gateway_app` adds what every request goes through."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams
        self._own: dict[tuple[str, str], Own] = {
            ("GET", "/healthz"): self._healthz,
            ("GET", "/readyz"): self._readyz,
            ("GET", "/metrics"): self._metrics,
            ("GET", f"{API}consumers"): self._joined,
            ("GET", f"{API}parked"): self._joined,
            ("GET", f"{API}openapi.json"): self._whole,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        own = self._own.get(("GET" if scope["method"] == "HEAD" else scope["method"], path))
        if own is not None:
            scope["route"] = Route(path)
            await (await own(scope, receive))(scope, receive, send)
            return
        service = self._service(path)
        scope["route"] = Route(f"to {service}")
        await pass_on(service, self._upstreams, scope, receive, send)

    def _service(self, path: str) -> str:
        prefix = prefix_of(path)
        if prefix is None:
            return PAGES
        if prefix == "parked":
            named = path[len(API) :].split("/")[1:2]
            if named and named[0] in self._upstreams.services:
                return named[0]
        elif prefix in PREFIXES:
            return PREFIXES[prefix]
        elif prefix in ("asyncapi.json", "clock"):  # the same everywhere; moving the clock is of the embedded product
            return _ADMINISTRATION
        raise Problem(404, "There is nothing at this address.")

    async def _healthz(self, scope: Scope, receive: Receive) -> Response:
        return reply({"status": "alive"})

    async def _readyz(self, scope: Scope, receive: Receive) -> Response:
        """Whether every service has an instance that is ready."""
        troubles = {name: upstream.trouble for name, upstream in self._upstreams.services.items()}
        ready = not any(troubles.values())
        found = {name: [] if trouble is None else [trouble] for name, trouble in troubles.items()}
        return reply({"ready": ready, "services": found}, 200 if ready else 503)

    async def _metrics(self, scope: Scope, receive: Receive) -> Response:
        """For Prometheus: from this machine itself, or with an administrator's token; the services have theirs at their own ports."""
        if not _from_here(scope):
            await self._only_administrators(scope, receive)
        registry = CollectorRegistry()
        ready = Gauge("redress_gateway_instance_ready", "1 where the instance says that it is ready", ["service", "url"], registry=registry)
        for name, upstream in self._upstreams.services.items():
            for instance in upstream.instances:
                ready.labels(name, str(instance.url)).set(instance.trouble is None)
        return Response(generate_latest(REGISTRY) + generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _only_administrators(self, scope: Scope, receive: Receive) -> None:
        question = replace(await asked(scope, receive), method="GET", target=f"{API}access/me".encode(), body=b"")
        answer = await self._upstreams.send(_ADMINISTRATION, question)
        try:
            body = orjson.loads(await answer.aread())
        except httpx.TransportError as error:
            raise Problem(503, "It cannot be told at the moment who asks. Ask again.", headers={"retry-after": "1"}) from error
        finally:
            await answer.aclose()
        if answer.status_code != 200:
            raise Problem(answer.status_code, str(body.get("detail", "")))
        if "admin" not in body["roles"]:
            raise Problem(403, "Metrics are for administrators, or for whoever asks from this machine.")

    async def _joined(self, scope: Scope, receive: Receive) -> Response:
        return await joined(self._upstreams, await asked(scope, receive))

    async def _whole(self, scope: Scope, receive: Receive) -> Response:
        return await whole(self._upstreams, await asked(scope, receive))


def gateway_app(upstreams: Upstreams) -> ASGIApp:
    """The gateway behind the same edge as the services: trace, measure, size of bodies, problems as JSON."""
    return Observed(Readable(Gateway(upstreams)), "gateway")


def _from_here(scope: Scope) -> bool:
    client = scope.get("client")
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback and b"x-forwarded-for" not in dict(scope["headers"])
    except ValueError:
        return False
