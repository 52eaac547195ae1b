"""What is a service made of? Asked by name, and loaded then: a process of one service need not hold the other four."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, cast

from shared.contracts.vocabulary import SERVICES
from shared.service import Service, Wiring
from shared.web.openapi import merged


def wire_of(service: str) -> Callable[[Service], Wiring]:
    """The service's own part in its making."""
    return cast("Callable[[Service], Wiring]", import_module(f"services.{service}.service").wire)


def every_call(here: Service, operations: Mapping[str, Any]) -> dict[str, Any]:
    """What the whole product answers, as one process of it can tell: the other services are wired for that, and never opened."""
    documents = [(here if name == here.name else _closed(name, here)).app.openapi() for name in SERVICES]
    return merged([*documents, dict(operations)])


def _closed(name: str, like: Service) -> Service:
    service = Service(
        name, settings=like.settings, keys=like.keys, dsn=like.dsn, log=like.log, clock=like.clock, pool=like.pool, access_pool=like.pool
    )
    service.wire(wire_of(name)(service))
    return service
