"""What travels on the log? The AsyncAPI 3 document of the five topics and the watermarks, made from the catalogue.

It must say all that somebody needs who writes a consumer and sees nothing else of us; `docs/examples/` has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from shared.contracts import CATALOGUE
from shared.contracts.event import Event
from shared.contracts.example import example
from shared.contracts.record import BINDING, EVENTS_ARE_KEPT, HEADERS, KEY, NEWEST_IS_KEPT, WATERMARK
from shared.contracts.schema import Schema, wire_schema
from shared.contracts.vocabulary import SERVICES

PARTITIONS = 8

READING = """\
Events of complaint handling after ISO 10002, as each service decided them. They are CloudEvents 1.0 in binary mode: attributes in headers,
the event as a JSON body. All are kept for ever, so whoever comes late reads everything from the beginning (`auto.offset.reset=earliest`).

- **At least once.** A record may come again. `ce_sequence` is an event's position in its partition: 1, 2, 3 and so on without a gap. What is not above
  the last position you applied is a repeat: skip it. If a position is missing, stop and call somebody: nothing may be skipped.
- **Keep the positions with what you make of the events**, in the same transaction, and seek by them after a restart. Offsets are Kafka's own affair: a
  topic that was lost and rebuilt holds the same events at the same positions in the same order, at other offsets. The event at position n + 1 never has an
  offset below n.
- **Order** holds within a partition, so among all events of one complaint on one topic. Between topics nothing is promised: an event may come before the
  one that caused it. Where that matters, sort by `ce_recordedtime`, `ce_source`, `ce_partition`, `ce_sequence`.
- **What you do not know, skip**: new types and new optional fields come without notice. What is published is never removed, renamed, retyped
  or tightened; an event that must change gets a new version, which is a new type.
- **What does not apply is absent.** A schema's null and a missing field mean the same.
- **Sealed fields** (`{subject, sealed}`) are ciphertext with a key per complaint that never leaves the product and is destroyed when the person asks to be
  forgotten. What is inside is described under `x-sealed`.
- **Up to when nothing is missing** the topic `redress.watermarks` tells.
"""


def asyncapi(
    catalogue: Mapping[str, type[Event]] = CATALOGUE, services: Iterable[str] = SERVICES, partitions: int = PARTITIONS
) -> dict[str, Any]:
    """The document for these services' topics; all five by default."""
    schemas: dict[str, Schema] = {}
    messages: dict[str, Schema] = {"watermark": WATERMARK}
    channels: dict[str, Schema] = {}
    operations: dict[str, Schema] = {}
    for service in services:
        events = [cls for kind, cls in catalogue.items() if kind.startswith(f"{service}.")]
        for cls in events:
            messages[cls.TYPE] = _message(cls, schemas)
        channels[service] = _events(service, events, partitions)
        operations[f"follow-{service}"] = _receive(service, f"Follow what {service} decides, in order per complaint.")
    channels["watermarks"] = _channel(
        "watermarks",
        "One record per service and partition, at least each second while nothing else is published.",
        ["watermark"],
        {"partitions": 1, "topicConfiguration": NEWEST_IS_KEPT},
    )
    operations["follow-watermarks"] = _receive("watermarks", "Know up to which moment nothing is missing.")
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Redress on the log", "version": "1", "description": READING, "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "servers": {"log": _server()},
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": dict(sorted(schemas.items())),
            "messageTraits": {"cloudevent": _cloudevent()},
        },
    }


def _server() -> Schema:
    bootstrap = {"default": "127.0.0.1:9092", "description": "Any broker of the cluster that the product uses (REDRESS_KAFKA_BOOTSTRAP)."}
    return {"host": "{bootstrap}", "protocol": "kafka", "title": "The log", "variables": {"bootstrap": bootstrap}}


def _cloudevent() -> Schema:
    correlation = {"location": "$message.header#/ce_correlationid", "description": "What the whole conversation goes back to."}
    return {"headers": HEADERS, "correlationId": correlation, "bindings": KEY}


def _message(cls: type[Event], schemas: dict[str, Schema]) -> Schema:
    payload = wire_schema(cls)
    shown = example(payload)
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
        "examples": [{"payload": shown}],
    }


def _events(service: str, events: Iterable[type[Event]], partitions: int) -> Schema:
    return _channel(
        service,
        "Key: the complaint's id for all that belongs to a complaint, else the own id; order holds within a key. The number of partitions is"
        " fixed when the product is first started, and the same for the topics of all services: a key has the same partition on each.",
        [cls.TYPE for cls in events],
        {"partitions": partitions, "topicConfiguration": EVENTS_ARE_KEPT},
    )


def _channel(name: str, description: str, messages: Iterable[str], kafka: Schema) -> Schema:
    return {
        "address": f"redress.{name}",
        "description": description,
        "servers": [{"$ref": "#/servers/log"}],
        "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in messages},
        "bindings": {"kafka": {**kafka, "bindingVersion": BINDING}},
    }


def _receive(channel: str, summary: str) -> Schema:
    group = {
        "type": "string",
        "pattern": "^(?!redress\\.)",
        "description": "Your own; the names that begin with redress. are the product's.",
    }
    bindings = {"kafka": {"groupId": group, "bindingVersion": BINDING}}
    return {"action": "receive", "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary, "bindings": bindings}


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
