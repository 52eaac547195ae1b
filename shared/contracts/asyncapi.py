"""What travels on the log? The AsyncAPI 3 document of the five topics and the watermarks, made from the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from shared.contracts import CATALOGUE
from shared.contracts.event import Event
from shared.contracts.schema import Schema, wire_schema
from shared.contracts.vocabulary import SERVICES

HEADERS: Schema = {
    "type": "object",
    "description": "CloudEvents 1.0 attributes, binary mode: every value is text. The last four are absent when they do not apply.",
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "The event's id."},
        "ce_type": {"type": "string", "description": "The event's name and version, <service>.<what-happened>.v<n>."},
        "ce_source": {"type": "string", "pattern": "^redress/[a-z]+$", "description": "The service that decided it."},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "ce_subject": {"type": "string", "format": "uuid", "description": "The record's key: the complaint's id, else the own id."},
        "ce_sequence": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "Position in the partition: dense, in order of commit."},
        "ce_partition": {"type": "string", "pattern": "^[0-9]+$", "description": "Partition of the store and of the topic."},
        "ce_streamid": {"type": "string", "format": "uuid", "description": "The aggregate's stream."},
        "ce_streamversion": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "Version of the stream, 1 for its first event."},
        "ce_recordedtime": {"type": "string", "format": "date-time", "description": "When it was recorded: rises within a partition and from cause to effect."},
        "ce_digest": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the event's canonical form."},
        "ce_hash": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the hash before it in its partition and its digest."},
        "content-type": {"type": "string", "const": "application/json"},
        "ce_policyversion": {"type": "string", "description": "The policy the decision followed."},
        "ce_correlationid": {"type": "string", "description": "What the whole conversation goes back to."},
        "ce_causationid": {"type": "string", "description": "The event this one follows from."},
        "ce_traceparent": {"type": "string", "description": "W3C trace context."},
    },
}  # fmt: skip
HEADERS["required"] = [
    name for name in HEADERS["properties"] if name not in {"ce_policyversion", "ce_correlationid", "ce_causationid", "ce_traceparent"}
]

WATERMARK: Schema = {
    "name": "watermark",
    "title": "Nothing earlier is missing",
    "summary": "Position n was the last of this service's partition at time T; everything recorded later carries a later time.",
    "contentType": "application/json",
    "bindings": {"kafka": {"key": {"type": "string", "pattern": "^[a-z]+/[0-9]+$", "description": "service/partition"}}},
    "payload": {
        "type": "object",
        "properties": {
            "position": {"type": "integer", "minimum": 0},
            "time": {"type": "string", "format": "date-time"},
            "checkpoint": {
                "description": "The newest signed point of the partition's hash chain: the service vouches for all up to it.",
                "type": "object",
                "properties": {
                    "position": {"type": "integer", "minimum": 1},
                    "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "signed_at": {"type": "string", "format": "date-time"},
                    "signature": {"type": "string", "contentEncoding": "base64", "description": "Ed25519"},
                },
                "required": ["position", "hash", "signed_at", "signature"],
            },
        },
        "required": ["position", "time"],
    },
}
KEY: Schema = {"kafka": {"key": {"type": "string", "format": "uuid", "description": "The complaint's id, else the own id."}}}


def asyncapi(catalogue: Mapping[str, type[Event]] = CATALOGUE, services: Iterable[str] = SERVICES) -> dict[str, Any]:
    """The document for these services' topics; all five by default."""
    schemas: dict[str, Schema] = {}
    messages: dict[str, Schema] = {"watermark": WATERMARK}
    channels: dict[str, Schema] = {}
    operations: dict[str, Schema] = {}
    for service in services:
        events = [cls for kind, cls in catalogue.items() if kind.startswith(f"{service}.")]
        for cls in events:
            messages[cls.TYPE] = _message(cls, schemas)
        channels[service] = _channel(service, events)
        operations[f"follow-{service}"] = _receive(service, f"Follow what {service} decides, in order per complaint.")
    channels["watermarks"] = {
        "address": "redress.watermarks",
        "description": "Compacted; one record per service and partition, at least each second while nothing else is published.",
        "messages": {"watermark": {"$ref": "#/components/messages/watermark"}},
    }
    operations["follow-watermarks"] = _receive("watermarks", "Know up to which moment nothing is missing.")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Redress on the log",
            "version": "1",
            "description": "Events of complaint handling after ISO 10002. Kept for ever; never removed, renamed, retyped or tightened.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": dict(sorted(schemas.items())),
            "messageTraits": {"cloudevent": {"headers": HEADERS, "bindings": KEY}},
        },
    }


def _message(cls: type[Event], schemas: dict[str, Schema]) -> Schema:
    payload = wire_schema(cls)
    for name, definition in payload.pop("$defs", {}).items():
        lifted = _lifted(definition)
        if schemas.setdefault(name, lifted) != lifted:
            raise ValueError(f"two different definitions are called {name}; give one of them another name")
    del payload["$schema"], payload["$id"]
    title = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls.__name__).capitalize()
    return {
        "name": cls.TYPE,
        "title": title,
        "summary": payload.pop("description"),
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/cloudevent"}],
        "payload": _lifted(payload),
    }


def _channel(service: str, events: Iterable[type[Event]]) -> Schema:
    return {
        "address": f"redress.{service}",
        "description": "Key: the complaint's id for all that belongs to a complaint, else the own id; order holds within a key.",
        "messages": {cls.TYPE: {"$ref": f"#/components/messages/{cls.TYPE}"} for cls in events},
    }


def _receive(channel: str, summary: str) -> Schema:
    return {"action": "receive", "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}


def _lifted(schema: Any) -> Any:
    """References into the event's own `$defs` become references into the document's components."""
    if isinstance(schema, list):
        return [_lifted(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: f"#/components/schemas/{value.rpartition('/')[2]}" if key == "$ref" and isinstance(value, str) else _lifted(value)
        for key, value in schema.items()
    }
