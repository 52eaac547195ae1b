"""How does the gateway run? The port first, then an eye on every instance, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os

from services.gateway.app import gateway_app
from services.gateway.upstream import Upstreams
from services.serving import answering, listen, url_of
from shared.cannot_start import CannotStart
from shared.contracts.vocabulary import SERVICES
from shared.settings import Settings


class NoInstances(CannotStart):
    """A service the gateway cannot find."""


async def gateway(settings: Settings, *, as_json: bool) -> None:
    """Runs until SIGTERM or SIGINT."""
    upstreams = Upstreams({service: _urls(settings, service) for service in SERVICES})
    listening = listen(settings)
    watching = asyncio.create_task(upstreams.watch(), name="gateway.watch")
    try:
        async with answering(gateway_app(upstreams), listening, settings, upstreams.end_streams) as served:
            _greet(url_of(settings, listening), upstreams, as_json=as_json)
            await served
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        await upstreams.close()
        listening.close()


def _urls(settings: Settings, service: str) -> list[str]:
    given: str | None = getattr(settings, f"gateway_{service}")
    if given is None:
        raise NoInstances(f"REDRESS_GATEWAY_{service.upper()} is not set; it names the instances of {service}, like http://{service}:8080.")
    return given.split(",")


def _greet(url: str, upstreams: Upstreams, *, as_json: bool) -> None:
    found = {name: [str(instance.url) for instance in upstream.instances] for name, upstream in upstreams.services.items()}
    if as_json:
        print(json.dumps({"ready": url, "pid": os.getpid(), "gateway": found}), flush=True)
        return
    print(f"Redress is ready at {url}/", flush=True)
    print(f"  gateway to {sum(map(len, found.values()))} instances   health: {url}/readyz   stop: Ctrl-C", flush=True)
