"""How does one read what is sealed? From events as they stand in the store, or from boxes that a view kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from shared.contracts import CATALOGUE
from shared.contracts.event import Ciphertext, Event
from shared.envelope import Envelope, UnknownEvent
from shared.sealing.seal import is_ciphertext, sealed_names, unseal
from shared.sealing.vault import Connection, Vault

Box = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unsealed:
    """An event in clear. When its subject was erased the sealed fields stay ciphertext, which `plain` reads as None."""

    event: Event
    erased: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in a box; nothing when the subject was erased, or when there was no box."""

    value: Any = None
    erased: bool = False


def plain(value: Any) -> Any:
    """A sealed field's value, None where it cannot be read any more."""
    return None if isinstance(value, Ciphertext) else value


def box(envelope: Envelope, field: str) -> dict[str, Any] | None:
    """What a view keeps (as jsonb) of a sealed field: the ciphertext, and where it was sealed. Opened when somebody may read it."""
    value = envelope.body.get(field)
    return None if value is None else {"event": str(envelope.recorded.event_id), "field": field, "value": value}


async def opened(vault: Vault, connection: Connection, boxes: Iterable[Box | str | None]) -> list[Opened]:
    """What is in the boxes, in their order, with one look into the vault."""
    parsed: list[Box | None] = [orjson.loads(b) if isinstance(b, str) else b for b in boxes]
    subjects = {UUID(value["subject"]) for b in parsed if b is not None and is_ciphertext(value := b["value"])}
    keys = await vault.keys(connection, subjects, make=False) if subjects else {}
    return [Opened() if b is None else _opened(b["value"], UUID(b["event"]), b["field"], keys) for b in parsed]


async def unsealed(vault: Vault, connection: Connection, envelopes: Sequence[Envelope]) -> list[Unsealed]:
    """The events in clear, in their order, with one look into the vault."""
    subjects = {
        UUID(value["subject"])
        for envelope in envelopes
        for name in sealed_names(_class_of(envelope))
        if is_ciphertext(value := envelope.body.get(name))
    }
    keys = await vault.keys(connection, subjects, make=False) if subjects else {}
    return [_unsealed(envelope, keys) for envelope in envelopes]


def _unsealed(envelope: Envelope, keys: Mapping[UUID, bytes | None]) -> Unsealed:
    body = dict(envelope.body)
    erased = False
    for name in sealed_names(_class_of(envelope)):
        if is_ciphertext(body.get(name)):
            found = _opened(body[name], envelope.recorded.event_id, name, keys)
            erased = erased or found.erased
            if not found.erased:
                body[name] = found.value
    return Unsealed(_class_of(envelope).model_validate_json(orjson.dumps(body)), erased)


def _opened(value: Any, event_id: UUID, field: str, keys: Mapping[UUID, bytes | None]) -> Opened:
    if not is_ciphertext(value):
        return Opened(value)
    key = keys.get(UUID(value["subject"]))
    if key is None:
        return Opened(erased=True)
    return Opened(unseal(value["sealed"], event_id, field, key))


def _class_of(envelope: Envelope) -> type[Event]:
    cls = CATALOGUE.get(envelope.type)
    if cls is None:
        raise UnknownEvent(f"{envelope.type} is not an event this version knows; a newer version wrote it.")
    return cls
