"""How does one event look as it is read? `Envelope` adds the decoded event to what is recorded of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson

from shared.contracts import CATALOGUE
from shared.contracts.event import Event
from shared.contracts.upcast import current, upcast
from shared.ids import following_id
from shared.recorded import (
    Meta,
    Recorded,
    from_headers,
    kind_of,
    meta_on_log,
    microseconds,
    producer_of,
    recorded_on_log,
    to_headers,
    type_on_log,
)

__all__ = ["Envelope", "Meta", "Recorded", "UnknownEvent", "decode", "from_headers", "microseconds", "to_headers", "type_on_log"]

_NO_HEADERS: Mapping[str, bytes] = MappingProxyType({})


class UnknownEvent(Exception):
    """An event of a type this version of the code does not know; the code is older than the log."""


class Envelope:
    """A recorded event with its content. `body` is the plain JSON, `data` the typed event; each is decoded when first asked for,
    and so is, of a record on the log, whatever else it says: most readers want little of it.
    """

    # cached_property takes a lock, which costs as much as the decoding.
    __slots__ = ("_body", "_data", "_headers", "_meta", "_recorded", "_value", "kind")

    kind: str  # the name it was written under
    _value: bytes
    _headers: Mapping[str, bytes]
    _recorded: Recorded | None
    _body: dict[str, Any] | None
    _data: Event | None
    _meta: Meta | None

    def __init__(self, recorded: Recorded) -> None:
        self._recorded, self.kind, self._value, self._headers = recorded, recorded.type, recorded.data, _NO_HEADERS
        self._body = self._data = self._meta = None

    @classmethod
    def on_log(cls, headers: Mapping[str, bytes], value: bytes) -> Envelope:
        """What a record on the log carries."""
        made = cls.__new__(cls)
        made._recorded, made.kind, made._value, made._headers = None, kind_of(headers["ce_type"])[0], value, headers
        made._body = made._data = made._meta = None
        return made

    @property
    def recorded(self) -> Recorded:
        if self._recorded is None:
            self._recorded = recorded_on_log(self._headers, self._value, self.meta)
        return self._recorded

    @property
    def service(self) -> str:
        return self._recorded.service if self._recorded is not None else producer_of(self._headers["ce_source"])

    @property
    def type(self) -> str:
        """The name it is read under today."""
        return current(self.kind)

    @property
    def version(self) -> int:
        """Of its stream."""
        return self._recorded.version if self._recorded is not None else int(self._headers["ce_streamversion"])

    @property
    def position(self) -> str:
        """`intake/3/1234`, as commands answer it."""
        return f"{self.recorded.service}/{self.recorded.partition}/{self.recorded.position}"

    @property
    def order(self) -> tuple[datetime, str, int, int]:
        """Sorts a complaint's events over all services: by recorded time, service, position; never by arrival."""
        if self._recorded is not None:
            return (self._recorded.recorded_at, self._recorded.service, self._recorded.partition, self._recorded.position)
        headers = self._headers
        moment = datetime.fromisoformat(headers["ce_recordedtime"].decode())
        return (moment, producer_of(headers["ce_source"]), int(headers["ce_partition"]), int(headers["ce_sequence"]))

    @property
    def meta(self) -> Meta:
        if self._meta is None:
            self._meta = Meta.from_bytes(self._recorded.meta) if self._recorded is not None else meta_on_log(self._headers)
        return self._meta

    @property
    def body(self) -> dict[str, Any]:
        if self._body is None:
            self._body = upcast(self.kind, orjson.loads(self._value))
        return self._body

    @property
    def data(self) -> Event:
        if self._data is None:
            self._data = decode(self.kind, self._value)
        return self._data

    def follow(self, step: str) -> UUID:
        """An id that follows from this event and a step: the same whenever the reaction is repeated."""
        return following_id(self.recorded.event_id, step)


def decode(kind: str, data: bytes) -> Event:
    """The typed event; sealed fields stay ciphertext."""
    now = current(kind)
    cls = CATALOGUE.get(now)
    if cls is None:
        raise UnknownEvent(f"{kind} is not an event this version knows; a newer version wrote it.")
    if now != kind:
        data = orjson.dumps(upcast(kind, orjson.loads(data)))
    return cls.model_validate_json(data)
