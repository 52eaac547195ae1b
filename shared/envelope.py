"""How does one event look as stored, as sent, and as read?

`Recorded` is the row of the store and the record on the log: bytes and attributes, the same in both places.
`Envelope` adds the decoded event. Attributes follow CloudEvents 1.0, binary mode.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from shared.contracts import CATALOGUE
from shared.contracts.event import Event
from shared.contracts.upcast import current, upcast
from shared.ids import QuickUUID, following_id

_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLACE = struct.Struct(">hqi")
_TIMES = struct.Struct(">qqh")
_LENGTHS = struct.Struct(">iii")


class Meta(NamedTuple):
    """What the envelope knows beside the event: whom it belongs to and what it came from."""

    key: str  # the log's key: the complaint's id, else the own id
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None
    policy_version: str | None = None

    def to_bytes(self) -> bytes:
        """One fixed form, so that the log's headers give back the very bytes the hash was made of."""
        key, correlation_id, causation_id, traceparent, policy_version = self
        return orjson.dumps(
            {
                "key": key,
                "correlationid": correlation_id,
                "causationid": causation_id,
                "traceparent": traceparent,
                "policyversion": policy_version,
            }
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Meta:
        found = orjson.loads(raw)
        return cls(found["key"], found["correlationid"], found["causationid"], found["traceparent"], found["policyversion"])


class Recorded(NamedTuple):  # every consumer makes one of every event; a frozen dataclass takes four times as long
    """One event as it stands in a service's store and on its topic."""

    service: str
    partition: int
    position: int
    stream_id: UUID
    version: int
    type: str
    schema_version: int
    data: bytes
    meta: bytes
    event_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    hash: bytes

    def digest(self) -> bytes:
        """sha256 over the canonical form of all columns but the hash; `append.sql` computes the same."""
        kind = self.type.encode()
        return hashlib.sha256(
            b"".join(
                (
                    _PLACE.pack(self.partition, self.position, self.version),
                    self.stream_id.bytes,
                    self.event_id.bytes,
                    _TIMES.pack(microseconds(self.occurred_at), microseconds(self.recorded_at), self.schema_version),
                    _LENGTHS.pack(len(kind), len(self.data), len(self.meta)),
                    kind,
                    self.data,
                    self.meta,
                )
            )
        ).digest()

    def chained(self, previous: bytes) -> bytes:
        """The hash this event must carry when `previous` is the hash before it in its partition."""
        return hashlib.sha256(previous + self.digest()).digest()


def microseconds(moment: datetime) -> int:
    """Microseconds since 2000-01-01 UTC, as PostgreSQL's binary form counts them."""
    return (moment - _POSTGRES_EPOCH) // _MICROSECOND


def to_headers(event: Recorded, meta: Meta | None = None) -> dict[str, bytes]:
    """The attributes as headers of a record on the log (CloudEvents binary mode; extensions in lower case)."""
    meta = meta or Meta.from_bytes(event.meta)
    headers = {
        "ce_specversion": b"1.0",
        "ce_id": str(event.event_id).encode(),
        "ce_type": event.type.encode(),
        "ce_source": f"redress/{event.service}".encode(),
        "ce_time": _rfc3339(event.occurred_at),
        "ce_subject": meta.key.encode(),
        "ce_sequence": b"%d" % event.position,
        "ce_partition": b"%d" % event.partition,
        "ce_streamid": str(event.stream_id).encode(),
        "ce_streamversion": b"%d" % event.version,
        "ce_recordedtime": _rfc3339(event.recorded_at),
        "ce_digest": event.digest().hex().encode(),
        "ce_hash": event.hash.hex().encode(),
        "content-type": b"application/json",
    }
    if meta.policy_version is not None:
        headers["ce_policyversion"] = meta.policy_version.encode()
    if meta.correlation_id is not None:
        headers["ce_correlationid"] = meta.correlation_id.encode()
    if meta.causation_id is not None:
        headers["ce_causationid"] = meta.causation_id.encode()
    if meta.traceparent is not None:
        headers["ce_traceparent"] = meta.traceparent.encode()
    return headers


def _rfc3339(moment: datetime) -> bytes:
    """As `isoformat`, in a quarter of the time: it is done twice for every event."""
    return orjson.dumps(moment)[1:-1]


def from_headers(headers: Mapping[str, bytes], value: bytes) -> Recorded:
    """The event a record on the log carries, byte for byte as it stands in the store."""
    return _recorded(headers, value, _meta(headers))


def _recorded(headers: Mapping[str, bytes], value: bytes, meta: Meta) -> Recorded:
    kind, schema_version = _kind(headers["ce_type"])
    return Recorded(
        _producer(headers["ce_source"]),
        int(headers["ce_partition"]),
        int(headers["ce_sequence"]),
        QuickUUID(headers["ce_streamid"].decode()),
        int(headers["ce_streamversion"]),
        kind,
        schema_version,
        value,
        meta.to_bytes(),
        QuickUUID(headers["ce_id"].decode()),
        datetime.fromisoformat(headers["ce_time"].decode()),
        datetime.fromisoformat(headers["ce_recordedtime"].decode()),
        bytes.fromhex(headers["ce_hash"].decode()),
    )


def _meta(headers: Mapping[str, bytes]) -> Meta:
    correlation_id, causation_id = headers.get("ce_correlationid"), headers.get("ce_causationid")
    traceparent, policy_version = headers.get("ce_traceparent"), headers.get("ce_policyversion")
    return Meta(
        headers["ce_subject"].decode(),
        None if correlation_id is None else correlation_id.decode(),
        None if causation_id is None else causation_id.decode(),
        None if traceparent is None else traceparent.decode(),
        None if policy_version is None else policy_version.decode(),
    )


@lru_cache
def _kind(raw: bytes) -> tuple[str, int]:
    kind = raw.decode()
    return kind, int(kind.rpartition(".v")[2])


@lru_cache
def _producer(raw: bytes) -> str:
    return raw.decode().partition("/")[2]


class UnknownEvent(Exception):
    """An event of a type this version of the code does not know; the code is older than the log."""


class Envelope:
    """A recorded event with its content. `body` is the plain JSON, `data` the typed event; each is decoded when first asked for."""

    __slots__ = ("_body", "_data", "_meta", "recorded")  # cached_property takes a lock, which costs as much as the decoding

    def __init__(self, recorded: Recorded, meta: Meta | None = None) -> None:
        self.recorded = recorded
        self._body: dict[str, Any] | None = None
        self._data: Event | None = None
        self._meta = meta

    @classmethod
    def on_log(cls, headers: Mapping[str, bytes], value: bytes) -> Envelope:
        """What a record on the log carries."""
        meta = _meta(headers)
        return cls(_recorded(headers, value, meta), meta)

    @property
    def service(self) -> str:
        return self.recorded.service

    @property
    def type(self) -> str:
        """The name it is read under today; `recorded.type` is the one it was written under."""
        return current(self.recorded.type)

    @property
    def position(self) -> str:
        """`intake/3/1234`, as commands answer it."""
        return f"{self.recorded.service}/{self.recorded.partition}/{self.recorded.position}"

    @property
    def order(self) -> tuple[datetime, str, int, int]:
        """Sorts a complaint's events over all services: by recorded time, service, position; never by arrival."""
        return (self.recorded.recorded_at, self.recorded.service, self.recorded.partition, self.recorded.position)

    @property
    def meta(self) -> Meta:
        if self._meta is None:
            self._meta = Meta.from_bytes(self.recorded.meta)
        return self._meta

    @property
    def body(self) -> dict[str, Any]:
        if self._body is None:
            self._body = upcast(self.recorded.type, orjson.loads(self.recorded.data))
        return self._body

    @property
    def data(self) -> Event:
        if self._data is None:
            self._data = decode(self.recorded.type, self.recorded.data)
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
