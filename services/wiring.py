"""What is a service made of? Asked by name, and loaded then: a process of one service need not hold the other four."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from shared.service import Service, Wiring


def wire_of(service: str) -> Callable[[Service], Wiring]:
    """The service's own part in its making."""
    return cast("Callable[[Service], Wiring]", import_module(f"services.{service}.service").wire)
