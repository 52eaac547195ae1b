"""How does one event look as stored, as sent, and as read?

`Recorded` is the row of the store and the record on the log: bytes and attributes, the same in both places.
`Envelope` adds the decoded event. Attributes follow CloudEvents 1.0, binary mode.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID, uuid5

import orjson
from asyncpg.pgproto.pgproto import UUID as QuickUUID  # is a UUID; reading one takes a tenth of the time

from shared.contracts import CATALOGUE
from shared.contracts.event import Event
from shared.contracts.upcast import current, upcast

_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLACE = struct.Struct(">hqi")
_TIMES = struct.Struct(">qqh")
_LENGTHS = struct.Struct(">iii")


@dataclass(frozen=True, slots=True)
class Meta:
    """What the envelope knows beside the event: whom it belongs to and what it came from."""

    key: str  # the log's key: the complaint's id, else the own id
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None
    policy_version: str | None = None

    def to_bytes(self) -> bytes:
        """One fixed form, so that the log's headers give back the very bytes the hash was made of."""
        return orjson.dumps(
            {
                "key": self.key,
                "correlationid": self.correlation_id,
                "causationid": self.causation_id,
                "traceparent": self.traceparent,
                "policyversion": self.policy_version,
            }
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Meta:
        found = orjson.loads(raw)
        return cls(found["key"], found["correlationid"], found["causationid"], found["traceparent"], found["policyversion"])


@dataclass(frozen=True, slots=True)
class Recorded:
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

    def text(name: str) -> str | None:
        raw = headers.get(name)
        return None if raw is None else raw.decode()

    kind = headers["ce_type"].decode()
    meta = Meta(
        headers["ce_subject"].decode(), text("ce_correlationid"), text("ce_causationid"), text("ce_traceparent"), text("ce_policyversion")
    )
    return Recorded(
        headers["ce_source"].decode().partition("/")[2],
        int(headers["ce_partition"]),
        int(headers["ce_sequence"]),
        QuickUUID(headers["ce_streamid"].decode()),
        int(headers["ce_streamversion"]),
        kind,
        int(kind.rpartition(".v")[2]),
        value,
        meta.to_bytes(),
        QuickUUID(headers["ce_id"].decode()),
        datetime.fromisoformat(headers["ce_time"].decode()),
        datetime.fromisoformat(headers["ce_recordedtime"].decode()),
        bytes.fromhex(headers["ce_hash"].decode()),
    )


class UnknownEvent(Exception):
    """An event of a type this version of the code does not know; the code is older than the log."""


@dataclass(frozen=True)
class Envelope:
    """A recorded event with its content. `body` is the plain JSON, `data` the typed event; each is decoded when first asked for."""

    recorded: Recorded

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

    @cached_property
    def meta(self) -> Meta:
        return Meta.from_bytes(self.recorded.meta)

    @cached_property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.recorded.data)
        return upcast(self.recorded.type, found)

    @cached_property
    def data(self) -> Event:
        return decode(self.recorded.type, self.recorded.data)

    def follow(self, step: str) -> UUID:
        """An id that follows from this event and a step: the same whenever the reaction is repeated."""
        return uuid5(self.recorded.event_id, step)


def decode(kind: str, data: bytes) -> Event:
    """The typed event; sealed fields stay ciphertext."""
    now = current(kind)
    cls = CATALOGUE.get(now)
    if cls is None:
        raise UnknownEvent(f"{kind} is not an event this version knows; a newer version wrote it.")
    if now != kind:
        data = orjson.dumps(upcast(kind, orjson.loads(data)))
    return cls.model_validate_json(data)
