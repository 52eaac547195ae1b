"""Who answers for a service? Its instances: those that say they are ready first, in turn; another one when one cannot be reached."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import structlog

from shared.web.problems import Problem

LOOK_EVERY = 2.0  # seconds between looks at an instance's readiness
LOOK_WITHIN = 5.0
KEPT_OPEN = 3.0  # an idle connection; shorter than the five seconds after which a service closes it
_TIMES = {"connect": 2.0, "read": 75.0, "write": 15.0, "pool": 5.0}  # no call takes longer than a minute, streams speak every 15 s
_READS = frozenset(("GET", "HEAD"))
_NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout)

log = structlog.get_logger("redress.gateway")

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(eq=False)
class Instance:
    """One process of a service that answers calls. Until it was looked at, calls go to it as if it were ready, and nobody is told so."""

    url: httpx.URL
    ready: bool = True
    trouble: str | None = "was not looked at yet"


@dataclass
class Asked:
    """A request as it goes to a service: the target is the path and query as they came, byte for byte."""

    method: str
    target: bytes
    headers: Headers
    body: bytes = b""


@dataclass
class Upstream:
    """One service."""

    service: str
    instances: Sequence[Instance]
    _turn: int = field(default=0)

    def in_turn(self) -> list[Instance]:
        """Everybody once, the ready ones first; another one begins each time. If none is ready, whoever answers says why."""
        self._turn += 1
        start = self._turn % len(self.instances)
        turned = [*self.instances[start:], *self.instances[:start]]
        return sorted(turned, key=lambda instance: not instance.ready)

    @property
    def trouble(self) -> str | None:
        """Why nobody is ready; None when somebody is."""
        troubles = [instance.trouble for instance in self.instances if instance.trouble is not None]
        return "; ".join(dict.fromkeys(troubles)) if len(troubles) == len(self.instances) else None


class Upstreams:
    """All services, over one pool of connections. Nothing of an answer is kept: no cookies, no redirects followed."""

    def __init__(self, urls: Mapping[str, Sequence[str]], transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.services = {name: Upstream(name, [Instance(httpx.URL(url)) for url in found]) for name, found in urls.items()}
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=200, keepalive_expiry=KEPT_OPEN)
        self.ending = asyncio.Event()  # streams end with it
        self._transport = transport or httpx.AsyncHTTPTransport(limits=limits, trust_env=False)

    async def send(self, service: str, asked: Asked) -> httpx.Response:
        """The answer's head, its body still to come; whoever gets it closes it. Raises Problem 503 when nobody answers.

        What was sent is sent again only where that is sure to change nothing.
        """
        for instance in self.services[service].in_turn():
            try:
                return await self._send(instance, asked, _TIMES)
            except _NOT_REACHED as error:
                _missed(instance, error)
            except httpx.TransportError as error:
                log.warning("broke", service=service, url=str(instance.url), error=type(error).__name__)
                if asked.method not in _READS:
                    raise _unknown(service) from error
        raise Problem(503, f"The service {service} cannot be reached at the moment. Ask again.", headers={"retry-after": "1"})

    async def look(self) -> None:
        """Once at every instance: is it ready?"""
        await asyncio.gather(*(self._look(instance) for instance in self._instances()))

    async def watch(self) -> None:
        """Looks again and again, until cancelled; who is slow to answer keeps nobody else waiting."""
        await asyncio.gather(*(self._watch(instance) for instance in self._instances()))

    def end_streams(self) -> None:
        """They would hold the port open."""
        self.ending.set()

    async def close(self) -> None:
        await self._transport.aclose()

    def _instances(self) -> list[Instance]:
        return [instance for upstream in self.services.values() for instance in upstream.instances]

    async def _watch(self, instance: Instance) -> None:
        while True:
            await self._look(instance)
            await asyncio.sleep(LOOK_EVERY)

    async def _look(self, instance: Instance) -> None:
        asked = Asked("GET", b"/readyz", ((b"host", b"gateway"),))
        try:
            answer = await self._send(instance, asked, dict.fromkeys(_TIMES, LOOK_WITHIN))
            with suppress(httpx.TransportError):
                await answer.aclose()
            instance.ready = answer.status_code == 200
            instance.trouble = None if instance.ready else f"{instance.url} is not ready"
        except httpx.TransportError as error:
            _missed(instance, error)

    async def _send(self, instance: Instance, asked: Asked, times: Mapping[str, float]) -> httpx.Response:
        request = httpx.Request(
            asked.method, instance.url, headers=list(asked.headers), content=asked.body or None,
            extensions={"timeout": times, "target": asked.target},
        )  # fmt: skip
        try:
            return await self._transport.handle_async_request(request)
        except AttributeError as error:  # anyio looks for the socket of a connection that was closed as soon as it was made
            raise httpx.NetworkError("the connection was closed at once", request=request) from error


def _missed(instance: Instance, error: httpx.TransportError) -> None:
    if instance.ready:
        log.warning("not reached", url=str(instance.url), error=type(error).__name__)
    instance.ready = False
    instance.trouble = f"{instance.url} cannot be reached"


def _unknown(service: str) -> Problem:
    detail = (
        f"The service {service} went away before it answered. If this was to change something, ask again with the same Idempotency-Key:"
        " it is done once."
    )
    return Problem(503, detail, headers={"retry-after": "1"})
