"""How is an event of an old version read today?

When an event cannot grow by an optional field it gets a new version, and the old one a row here: what it is called now,
and how its JSON becomes the new one's. Steps chain, v1 to v2 to v3; the bytes in the store and on the log stay as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upcaster:
    """One step: the wire name the old event goes by now, and its body in the new form."""

    to: str
    change: Callable[[Body], Body]


UPCASTERS: Mapping[str, Upcaster] = MappingProxyType({})


def current(kind: str, upcasters: Mapping[str, Upcaster] = UPCASTERS) -> str:
    """The wire name an event of this type is read under today."""
    while (step := upcasters.get(kind)) is not None:
        kind = step.to
    return kind


def upcast(kind: str, body: Body, upcasters: Mapping[str, Upcaster] = UPCASTERS) -> Body:
    """The event's JSON in the form of its current version."""
    while (step := upcasters.get(kind)) is not None:
        kind, body = step.to, step.change(body)
    return body
