"""What does the seal on a field look like? AES-256-GCM over the field's JSON, bound to the event and the field it stands in."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeGuard, TypeVar
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic_core import to_json

from shared.contracts.event import Ciphertext, Event, sealed_fields

ORGANISATION = UUID("00000000-0000-8000-8000-000000000001")  # whose key seals text that belongs to no complainant
NONCE = 12

E = TypeVar("E", bound=Event)


class Tampered(Exception):
    """A sealed value does not open with its key: it was altered, or stands in another event or field than it was sealed for."""


@cache
def sealed_names(cls: type[Event]) -> tuple[str, ...]:
    """The sealed fields of an event class."""
    return tuple(sealed_fields(cls))


def seal(event: E, event_id: UUID, subject: UUID, key: bytes) -> E:
    """The event with its sealed fields as ciphertext; what is unknown stays unknown."""
    cipher = AESGCM(key)
    closed: dict[str, Ciphertext] = {}
    for name in sealed_names(type(event)):
        value = getattr(event, name)
        if value is not None and not isinstance(value, Ciphertext):
            nonce = os.urandom(NONCE)  # random, not derived: a decision taken again may word the same event differently
            sealed = nonce + cipher.encrypt(nonce, to_json(value), bound_to(event_id, name))
            closed[name] = Ciphertext(subject=subject, sealed=b64encode(sealed).decode())
    return event.model_copy(update=closed) if closed else event


def unseal(sealed: str, event_id: UUID, field: str, key: bytes) -> Any:
    """The JSON value under the seal. Raises Tampered."""
    try:
        raw = b64decode(sealed, validate=True)
        return orjson.loads(AESGCM(key).decrypt(raw[:NONCE], raw[NONCE:], bound_to(event_id, field)))
    except (InvalidTag, ValueError) as error:
        raise Tampered(f"{field} of event {event_id} does not open") from error


def bound_to(event_id: UUID, field: str) -> bytes:
    """What is authenticated with the value, so that it opens nowhere else."""
    return event_id.bytes + field.encode()


def is_ciphertext(value: object) -> TypeGuard[Mapping[str, str]]:
    """Whether a JSON value is a sealed one."""
    return isinstance(value, Mapping) and value.keys() == {"subject", "sealed"}
