"""Every published event, by its name on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.contracts import capa, intake, operations, reporting, routing, survey
from shared.contracts.event import Event


def catalogue(*modules: tuple[type[Event], ...]) -> Mapping[str, type[Event]]:
    """Wire name to class; a name given twice is a mistake."""
    found: dict[str, type[Event]] = {}
    for events in modules:
        for cls in events:
            if not cls.TYPE or cls.TYPE in found:
                raise ValueError(f"{cls.__name__} has no wire name of its own: {cls.TYPE!r}")
            found[cls.TYPE] = cls
    return MappingProxyType(found)


CATALOGUE: Mapping[str, type[Event]] = catalogue(
    intake.EVENTS, routing.EVENTS, capa.EVENTS, survey.EVENTS, reporting.EVENTS, operations.EVENTS
)
